// SPDX-License-Identifier: Apache-2.0
//
// Whether this process is a fork, for the rooms that have to know.
#pragma once

#include <atomic>

#include "harness/platform/stacks.h"

namespace gridlock::internal {

extern std::atomic<bool> g_is_forked;
/// How many forks this process is away from the first one.
u32 fork_generation() noexcept;

/// Where the last fork was; written with all mutexes of the runtime held.
struct ForkStack {
  uptr frames[kStackLimit];
  u32 size;
};
extern ForkStack g_fork_stack;

/// In the child, which has no second thread yet.
void note_fork() noexcept;

}  // namespace gridlock::internal
