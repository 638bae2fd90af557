// SPDX-License-Identifier: Apache-2.0
//
// The option `hang`: a wait that is not proved to last forever is taken for such when it has lasted
// long and nothing else went on. A waiter without a limit wakes up ten times in that time and looks
// which threads sleep. So no thread and no timer is needed, and a program without the option pays
// nothing.
//
// A thread is not at work in a wait of ours, in a pause (sleep_for), in a futex that is not ours
// (std::mutex, a join), or if it hardly ran between two looks. A thread that waits for the outside
// world (read, accept, poll) counts as at work: nobody here can tell what comes from there.
#pragma once

#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

bool init_hang() noexcept;

/// How often to look; kNoTimeout without the option.
u64 hang_slice_ns() noexcept;

enum class Still : u8 {
  kNo,
  kQuiet,           ///< nobody was seen at work for the whole time
  kOnlyBystanders,  ///< every thread waits, daemons and untracked threads apart
};
/// Looks around, unless somebody just has. How still it was since `since`, when the calling thread
/// began to wait. With the wait mutex held, as for what follows.
Still look_around(u64 since) noexcept;

/// It waits at one object, with a limit, over and over, and holds something all the while.
bool polls_in_possession(const ThreadState* state) noexcept;
/// It was asleep in a futex that is not ours when it was looked at last.
bool sleeps_outside(const ThreadState* state) noexcept;
/// Can any thread end `wait`, and do records show which thread does such things? Not for a
/// Rendezvous: what brings threads together in a test says nothing about the program.
bool is_recorded(const Wait& wait) noexcept;
/// Something of the kind that ends `wait` is in what is recorded of the thread: its last 512
/// operations.
bool has_ended_such(const ThreadState* state, const Wait& wait) noexcept;

}  // namespace gridlock::internal
