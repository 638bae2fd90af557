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
  kNever,    ///< nobody can: who held it has ended
};

/// One thread of a snapshot. Its set is releasers[first] .. releasers[first + count - 1] of the
/// array that goes with the snapshot. Of a kEach, threads that may run can be left out: one with an
/// empty set ends. A kAnyOf with an empty set never does. A kAny has a set only with `only_set`.
struct Waiter {
  Needs needs = Needs::kNothing;
  bool stuck = false;  ///< the answer
  u32 first = 0;
  u32 count = 0;
  bool only_set = false;  ///< of a kAny: of those that run only its set is thought to be able
};

/// Sets `stuck` for each thread that no sequence of releases can wake: a kEach ends if all of its
/// set can run, a kAnyOf if one of it can, a kAny if any thread can. The answer is the largest such set, so it does not depend
/// on the order of the threads. `others_run`: there are threads outside the snapshot, and they run.
/// Returns how many are stuck. Quadratic at worst in the number of threads.
u32 find_stuck(Waiter* waiters, u32 count, const WaiterIndex* releasers, bool others_run) noexcept;

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

/// A snapshot with room for the answers: `path` and `scratch` for `count` entries.
struct Snapshot {
  Waiter* waiters;
  u32 count;
  const WaiterIndex* releasers;
  WaiterIndex* path;
  WaiterIndex* scratch;
};

enum class Standstill : u8 {
  kNone,
  kCycle,     ///< deadlock: each thread of the path waits for the next
  kKnot,      ///< deadlock: each waits for others of the path, one of which would be enough
  kStarving,  ///< those of the path wait for what nobody is left to do
};

/// What is found, and how many threads of it stand in the snapshot's path.
struct HangVerdict {
  Standstill kind;
  u32 size;
};

/// A standstill that goes through `self` and in which only certain threads could help: nobody else
/// has to be asked. Fills `stuck`, of those on the path alone if there is one.
HangVerdict judge_certain(const Snapshot& snapshot, WaiterIndex self) noexcept;
/// After it: `first` and others that no thread is left to release. kNone also if some of them are a
/// cycle or a knot without `first`: that is reported by one of its own threads, perhaps in a moment.
/// To call it starvation would be wrong, and with on_deadlock=throw it would have two victims.
HangVerdict judge_starving(const Snapshot& snapshot, WaiterIndex first, bool others_run) noexcept;
/// The shortest cycle of several threads, tried from `first` on; kNone if there is none.
HangVerdict judge_cycles(const Snapshot& snapshot, WaiterIndex first) noexcept;

/// What somebody waits for who wants a lock that can be shared.
enum class SharedWish : u8 { kRead, kReadBehindWriters, kWrite, kUpgrade };
/// How a thread stands to that lock.
struct SharedStanding {
  bool holds;           ///< in whatever way
  bool holds_shared;    ///< for reading
  bool waits_to_write;  ///< or to upgrade
  bool is_waiter;       ///< it is the thread itself
};
/// Does that thread have to do something before the waiter can go on? Who holds it shared blocks a
/// writer, and does not block itself when it upgrades. Who holds it exclusively blocks everybody. A
/// writer that waits blocks the readers that let it go first.
bool blocks(const SharedStanding& other, SharedWish wish) noexcept;

}  // namespace gridlock::internal
