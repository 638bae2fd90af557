// SPDX-License-Identifier: Apache-2.0
//
// What the kernel tells of other processes (proc(5)), without libc. Everything here is a moment's
// truth: a caller that draws conclusions has to look twice.
#pragma once

#include "harness/platform/proc_text.h"

namespace gridlock::internal {

/// Reads the beginning of a file, zero-terminated. How many bytes; negative errno on failure.
i64 read_file(const char* path, char* buffer, u32 size) noexcept;

/// Calls `visit` for each entry of the folder whose name is a number, until it says false. False if
/// the folder cannot be read. Unspecified order.
bool visit_numbers(const char* folder, bool (*visit)(int number, void* argument),
                   void* argument) noexcept;

/// A path under /proc, put together on the stack: ProcPath("/proc/").number(7).text("/stat").
class ProcPath {
 public:
  explicit ProcPath(const char* start) noexcept;
  ProcPath& text(const char* more) noexcept;
  ProcPath& number(int more) noexcept;
  GRIDLOCK_INLINE const char* path() const noexcept { return &path_[0]; }

 private:
  char path_[96];
  u32 size_ = 0;
};

ProcStatus proc_status(int pid) noexcept;

/// What one thread of a process was doing.
struct ThreadMoment {
  bool known = false;    ///< everything below could be read
  bool in_call = false;  ///< it sleeps inside a system call
  i64 call = -1;         ///< its number
  u64 argument = 0;      ///< its first one
  u64 switches = 0;      ///< how often it was scheduled: equal in two moments, it never ran between
  bool has_alarm = false;  ///< its process handles SIGALRM and not just all such signals, or
                           ///< has a timer (timer_create): a clock
                           ///< can wake it
};
ThreadMoment thread_moment(int pid, int tid) noexcept;

/// Where a thread of this process sleeps.
struct ThreadSleep {
  SleepsIn where = SleepsIn::kNowhere;
  i64 call = -1;  ///< the system call's number
};
ThreadSleep thread_sleep(int tid) noexcept;
/// How long it has run in all, in nanoseconds; 0: cannot be read.
u64 thread_cpu_ns(int tid) noexcept;
/// "futex", for a call that threads are often found in; nullptr: another.
const char* name_of_call(i64 call) noexcept;

enum : u8 { kReadEnd = 1, kWriteEnd = 2 };

/// An end of a pipe that a process has open. A FIFO is none: anybody can open it by its name.
struct PipeEnd {
  u64 pipe;  ///< which one (its inode); 0: the descriptor is no pipe, or is closed by now
  u8 ends;   ///< kReadEnd, kWriteEnd
  bool unknown = false;  ///< the kernel did not tell what it is
};
/// pid 0: this process.
PipeEnd pipe_end(int pid, int fd) noexcept;

/// How many bytes are in a pipe that this process has open.
u32 bytes_in_pipe(int fd) noexcept;

/// One descriptor of a wait: ready as poll(2) has it.
struct WaitFd {
  int fd;
  short events;  // as struct pollfd
  short ready;
};
/// How many are ready within `nanoseconds`; 0 also when a signal came.
u32 poll_fds(WaitFd* fds, u32 count, u64 nanoseconds) noexcept;

}  // namespace gridlock::internal
