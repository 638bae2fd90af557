// SPDX-License-Identifier: Apache-2.0
//
// Can another thread know an object at all yet? Not while the thread that made it has released nothing
// since: whoever hands an object over to others, through a lock, a queue or the start of a thread,
// releases something after he has made it. Of a thread that has only acquired things since, each
// operation is one thing more that it holds, so counting both is enough.
#pragma once

#include "harness/analysis/lock_order_types.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class Publications {
 public:
  /// Room for that many objects. False when there is no address space.
  GRIDLOCK_INLINE bool init(u32 objects) noexcept {
    if (!made_.reserve(objects + 1)) return false;
    made_.resize(objects + 1);
    return true;
  }
  GRIDLOCK_INLINE void release() noexcept { made_.release(); }
  /// Nobody made anything: after this no object counts as unpublished that was made before.
  GRIDLOCK_INLINE void forget() noexcept {
    const u32 room = made_.size();
    made_.release();
    made_.reserve(room);
    made_.resize(room);
  }
  /// By this thread, which had done so many operations by then (all that any object saw of it).
  GRIDLOCK_INLINE void made(NodeId object, u32 thread, u32 operations) noexcept {
    made_[object] = {thread, operations};
  }
  /// The thread holds it, and `above` things in all from it on: itself and what came later. True only
  /// if the thread itself made it and has done nothing since but acquire these.
  GRIDLOCK_INLINE bool unknown_to_others(NodeId object, u32 thread, u32 operations,
                                         u32 above) const noexcept {
    const Made made = made_[object];
    return made.thread == thread && operations - made.operations == above;
  }

 private:
  struct Made {
    u32 thread;
    u32 operations;
  };
  Table<Made> made_;  // by object
};

}  // namespace gridlock::internal
