// SPDX-License-Identifier: Apache-2.0
//
// What the Thread primitive tells the observer. Only this header of the runtime is included by an
// instrumented file, so it has no inline functions.
#pragma once

#include <gridlock/identity.h>

namespace gridlock::internal {

/// By the starting thread. `*number` becomes the new thread's. nullptr: no memory.
void* thread_will_begin(std::string_view name, bool daemon, CallSite where,
                        std::uint32_t* number) noexcept;
void thread_did_not_begin(void* state) noexcept;
/// By the starting thread: the new one runs.
void thread_runs(std::uint32_t number) noexcept;
/// By the new thread.
void thread_begins(void* state) noexcept;
/// By the joining thread, before and after. False: the join would close a deadlock, and this call
/// is the victim.
bool thread_will_join(std::uint32_t number) noexcept;
void thread_joined(std::uint32_t number) noexcept;
/// With the option `hang` a join is slept through in slices of this many nanoseconds, and between
/// them it is looked whether it can still end; 0: in one. False: this call is the victim.
std::uint64_t join_slice() noexcept;
bool join_can_end(std::uint64_t since) noexcept;
/// Of the steady clock.
std::uint64_t join_begins() noexcept;

/// By whoever lets it go on alone, who is no longer to be asked for its end. True the first time in
/// this process: report_detached_threads() is then to be called at exit.
bool thread_detached(std::uint32_t number) noexcept;
/// The process ends: writes a finding for each detached thread that still runs, daemons apart. One
/// that is just about to end is given a moment.
void report_detached_threads() noexcept;
/// The object of which the thread runs a member function is being destroyed by the calling thread.
void report_destroyed_running(std::uint32_t number) noexcept;

/// A number for a pool of threads, and who belongs to it; all of them before the pool has a task.
std::uint32_t new_thread_pool() noexcept;
void thread_joins_pool(std::uint32_t number, std::uint32_t pool) noexcept;

/// What the observer knows of a thread.
struct ThreadFacts {
  const char* name;  // zero-terminated; stays valid
  int os_id;         // 0: it has not begun to run
  bool daemon;
  bool is_main;
  bool is_alive;
};
/// Numbers 1 .. newest_thread() were given.
std::uint32_t newest_thread() noexcept;
/// False: there is no such thread, or it never met a Gridlock object.
bool thread_facts(std::uint32_t number, ThreadFacts* facts) noexcept;
std::uint32_t count_live_threads() noexcept;
void name_thread(std::uint32_t number, std::string_view name) noexcept;

}  // namespace gridlock::internal
