// SPDX-License-Identifier: Apache-2.0
//
// Notifications, and waits with a test that is true at once. The .cc says what is concluded from them.
#pragma once

#include "harness/analysis/asked_requests.h"
#include "harness/analysis/channel_states.h"
#include "harness/analysis/condition_rounds.h"
#include "harness/analysis/followed_waits.h"
#include "harness/analysis/prediction_types.h"
#include "harness/analysis/request_edges.h"
#include "harness/analysis/segments.h"
#include "harness/analysis/signal_orders.h"
#include "harness/analysis/signal_sources.h"
#include "harness/platform/base.h"

namespace gridlock::internal {

/// The operations are those of Prediction, which says what they mean.
class Conditions {
 public:
  /// All of them must outlive it.
  void init(Segments* segments, AskedRequests* asked, RequestEdges* edges, ChannelStates* states,
            SignalSources* sources, SignalOrders* orders, FollowedWaits* waits,
            ConditionRounds* rounds) noexcept;
  /// A signal of a channel whose rule is kWakeup.
  void notifies(ThreadNode& thread_node, const Signal& signal) noexcept;
  void will_await(const Signal& signal) noexcept;
  bool finds_true(const ThreadNode& thread_node, const PendingRequest& request,
                  const Signal& signal, const Target& lock, bool no_timeout) noexcept;

 private:
  u32 first_made_true(const ThreadNode& thread_node, NodeId lock) noexcept;

  Segments* segments_ = nullptr;
  AskedRequests* asked_ = nullptr;
  RequestEdges* edges_ = nullptr;
  ChannelStates* states_ = nullptr;
  SignalSources* sources_ = nullptr;
  SignalOrders* orders_ = nullptr;
  FollowedWaits* waits_ = nullptr;
  ConditionRounds* rounds_ = nullptr;
};

}  // namespace gridlock::internal
