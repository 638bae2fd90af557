// SPDX-License-Identifier: Apache-2.0
//
// Files and threads of the process, straight from the kernel; safe in signal handlers.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// Opens for appending, made if missing, closed on exec, moved up. Negative errno on failure. Never
/// waits: a FIFO that nobody reads is -ENXIO. `fresh_only`: an existing file or link is -EEXIST.
int open_append(const char* path, bool fresh_only) noexcept;
/// The same of a file that is there already; through no link.
int open_append_again(const char* path) noexcept;

/// Which file a descriptor leads to.
struct FileIdentity {
  u64 device = 0;
  u64 inode = 0;
  u32 mode = 0;  ///< as of stat(2); 0: the descriptor is not open
  u64 size = 0;  ///< when it was asked for
};
FileIdentity identify(int fd) noexcept;
/// False also where one of them is not open.
bool same_file(const FileIdentity& a, const FileIdentity& b) noexcept;
/// Is what was standard error when the process began still there, or something that nobody takes
/// amiss: a terminal or device, or a file that is appended to? A process that closed its descriptors
/// may have its own data there, or a connection. Before remember_stderr() was called: yes.
bool stderr_is_ours() noexcept;
void remember_stderr() noexcept;
/// The current folder with '/' behind it. 0 if it does not fit or cannot be known, else its length.
u32 current_folder(char* buffer, u32 size) noexcept;
/// Moves a descriptor above 900 where it fits, out of the way of programs that close or count the low
/// ones. What it is now; closed on exec if it was moved.
int move_up(int fd) noexcept;
/// Opens for reading. Negative errno on failure.
int open_read(const char* path) noexcept;
i64 read_some(int fd, void* buffer, u64 size) noexcept;
void close_fd(int fd) noexcept;
/// Writes all, in one call where the kernel allows it. False on failure. The program gets no signal
/// for it: a SIGPIPE or SIGXFSZ that the write causes is taken back. Waits for a reader of a full pipe
/// for a second at most.
bool write_all(int fd, const char* data, u64 size) noexcept;
/// To standard error, where that is still the program's (stderr_is_ours).
void say(const char* text) noexcept;
void say(const char* text, u64 size) noexcept;

/// The calling process and thread; 0 where the kernel does not say.
int process_id() noexcept;
int thread_os_id() noexcept;

/// Calls `visit(tid, argument)` for each thread of this process, until it returns false.
/// Unspecified order. False: not all of them could be listed (no descriptor, no /proc), or there are
/// more than were listed.
/// `counted`: the latter is asked, too.
bool visit_os_threads(bool (*visit)(int tid, void* argument), void* argument,
                      bool counted = true) noexcept;

/// Ends the whole process at once: no destructors, no atexit.
[[noreturn]] void exit_now(int code) noexcept;
/// Sends a signal to one thread of this process.
void signal_thread(int tid, int signal) noexcept;

}  // namespace gridlock::internal
