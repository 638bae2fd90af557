// SPDX-License-Identifier: Apache-2.0
//
// What the Thread primitive asks of the observer, and what it tells of threads that go on alone. Included
// by instrumented files, so it has no inline functions.
#pragma once

#include <gridlock/identity.h>

namespace gridlock::internal {

/// By the thread that detaches it. True the first time in this process: report_detached_threads()
/// is then to be called at exit.
bool thread_detached(std::uint32_t number) noexcept;
/// The process ends: writes a finding for each detached thread that still runs, daemons apart. One
/// that is just about to end is given a moment.
void report_detached_threads() noexcept;
/// The object of which the thread runs a member function is being destroyed by the calling thread.
void report_destroyed_running(std::uint32_t number) noexcept;

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
