// SPDX-License-Identifier: Apache-2.0
//
// Can another thread know an object at all yet? Not while the thread that made it has released nothing
// since: whoever hands an object over to others, through a lock, a queue or the start of a thread,
// releases something after he has made it. An acquisition is one operation more and one thing more that
// the thread holds; everything else is an operation more and nothing more held. So a thread's operations
// less what it holds stay the same exactly as long as it only acquires: that number is its epoch here.
#pragma once

#include "harness/analysis/lock_order_types.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class Publications {
 public:
  /// Room for that many objects. False when there is no address space.
  GRIDLOCK_INLINE bool init(u32 objects) noexcept { return made_.reserve(objects + 1); }
  /// For objects up to that one. False when there is no memory.
  GRIDLOCK_INLINE bool reach(NodeId object) noexcept {
    return made_.reach(object + 1) && (made_.size() > object || made_.resize(object + 1));
  }
  GRIDLOCK_INLINE void release() noexcept { made_.release(); }
  /// Nobody made anything: after this no object counts as unpublished that was made before.
  GRIDLOCK_INLINE void forget() noexcept {
    const u32 known = made_.size();
    made_.clear();
    made_.resize(known);
  }
  /// By this thread, in this epoch of it: all that any object saw it do, less what it held (each level
  /// of a recursion and each permit counted).
  GRIDLOCK_INLINE void made(NodeId object, u32 thread, u32 epoch) noexcept {
    made_[object] = {thread, epoch};
  }
  /// In which epoch; 0: not by this thread.
  GRIDLOCK_INLINE u32 made_by(NodeId object, u32 thread) const noexcept {
    return made_[object].thread == thread ? made_[object].epoch : 0;
  }
  /// True only if the thread itself made it, and has done nothing since but acquire things that it still
  /// holds.
  GRIDLOCK_INLINE bool unknown_to_others(NodeId object, u32 thread, u32 epoch) const noexcept {
    const Made made = made_[object];
    return made.thread == thread && made.epoch == epoch;
  }

 private:
  struct Made {
    u32 thread;
    u32 epoch;
  };
  Table<Made> made_;  // by object
};

}  // namespace gridlock::internal
