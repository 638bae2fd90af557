// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/processes.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "harness/platform/futex.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/syscall.h"

namespace gridlock::internal {
namespace {

constexpr i64 kInterrupted = -4;   // -EINTR
constexpr i64 kNoSuchChild = -10;  // -ECHILD
constexpr i64 kNoSuchFile = -2;    // -ENOENT

/// Field 3 of /proc/PID/stat and on. The name before them may contain blanks and parentheses.
struct StatFields {
  char text[1024];
  u32 size;
  i64 error;  // of opening it
};

void read_stat(int pid, StatFields& fields) noexcept {
  char path[32] = "/proc/";
  u32 at = 6;
  char digits[12];
  u32 count = 0;
  for (int rest = pid; rest > 0; rest /= 10) digits[count++] = static_cast<char>('0' + rest % 10);
  while (count > 0) path[at++] = digits[--count];
  for (const char* c = "/stat"; *c != 0; ++c) path[at++] = *c;
  path[at] = 0;
  fields.size = 0;
  const int fd = open_read(&path[0]);
  fields.error = fd < 0 ? fd : 0;
  if (fd < 0) return;
  const i64 size = read_some(fd, &fields.text[0], sizeof fields.text - 1);
  close_fd(fd);
  fields.size = size > 0 ? static_cast<u32>(size) : 0;
}

/// Number `field` (counted from 1, as in proc(5)); 0 if it is not there.
u64 field_of(const StatFields& fields, u32 field) noexcept {
  u32 at = fields.size;
  while (at > 0 && fields.text[at - 1] != ')') --at;
  if (at == 0) return 0;
  ++at;  // the blank
  for (u32 n = 3; n < field && at < fields.size; ++at) n += fields.text[at] == ' ' ? 1 : 0;
  u64 value = 0;
  for (; at < fields.size && fields.text[at] >= '0' && fields.text[at] <= '9'; ++at)
    value = value * 10 + static_cast<u64>(fields.text[at] - '0');
  return value;
}

char state_of(const StatFields& fields) noexcept {
  u32 at = fields.size;
  while (at > 0 && fields.text[at - 1] != ')') --at;
  return at == 0 || at + 1 >= fields.size ? 'X' : fields.text[at + 1];
}

// A process whose main thread has ended looks like a zombie while its other threads run.
bool has_ended(const StatFields& fields) noexcept {
  const char state = state_of(fields);
  return state == 'X' || state == 'x' || (state == 'Z' && field_of(fields, 20) <= 1);
}

int poll_until(int fd, u64 deadline_ns) noexcept {
  pollfd ended{fd, POLLIN, 0};
  for (;;) {
    const u64 now = now_ns();
    const u64 left = deadline_ns > now ? deadline_ns - now : 0;
    timespec wait{static_cast<time_t>(left / 1'000'000'000u),
                  static_cast<long>(left % 1'000'000'000u)};
    const i64 ready = raw_syscall(SYS_ppoll, as_argument(&ended), 1, as_argument(&wait), 0, 0);
    if (ready != kInterrupted) return static_cast<int>(ready);
  }
}

int move_up(i64 fd) noexcept {
  const i64 moved = raw_syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 900);
  if (moved < 0) return static_cast<int>(fd);
  close_fd(static_cast<int>(fd));
  return static_cast<int>(moved);
}

}  // namespace

int parent_process_id() noexcept { return static_cast<int>(raw_syscall(SYS_getppid)); }

u64 process_start_time(int pid) noexcept {
  StatFields fields;
  read_stat(pid, fields);
  return fields.size == 0 || has_ended(fields) ? 0 : field_of(fields, 22);
}

bool process_runs(int pid, u64 start_time) noexcept {
  StatFields fields;
  read_stat(pid, fields);
  if (fields.size != 0)
    return !has_ended(fields) && (start_time == 0 || field_of(fields, 22) == start_time);
  if (fields.error == 0 || fields.error == kNoSuchFile) {
    u32 probe = 0;  // is that because there is no /proc?
    StatFields own;
    read_stat(process_id(), own);
    probe = own.size;
    if (probe != 0) return false;
  }
  return signal_process(pid, 0) == 0;
}

u32 process_threads(int pid) noexcept {
  StatFields fields;
  read_stat(pid, fields);
  return static_cast<u32>(field_of(fields, 20));
}

int signal_process(int pid, int signal) noexcept {
  return static_cast<int>(raw_syscall(SYS_kill, pid, signal));
}

void become_subreaper() noexcept { raw_syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1); }

Reaped reap_child(int pid, u64 deadline_ns) noexcept {
  if (deadline_ns != kNever && deadline_ns != 0) {
    const i64 fd = raw_syscall(SYS_pidfd_open, pid, 0);
    if (fd >= 0) {
      poll_until(static_cast<int>(fd), deadline_ns);
      close_fd(static_cast<int>(fd));
    }
  }
  const int flags = deadline_ns == kNever ? 0 : WNOHANG;
  for (;;) {
    int status = 0;
    const i64 result = raw_syscall(SYS_wait4, pid, as_argument(&status), flags, 0);
    if (result == kInterrupted) continue;
    if (result == pid) return {status, true};
    if (result == kNoSuchChild) return {kStatusUnknown, true};
    return {0, false};
  }
}

void* reserve_shared_pages(u64 bytes) noexcept {
  const i64 result = raw_syscall(SYS_mmap, 0, static_cast<i64>(bytes), PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (result < 0 && result > -4096) return nullptr;
  return reinterpret_cast<void*>(static_cast<uptr>(result));
}

bool make_life_line(LifeLine& line) noexcept {
  int ends[2];
  if (raw_syscall(SYS_pipe2, as_argument(&ends[0]), O_CLOEXEC) < 0) return false;
  line.reading = move_up(ends[0]);
  line.writing = move_up(ends[1]);
  return true;
}

void drop_life_line(LifeLine& line) noexcept {
  if (line.writing >= 0) close_fd(line.writing);
  if (line.reading >= 0) close_fd(line.reading);
  line = {};
}

bool tie_to_parent(LifeLine& line) noexcept {
  if (line.writing >= 0) close_fd(line.writing);
  line.writing = -1;
  // Whom to signal belongs to the open file, which all children inherit: each needs one of its own.
  char path[40] = "/proc/self/fd/";
  u32 at = 14;
  char digits[12];
  u32 count = 0;
  for (int rest = line.reading; rest > 0; rest /= 10)
    digits[count++] = static_cast<char>('0' + rest % 10);
  while (count > 0) path[at++] = digits[--count];
  path[at] = 0;
  const i64 opened =
      raw_syscall(SYS_openat, AT_FDCWD, as_argument(&path[0]), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  close_fd(line.reading);
  line.reading = -1;
  if (opened < 0) return false;
  const int fd = move_up(opened);
  const bool watched = raw_syscall(SYS_fcntl, fd, F_SETOWN, process_id()) == 0 &&
                       raw_syscall(SYS_fcntl, fd, F_SETSIG, SIGKILL) == 0 &&
                       raw_syscall(SYS_fcntl, fd, F_SETFL, O_ASYNC | O_NONBLOCK) == 0;
  pollfd parent{fd, 0, 0};  // POLLHUP is always asked for
  timespec now{};
  raw_syscall(SYS_ppoll, as_argument(&parent), 1, as_argument(&now), 0, 0);
  if ((parent.revents & POLLHUP) != 0) signal_process(process_id(), SIGKILL);
  return watched;
}

}  // namespace gridlock::internal
