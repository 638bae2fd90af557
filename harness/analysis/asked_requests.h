// SPDX-License-Identifier: Apache-2.0
//
// What each thread has asked for so far, whatever it held. Others that wait for this thread (by a join, or
// because it alone gives a signal) wait for all of it as well.
#pragma once

#include "harness/analysis/lock_order_types.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

struct AskedRequest {
  RequestContext context;
  NodeId node;
  u32 before;  ///< the one before it of the same thread; 0: none
  u32 same;    ///< the one before it for the same node; 0: none
};

class AskedRequests {
 public:
  /// False when there is no address space.
  bool init(u32 nodes, u32 edges) noexcept;
  void release() noexcept;
  /// Its number, which grows with time; 0 when there is no room.
  u32 add(NodeId node, const RequestContext& context) noexcept;
  GRIDLOCK_INLINE const AskedRequest& operator[](u32 number) const noexcept {
    return asked_[number];
  }
  /// The newest of a thread, and the newest for a node; 0: none.
  u32 newest_by(u32 thread) const noexcept;
  u32 newest_for(NodeId node) const noexcept;
  GRIDLOCK_INLINE u64 bytes() const noexcept { return u64{asked_.size()} * sizeof(AskedRequest); }
  /// The newest of all.
  GRIDLOCK_INLINE u32 newest() const noexcept { return asked_.size() - 1; }

 private:
  Table<AskedRequest> asked_;
  Table<u32> newest_by_;   // by thread
  Table<u32> newest_for_;  // by node
};

}  // namespace gridlock::internal
