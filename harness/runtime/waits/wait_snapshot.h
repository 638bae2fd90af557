// SPDX-License-Identifier: Apache-2.0
//
// The waits of all threads at about one moment, as find_stuck() takes them. What is read of a
// thread is right if its sequence did not change meanwhile (wait.cc).
#pragma once

#include "harness/analysis/wait_for_graph.h"
#include "harness/platform/pages.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

/// What is taken for granted.
enum class View : u8 {
  kProved,  ///< nothing: a thread that runs can do anything
  kHang,    ///< a thread that runs ends only waits of a kind that it has ended before (hang.h), and
            ///< one that polls while it holds something waits
  kOutside,  ///< a sleep in a futex that is not ours lasts forever; waits that anybody could end are
             ///< left out
};

/// A thread of the snapshot, beside its Waiter.
struct Seen {
  ThreadState* state;
  u32 sequence;
};

/// Guarded by the wait mutex.
struct WaitSnapshot {
  Table<Seen> seen;
  Table<Waiter> waiters;
  Table<WaiterIndex> releasers;  // of all waiters
  Table<u32> index_of_slot;
  Table<WaiterIndex> path;  // what find_cycle() found
  Table<WaiterIndex> scratch;
  bool complete = false;  // every thread is in it; one that is not may do anything
  bool cut = false;       // the set that was made last has no room for all

  GRIDLOCK_INLINE Snapshot all() noexcept {
    return {waiters.data(), waiters.size(), releasers.data(), path.data(), scratch.data()};
  }
};

/// False when there is no address space.
bool init_wait_snapshot() noexcept;
WaitSnapshot& wait_snapshot() noexcept;
void take_snapshot(View view) noexcept;
/// Adds to the set of `waiter`, which has to be the newest one with a set.
void add_releaser(Waiter& waiter, WaiterIndex index) noexcept;

}  // namespace gridlock::internal
