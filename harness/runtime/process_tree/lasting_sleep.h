// SPDX-License-Identifier: Apache-2.0
//
// A wait that only a thread of another process could end, and that no thread ever will: what the kernel shows of them, whatever
// they wait for. It takes no knowledge of the objects, so it holds for what nobody owns (semaphores).
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

struct ThreadState;

inline constexpr u32 kMaxSleepers = 256;
inline constexpr u32 kMaxReachers = 64;

/// The processes whose threads would have to run.
struct Reachers {
  int pids[kMaxReachers];
  u32 count;
};

/// The calling thread, `self`, waits for something at `address`, without a limit and published. True: every thread of every
/// process that could end that wait sleeps until another one of them wakes it. False where one runs, might be woken by
/// something else (a time, a signal that is handled, the end of another child), or cannot be looked at, and where the memory can be
/// mapped by a process that has not done so yet: any that has a name. Takes 10 ms and reads /proc. With the TreeGuard held.
bool sleeps_forever(const ThreadState* self, const void* address, int first_pid,
                    Reachers* out) noexcept;

}  // namespace gridlock::internal
