// SPDX-License-Identifier: Apache-2.0
//
// Files and threads of the process, straight from the kernel; safe in signal handlers.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// Opens for appending, made if missing, closed on exec, moved up. Negative errno on failure.
int open_append(const char* path) noexcept;
/// Moves a descriptor above 900 where it fits, out of the way of programs that close or count the low
/// ones. What it is now; closed on exec if it was moved.
int move_up(int fd) noexcept;
/// Opens for reading. Negative errno on failure.
int open_read(const char* path) noexcept;
i64 read_some(int fd, void* buffer, u64 size) noexcept;
void close_fd(int fd) noexcept;
/// Writes all, in one call where the kernel allows it. False on failure.
bool write_all(int fd, const char* data, u64 size) noexcept;

int process_id() noexcept;
int thread_os_id() noexcept;

/// Calls `visit(tid, argument)` for each thread of this process, until it returns false.
/// Unspecified order.
void visit_os_threads(bool (*visit)(int tid, void* argument), void* argument) noexcept;

/// Copies a word that may lie in memory that is gone. False if it does.
bool read_word_safely(const void* address, u32* value) noexcept;

/// Ends the whole process at once: no destructors, no atexit.
[[noreturn]] void exit_now(int code) noexcept;
/// Sends a signal to one thread of this process.
void signal_thread(int tid, int signal) noexcept;

}  // namespace gridlock::internal
