// SPDX-License-Identifier: Apache-2.0
//
// A semaphore whose permits are only ever released by who holds them behaves as a lock, of as many holders as
// it had permits at first: from the first such release on, until somebody else releases one.
#pragma once

#include "harness/analysis/channel_states.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/request_edges.h"
#include "harness/platform/base.h"

namespace gridlock::internal {

class PermitReleases {
 public:
  static constexpr u32 kMaxPermits = 1024;

  /// Both must outlive it.
  void init(ChannelStates* states, RequestEdges* edges) noexcept;
  /// Before the first request; and before each release.
  void asked(NodeId object, u32 permits) noexcept;
  void released(NodeId object, u32 permits, bool by_holder) noexcept;

  // May be asked at any time:
  /// Would these two change anything?
  bool request_is_news(NodeId object) const noexcept;
  bool release_is_news(NodeId object, bool by_holder) const noexcept;
  /// It does not behave as a lock, now and forever.
  bool is_no_lock(NodeId object) const noexcept;

 private:
  static u32 place_of(NodeId object) noexcept;

  ChannelStates* states_ = nullptr;
  RequestEdges* edges_ = nullptr;
};

}  // namespace gridlock::internal
