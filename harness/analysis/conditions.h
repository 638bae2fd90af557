// SPDX-License-Identifier: Apache-2.0
//
// Notifications, and waits with a test that is true at once. The .cc says what is concluded from them.
#pragma once

#include "harness/analysis/condition_rounds.h"
#include "harness/analysis/prediction_types.h"
#include "harness/analysis/signal_parts.h"
#include "harness/platform/base.h"

namespace gridlock::internal {

/// The operations are those of Prediction, which says what they mean.
class Conditions {
 public:
  void init(const SignalParts& parts, ConditionRounds* rounds) noexcept;
  /// A signal of a channel whose rule is kWakeup.
  void notifies(ThreadNode& thread_node, const Signal& signal) noexcept;
  void will_await(const Signal& signal) noexcept;
  bool finds_true(const ThreadNode& thread_node, const PendingRequest& request,
                  const Signal& signal, const Target& lock, bool no_timeout) noexcept;

 private:
  u32 first_made_true(const ThreadNode& thread_node, NodeId lock) noexcept;

  SignalParts parts_;
  ConditionRounds* rounds_ = nullptr;
};

}  // namespace gridlock::internal
