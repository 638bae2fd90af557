// SPDX-License-Identifier: Apache-2.0
//
// What the Process primitive tells the observer and asks of it. Included by instrumented files, so
// it has no inline functions.
#pragma once

#include <gridlock/identity.h>

namespace gridlock::internal {

/// By the parent, before and instead of fork(). 0: `*error` as in errno says why not.
std::uint32_t process_will_begin(std::string_view name, bool daemon, CallSite where,
                                 int* error) noexcept;
/// 0 in the child; negative: -errno; else the child's process id.
int process_fork(std::uint32_t number) noexcept;
/// By the child, whose function has returned: its last records, then the end of the process without
/// handlers of atexit and destructors of static objects, which are the parent's.
[[noreturn]] void process_ends(int exit_code) noexcept;

/// By the joining thread, before and after. `timed`: gives up by itself. False: the join would close
/// a deadlock, and this call is the victim.
bool process_will_join(std::uint32_t number, bool timed) noexcept;
void process_joined() noexcept;

/// Waits for the end of a child for at most so many nanoseconds (0: looks only; ~0: forever) and
/// reaps it. False: it runs. `*exit_code`: as Process::exit_code() has it, or kExitUnknown.
inline constexpr int kExitUnknown = -1000;
bool reap_process(std::uint32_t number, std::uint64_t nanoseconds, int* exit_code) noexcept;
/// Nothing happens if it has been reaped.
void signal_child(std::uint32_t number, int signal) noexcept;

/// What is known of a process of the tree.
struct ProcessFacts {
  char name[80];
  int pid;
  int parent_pid;
  std::uint32_t parent;
  bool daemon;
  bool is_alive;
};
/// The number of the calling process; makes the process tree if there is none. 0 in a fork outside
/// the tree.
std::uint32_t this_tree_process() noexcept;
int this_process_id() noexcept;
/// Numbers 1 .. newest_process() were given.
std::uint32_t newest_process() noexcept;
/// False: there is no such process.
bool process_facts(std::uint32_t number, ProcessFacts* facts) noexcept;

}  // namespace gridlock::internal
