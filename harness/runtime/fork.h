// SPDX-License-Identifier: Apache-2.0
//
// A forked process has one thread and the memory of many: whatever the others held stays held.
#pragma once

#include "harness/runtime/wait.h"

namespace gridlock::internal {

/// Once, when the runtime comes up.
void watch_forks() noexcept;

extern std::atomic<bool> g_is_forked;
/// How many forks this process is away from the first one.
u32 fork_generation() noexcept;
/// This process is a fork, and the lock that is about to be waited for is held by a thread that
/// exists only in the parent: reports it and says true.
bool report_if_lost_in_fork(ThreadState* state, const WaitFor& what, u32 word) noexcept;

// In the child only, between the tables' own files and fork.cc.
/// The keeper is the parent's.
void keeper_forked() noexcept;
/// Every thread but the calling one is gone.
void keep_only_this_thread() noexcept;
/// The child's first record begins with a `start` of its own. A path with %p becomes the child's,
/// unless it is a member of the family: that has one log.
void forked_log(bool is_member) noexcept;

/// Asked by the handler of a crash: the thread holds something that writing to the log takes, so that
/// nothing can be written any more.
bool crashed_while_writing() noexcept;

}  // namespace gridlock::internal
