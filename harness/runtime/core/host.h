// SPDX-License-Identifier: Apache-2.0
//
// How the observer is in this program: linked into it (runtime/host.cc), put in front of its libc without its
// knowledge (interpose/host.cc), or where schedules are chosen (controlled/host.cc). Each library has one of the files.
#pragma once

#include <cstdint>

namespace gridlock::internal {

struct Options;
struct ThreadState;

/// False: another observer is in this process, or it is not to be watched. Nothing is begun then.
bool host_wants_observer() noexcept;
/// The runtime comes up with the first operation that is watched, and not when the program starts: most programs that are
/// watched without their knowledge never lock anything.
bool host_comes_up_late() noexcept;
/// Something else than what a thread does may end a wait for a signal: a handler that the program has
/// installed, a cancellation that is on its way. (A release from a handler is not supported of our own
/// primitives; of a semaphore of POSIX it is usual.)
bool host_may_end_waits() noexcept;
/// libc acquires while the wait is still published, so a waiter that is about to wake up looks as if it slept. Waits
/// until it does sleep; returns a number that changes when it runs, 0: the wait is over.
std::uint64_t host_moment_of_sleep(const ThreadState* state, std::uint32_t sequence) noexcept;
/// Between two looks at all that sleep.
void host_pause() noexcept;
/// The thread ends later: more destructors of pthread keys follow, and may use locks.
bool host_delays_thread_end() noexcept;
/// Before the dead are forgotten, with graph_mutex() held: retires those of which nobody says that they
/// are gone.
void host_retires_the_gone() noexcept;
/// The thread with this number has ended, and is not known any more.
void host_thread_ended(unsigned number) noexcept;

/// What GRIDLOCK_OPTIONS leaves open is different in a program that did not ask for all this. Once the options are read.
void host_completes_options(Options& options) noexcept;
/// The log is read at the end for whoever runs the program, so nobody has to be told where it is.
bool host_shows_findings() noexcept;
/// Findings were made, and this process writes no more of them to its log. May be called several times; safe in a signal
/// handler.
void host_log_is_complete() noexcept;

/// Records go to host_take_record() and not into the log: the process runs one schedule of many, and whoever runs them
/// tells of what is new.
bool host_takes_records() noexcept;
void host_take_record(const char* line, std::uint64_t size) noexcept;
/// Threads that were prepared count as started: nobody but the host lets them run.
bool host_starts_threads() noexcept;
/// The process cannot go on, and all is written. Comes back where that is the end of the process.
void host_cannot_go_on() noexcept;

}  // namespace gridlock::internal
