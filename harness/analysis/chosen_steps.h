// SPDX-License-Identifier: Apache-2.0
//
// The steps of the cycle that a search tries. The chosen ones are counted at every node that they hold,
// so that a gate is found in the time that it takes to look at one held set, however long the path is.
#pragma once

#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/order_store.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class ChosenSteps {
 public:
  /// `store` must outlive it. False when there is no address space.
  bool init(u32 nodes, const OrderStore* store) noexcept;
  void release() noexcept;
  /// For nodes up to `nodes`; at most what init() was told. False when there is no memory.
  bool make_room(u32 nodes) noexcept;

  /// Step `depth`, chosen or only tried.
  GRIDLOCK_INLINE CycleStep& operator[](u32 depth) noexcept { return steps_[depth]; }
  GRIDLOCK_INLINE const CycleStep* all() noexcept { return &steps_[0]; }
  void choose(u32 depth, const CycleStep& step) noexcept;
  /// Step `depth` is not chosen any more; the last one first.
  void unchoose(u32 depth) noexcept;

  /// Is one of the first `depth` steps, which are chosen, of this thread?
  bool has_thread(u32 depth, u32 thread) const noexcept;
  GRIDLOCK_INLINE SegmentId segment(u32 depth) const noexcept { return segments_[depth]; }
  /// The segments of `length` steps: the last one is tried, the others are chosen.
  const SegmentId* segments(u32 length) noexcept;
  /// How many chosen steps hold the node exclusively, and shared.
  GRIDLOCK_INLINE u32 exclusive_holders(NodeId node) const noexcept {
    return holders_[node].exclusive;
  }
  GRIDLOCK_INLINE u32 shared_holders(NodeId node) const noexcept { return holders_[node].shared; }

  static constexpr u32 kBytesPerNode = 2 * sizeof(u32);

 private:
  struct Holders {
    u32 exclusive;
    u32 shared;
  };

  const OrderStore* store_ = nullptr;
  Table<CycleStep> steps_;
  Table<u32> threads_;         // of the chosen steps, close together
  Table<SegmentId> segments_;  // and their segments
  Table<Holders> holders_;     // by node
};

}  // namespace gridlock::internal
