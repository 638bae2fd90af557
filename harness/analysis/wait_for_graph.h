// SPDX-License-Identifier: Apache-2.0
//
// Which threads can never run again? A snapshot of who waits for what, and the answer as pure
// functions. The model is the AND/OR graph of Knapp ("Deadlock detection in distributed databases",
// 1987): a wait ends when ALL of certain threads have released (a lock's owner, each reader, the
// writers ahead), when ANY OF certain threads does something (a worker of a pool, a thread of one
// process), or when ANY thread at all does (a permit, a notification).
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// Index of a thread in a snapshot; kNobody where there is none.
using WaiterIndex = u32;
inline constexpr WaiterIndex kNobody = ~u32{0};

enum class Needs : u8 {
  kNothing,  ///< it runs, or can run when it likes, or gives up by itself after a time
  kEach,     ///< each thread of its set has to release
  kAnyOf,    ///< one thread of its set has to release
  kAny,      ///< every thread could release; one that runs is enough
  kMiracle,  ///< nobody can: who held it has ended
};

/// One thread of a snapshot. Its set is releasers[first] .. releasers[first + count - 1] of the
/// array that goes with the snapshot. Of a kEach, threads that may run can be left out: one with an
/// empty set ends. A kAnyOf with an empty set never does.
struct Waiter {
  Needs needs = Needs::kNothing;
  bool stuck = false;  ///< the answer
  u32 first = 0;
  u32 count = 0;
};

/// Sets `stuck` for each thread that no sequence of releases can wake: a kEach ends if all of its
/// set can run, a kAnyOf if one of it can, a kAny if any thread can. The answer is the largest such set, so it does not depend
/// on the order of the threads. `strangers`: there are threads outside the snapshot, and they run.
/// Returns how many are stuck. Quadratic at worst in the number of threads.
u32 find_stuck(Waiter* waiters, u32 count, const WaiterIndex* releasers, bool strangers) noexcept;

/// The shortest way from `start` back to itself, each step from a stuck kEach to one of its set that
/// is stuck: each thread waits for the next, the last for `start`. Written to `path`; returns its
/// length, 0 if there is none. `path` and `scratch` have room for `count` entries. Linear in the
/// number of threads and set members.
u32 find_cycle(const Waiter* waiters, u32 count, const WaiterIndex* releasers, WaiterIndex start,
               WaiterIndex* path, WaiterIndex* scratch) noexcept;

/// Everybody that `start` depends on, `start` first, if it depends on itself and nobody among them
/// waits for something other than certain threads: then none of them can go on whatever all others
/// do, and each step leads to one of them. Written to `path`; returns how many, 0 if it is not so.
/// A cycle is a knot, too. Room and cost as of find_cycle().
u32 find_knot(const Waiter* waiters, u32 count, const WaiterIndex* releasers, WaiterIndex start,
              WaiterIndex* path, WaiterIndex* scratch) noexcept;

}  // namespace gridlock::internal
