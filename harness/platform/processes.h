// SPDX-License-Identifier: Apache-2.0
//
// Processes, straight from the kernel: whether they live, how they ended, and the end of a child
// with its parent.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

int parent_process_id() noexcept;

/// When the process began, in ticks since the system came up (/proc/PID/stat, field 22). 0: there is
/// no such process, or it has ended and waits to be reaped. With its number this names a process
/// forever: numbers are given again, the pair is not.
u64 process_start_time(int pid) noexcept;
/// The process with this number that began then has not ended. Without /proc: some process has the
/// number.
bool process_runs(int pid, u64 start_time) noexcept;
/// Thread `tid` of that process has not ended.
bool thread_exists(int pid, int tid) noexcept;
/// How many threads it has, 0 if that is not known.
u32 process_threads(int pid) noexcept;
/// 0, or -errno: -ESRCH, and nothing happens, for a number that is no process's (0 and below would be
/// groups, or everybody). What is refused for a moment is tried again.
int signal_process(int pid, int signal) noexcept;

/// From now on the calling process is the parent of every descendant that loses its own.
void become_subreaper() noexcept;

/// What wait4 says of a child: its status, and that it is reaped now.
struct Reaped {
  int status;  ///< WIFEXITED and so on; of a child that somebody else has reaped: kStatusUnknown
  bool ended;  ///< false: the deadline has passed
};
inline constexpr int kStatusUnknown = -1;
/// Waits for the end of a child and reaps it. `deadline_ns` on the steady clock; 0 looks only.
Reaped reap_child(int pid, u64 deadline_ns) noexcept;

/// Memory that children have in common with their parent. nullptr when the kernel refuses.
void* reserve_shared_pages(u64 bytes) noexcept;

/// The end of a child with its parent. Not PR_SET_PDEATHSIG, which fires when the *thread* that
/// forked ends: a process may be started by a thread that ends long before it. Instead the parent
/// holds the writing end of a pipe and each child asks the kernel for SIGKILL as soon as that end is
/// closed (O_ASYNC with F_SETSIG), which happens however the parent dies. The price: two descriptors
/// of the parent, one of each child; a child that closes descriptors it does not know loses the
/// watch.
struct LifeLine {
  int reading = -1;
  int writing = -1;
};
/// Makes the calling process's life line. False: no descriptor left.
bool make_life_line(LifeLine& line) noexcept;
/// In a child: the calling process dies with the parent that holds `line`, at once if that has
/// happened already. Both inherited ends are closed. False: the kernel refuses the watch.
bool tie_to_parent(LifeLine& line) noexcept;
/// In a child that does not want to be tied.
void drop_life_line(LifeLine& line) noexcept;

}  // namespace gridlock::internal
