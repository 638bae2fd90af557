// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/proc.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>

#include "harness/platform/raw_io.h"
#include "harness/platform/syscall.h"

namespace gridlock::internal {
namespace {

constexpr i64 kNoSuchFile = -2;     // -ENOENT
constexpr i64 kNoSuchProcess = -3;  // -ESRCH: it went between open and read

bool is_missing(i64 error) noexcept { return error == kNoSuchFile || error == kNoSuchProcess; }

i64 read_of_thread(int pid, int tid, const char* file, char* text, u32 size) noexcept {
  return read_file(ProcPath("/proc/").number(pid).text("/task/").number(tid).text(file).path(),
                   text, size);
}

}  // namespace

ProcPath::ProcPath(const char* start) noexcept { text(start); }

ProcPath& ProcPath::text(const char* more) noexcept {
  for (; *more != 0 && size_ + 1 < sizeof path_; ++more) path_[size_++] = *more;
  path_[size_] = 0;
  return *this;
}

ProcPath& ProcPath::number(int more) noexcept {
  char digits[12];
  u32 at = sizeof digits - 1;
  digits[at] = 0;
  u32 left = static_cast<u32>(more);
  do {
    digits[--at] = static_cast<char>('0' + left % 10);
    left /= 10;
  } while (left != 0);
  return text(&digits[at]);
}

i64 read_file(const char* path, char* buffer, u32 size) noexcept {
  const int fd = open_read(path);
  if (fd < 0) return fd;
  u32 filled = 0;
  i64 got = 0;
  while (filled + 1 < size && (got = read_some(fd, buffer + filled, size - 1 - filled)) > 0)
    filled += static_cast<u32>(got);
  close_fd(fd);
  buffer[filled] = 0;
  return got < 0 ? got : static_cast<i64>(filled);
}

bool visit_numbers(const char* folder, bool (*visit)(int number, void* argument),
                   void* argument) noexcept {
  const i64 fd =
      raw_syscall(SYS_openat, AT_FDCWD, as_argument(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  struct Entry {  // linux_dirent64
    u64 inode;
    i64 offset;
    u16 length;
    u8 type;
    char name[1];
  };
  alignas(8) char buffer[4096];
  bool more = true;
  i64 size = 0;
  while (more &&
         (size = raw_syscall(SYS_getdents64, fd, as_argument(&buffer[0]), sizeof buffer)) > 0) {
    for (i64 at = 0; at < size && more;) {
      const auto* entry = reinterpret_cast<const Entry*>(static_cast<const void*>(&buffer[at]));
      at += entry->length;
      const char* name = &entry->name[0];
      if (!is_digit(*name)) continue;
      more = visit(static_cast<int>(take_number(name)), argument);
    }
  }
  close_fd(static_cast<int>(fd));
  return size >= 0;
}

ProcStatus proc_status(int pid) noexcept {
  char text[1024];
  const i64 size =
      read_file(ProcPath("/proc/").number(pid).text("/stat").path(), &text[0], sizeof text);
  ProcStatus facts = size > 0 ? parse_stat(&text[0]) : ProcStatus{};
  facts.unreadable = facts.state == 0 && !is_missing(size);
  return facts;
}

// The counts are read first: they then cover the call.
ThreadMoment thread_moment(int pid, int tid) noexcept {
  ThreadMoment moment;
  char text[4096];
  const auto read = [&](const char* file) {
    return read_of_thread(pid, tid, file, &text[0], sizeof text) > 0;
  };
  if (!read("/status")) return moment;
  const ThreadCounts counts = parse_status(&text[0]);
  if (!counts.known) return moment;
  moment.switches = counts.switches;
  moment.has_alarm = counts.handles_alarm;
  if (!read("/syscall")) return moment;
  const SystemCall sleep = parse_syscall(&text[0]);
  moment.call = sleep.call;
  moment.argument = sleep.arguments[0];
  if (!read("/stat")) return moment;
  const char state = parse_stat(&text[0]).state;
  if (state == 0) return moment;
  moment.in_call = sleep.sleeps && state == 'S';
  const i64 timers = read_file(ProcPath("/proc/").number(pid).text("/timers").path(), &text[0], 8);
  if (timers < 0 && !is_missing(timers)) return moment;
  moment.has_alarm = moment.has_alarm || timers > 0;
  moment.known = true;
  return moment;
}

ThreadSleep thread_sleep(int tid) noexcept {
  char text[1024];
  const auto read = [&](const char* file) {
    return read_file(ProcPath("/proc/self/task/").number(tid).text(file).path(), &text[0],
                     sizeof text) > 0;
  };
  const char state = read("/stat") ? parse_stat(&text[0]).state : char{0};
  if (state == 0 || state == 'D') return {SleepsIn::kCall, -1};
  if (state != 'S') return {};
  if (!read("/syscall")) return {SleepsIn::kCall, -1};  // nobody knows in which, or for how long
  const SystemCall sleep = parse_syscall(&text[0]);
  return {kind_of_sleep(sleep), sleep.call};
}

u64 thread_cpu_ns(int tid) noexcept {
  char text[128];
  if (read_file(ProcPath("/proc/self/task/").number(tid).text("/schedstat").path(), &text[0],
                sizeof text) <= 0) {
    return 0;
  }
  const char* at = &text[0];
  return take_number(at);
}

const char* name_of_call(i64 call) noexcept {
  struct Named {
    i64 call;
    const char* name;
  };
  static constexpr Named kNames[] = {
      {SYS_futex, "futex"},
      {SYS_clock_nanosleep, "clock_nanosleep"},
      {SYS_nanosleep, "nanosleep"},
      {SYS_read, "read"},
      {SYS_write, "write"},
      {SYS_readv, "readv"},
      {SYS_writev, "writev"},
      {SYS_ppoll, "ppoll"},
      {SYS_pselect6, "pselect6"},
      {SYS_epoll_pwait, "epoll_pwait"},
      {SYS_accept, "accept"},
      {SYS_accept4, "accept4"},
      {SYS_connect, "connect"},
      {SYS_recvfrom, "recvfrom"},
      {SYS_recvmsg, "recvmsg"},
      {SYS_sendto, "sendto"},
      {SYS_sendmsg, "sendmsg"},
      {SYS_wait4, "wait4"},
      {SYS_waitid, "waitid"},
      {SYS_rt_sigtimedwait, "rt_sigtimedwait"},
      {SYS_fcntl, "fcntl"},
      {SYS_flock, "flock"},
      {SYS_semtimedop, "semtimedop"},
#ifdef SYS_poll  // not on every architecture
      {SYS_poll, "poll"},
      {SYS_select, "select"},
      {SYS_epoll_wait, "epoll_wait"},
      {SYS_pause, "pause"},
#endif
  };
  for (const Named& each : kNames) {
    if (each.call == call) return each.name;
  }
  return nullptr;
}

// The link's text says which pipe it is, and its mode how the descriptor was opened. The file behind
// it is left alone: it may be in a file system that refuses, or does not answer.
PipeEnd pipe_end(int pid, int fd) noexcept {
  ProcPath path = ProcPath("/proc/");
  if (pid == 0) {
    path.text("self");
  } else {
    path.number(pid);
  }
  path.text("/fd/").number(fd);
  char name[64];
  const i64 size = raw_syscall(SYS_readlinkat, AT_FDCWD, as_argument(path.path()),
                               as_argument(&name[0]), sizeof name - 1);
  if (size < 0) return {0, 0, !is_missing(size)};
  name[size] = 0;
  const u64 pipe = pipe_of_link(&name[0]);
  if (pipe == 0) return {0, 0};
  struct stat link;
  const i64 error = raw_syscall(SYS_newfstatat, AT_FDCWD, as_argument(path.path()),
                                as_argument(&link), AT_SYMLINK_NOFOLLOW);
  if (error != 0) return {0, 0, !is_missing(error)};
  u8 ends = 0;
  if ((link.st_mode & S_IRUSR) != 0) ends |= kReadEnd;
  if ((link.st_mode & S_IWUSR) != 0) ends |= kWriteEnd;
  return {pipe, ends};
}

u32 bytes_in_pipe(int fd) noexcept {
  int bytes = 0;
  return raw_syscall(SYS_ioctl, fd, FIONREAD, as_argument(&bytes)) == 0 ? static_cast<u32>(bytes)
                                                                        : 0;
}

u32 poll_fds(WaitFd* fds, u32 count, u64 nanoseconds) noexcept {
  static_assert(sizeof(WaitFd) == sizeof(pollfd) && offsetof(WaitFd, ready) == 6);
  constexpr u64 kSecond = 1'000'000'000;
  struct timespec limit = {static_cast<time_t>(nanoseconds / kSecond),
                           static_cast<long>(nanoseconds % kSecond)};
  const i64 ready = raw_syscall(SYS_ppoll, as_argument(fds), count, as_argument(&limit), 0, 0);
  return ready > 0 ? static_cast<u32>(ready) : 0;
}

}  // namespace gridlock::internal
