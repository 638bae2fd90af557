// SPDX-License-Identifier: Apache-2.0
//
// What the texts of proc(5) say: zero-terminated text in, facts out, no file is touched. A text may be cut
// anywhere, and need not be what it should be.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

GRIDLOCK_INLINE bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
const char* skip_blanks(const char* at) noexcept;
/// The decimal number behind any blanks; leaves `at` behind it.
u64 take_number(const char*& at) noexcept;
/// The same of a hexadecimal one (lower case, no 0x).
u64 take_hex(const char*& at) noexcept;
/// Behind the first `word` in the text; nullptr: it is not there.
const char* behind(const char* text, const char* word) noexcept;

struct ProcStatus {
  char state = 0;  ///< 'R', 'S', 'Z' ...; 0: there is no such process, or it cannot be read
  bool unreadable = false;  ///< its file cannot be read, and not because it is missing
  int parent = 0;
  int session = 0;
  u32 threads = 0;
  u64 start_time = 0;   ///< in ticks since the system came up
  int wait_status = 0;  ///< of a zombie, as waitpid(2) will give it
};
/// Parses /proc/PID/stat. No state: the text is no such file.
ProcStatus parse_stat(const char* text) noexcept;

/// From /proc/PID/task/TID/status.
struct ThreadCounts {
  bool known = false;
  u64 switches = 0;            ///< how often it was scheduled
  bool handles_alarm = false;  ///< its process handles SIGALRM, and not just all such signals
};
ThreadCounts parse_status(const char* text) noexcept;

/// From /proc/PID/task/TID/syscall: "202 0x7f00 0x189 0x0 0x0 ...". A thread that does not sleep
/// has "running" there, and a thread that sleeps outside of a call has -1.
struct SystemCall {
  bool sleeps = false;
  i64 call = -1;
  u64 arguments[6] = {};
};
SystemCall parse_syscall(const char* text) noexcept;

/// Where a thread of this process sleeps.
enum class SleepsIn : u8 {
  kNowhere,  ///< it runs, or would if there was a processor
  kPause,    ///< until a time has passed
  kFutex,    ///< until another thread wakes it, without a limit
  kCall,     ///< in another system call, or at a disk; or it cannot be read
};
/// What that call is.
SleepsIn kind_of_sleep(const SystemCall& sleep) noexcept;

/// The inode in the target of a link in /proc/PID/fd, "pipe:[123]"; 0: no pipe.
u64 pipe_of_link(const char* target) noexcept;

/// A line of /proc/PID/maps: "7f00-7f10 rw-p 00000000 00:00 0 [heap]".
struct Mapping {
  uptr first = 0, last = 0;
  bool writable = false;
  bool shared = false;  ///< what is written there is seen by others that map it
  bool from_file = false;
};
Mapping parse_mapping(const char* line) noexcept;

}  // namespace gridlock::internal
