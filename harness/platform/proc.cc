// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/proc.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>

#include "harness/platform/raw_io.h"
#include "harness/platform/syscall.h"

namespace gridlock::internal {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

const char* skip_blanks(const char* at) noexcept {
  while (*at == ' ' || *at == '\t') ++at;
  return at;
}

// Leaves `at` behind the number.
u64 take_number(const char*& at) noexcept {
  at = skip_blanks(at);
  u64 value = 0;
  for (; is_digit(*at); ++at) value = value * 10 + static_cast<u64>(*at - '0');
  return value;
}

const char* behind(const char* text, const char* word) noexcept {
  for (; *text != 0; ++text) {
    u32 same = 0;
    while (word[same] != 0 && text[same] == word[same]) ++same;
    if (word[same] == 0) return text + same;
  }
  return nullptr;
}

// The name of a process may contain blanks and brackets; what follows the last one does not.
const char* behind_name(const char* stat) noexcept {
  const char* last = nullptr;
  for (; *stat != 0; ++stat) {
    if (*stat == ')') last = stat + 1;
  }
  return last;
}

// Field 4 of /proc/PID/stat and on, counted from 1 as in proc(5); `state` is field 3.
u64 field_of(const char* state, u32 field) noexcept {
  const char* at = state;
  for (u32 n = 3; n < field && *at != 0; ++at) n += *at == ' ' ? 1 : 0;
  return take_number(at);
}

constexpr i64 kNoSuchFile = -2;     // -ENOENT
constexpr i64 kNoSuchProcess = -3;  // -ESRCH: it went between open and read

bool is_missing(i64 error) noexcept { return error == kNoSuchFile || error == kNoSuchProcess; }

// Who handles every signal of its kind (sort does) only cleans up when it is ended.
bool handles_alarms(u64 caught) noexcept {
  constexpr u64 kAlarm = u64{1} << (SIGALRM - 1);
  constexpr u64 kOthers =
      u64{1} << (SIGPOLL - 1) | u64{1} << (SIGPROF - 1) | u64{1} << (SIGVTALRM - 1);
  return (caught & kAlarm) != 0 && (caught & kOthers) != kOthers;
}

bool read_status(int pid, int tid, ThreadMoment* moment) noexcept {
  char text[4096];
  if (read_file(ProcPath("/proc/").number(pid).text("/task/").number(tid).text("/status").path(),
                &text[0], sizeof text) <= 0) {
    return false;
  }
  const char* of_itself = behind(&text[0], "\nvoluntary_ctxt_switches:");
  const char* forced = behind(&text[0], "nonvoluntary_ctxt_switches:");
  const char* caught = behind(&text[0], "SigCgt:");
  if (of_itself == nullptr || forced == nullptr || caught == nullptr) return false;
  moment->switches = take_number(of_itself);
  moment->switches += take_number(forced);
  moment->has_alarm = handles_alarms(take_hex(caught));
  return true;
}

}  // namespace

u64 take_hex(const char*& at) noexcept {
  u64 value = 0;
  for (at = skip_blanks(at);; ++at) {
    if (is_digit(*at)) {
      value = value * 16 + static_cast<u64>(*at - '0');
    } else if (*at >= 'a' && *at <= 'f') {
      value = value * 16 + static_cast<u64>(*at - 'a' + 10);
    } else {
      return value;
    }
  }
}

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
  ProcStatus facts;
  const i64 size =
      read_file(ProcPath("/proc/").number(pid).text("/stat").path(), &text[0], sizeof text);
  const char* at = size > 0 ? behind_name(&text[0]) : nullptr;
  facts.unreadable = at == nullptr && !is_missing(size);
  if (at == nullptr) return facts;
  at = skip_blanks(at);
  facts.state = *at;
  facts.parent = static_cast<int>(field_of(at, 4));
  facts.session = static_cast<int>(field_of(at, 6));
  facts.threads = static_cast<u32>(field_of(at, 20));
  facts.start_time = field_of(at, 22);
  facts.wait_status = static_cast<int>(field_of(at, 52));
  return facts;
}

// /proc/PID/syscall says "running" of a thread that does not sleep, and -1 of one that sleeps
// outside of a call. The count is read first: it then covers the call.
ThreadMoment thread_moment(int pid, int tid) noexcept {
  ThreadMoment moment;
  if (!read_status(pid, tid, &moment)) return moment;
  char text[1024];
  if (read_file(ProcPath("/proc/").number(pid).text("/task/").number(tid).text("/syscall").path(),
                &text[0], sizeof text) <= 0)
    return moment;
  const char* at = &text[0];
  const bool sleeps = is_digit(*at);
  if (sleeps) {
    moment.call = static_cast<i64>(take_number(at));
    at = skip_blanks(at) + 2;  // "0x"
    moment.argument = take_hex(at);
  }
  if (read_file(ProcPath("/proc/").number(pid).text("/task/").number(tid).text("/stat").path(),
                &text[0], sizeof text) <= 0)
    return moment;
  at = behind_name(&text[0]);
  if (at == nullptr) return moment;
  moment.in_call = sleeps && *skip_blanks(at) == 'S';
  const i64 timers = read_file(ProcPath("/proc/").number(pid).text("/timers").path(), &text[0], 8);
  if (timers < 0 && !is_missing(timers)) return moment;
  moment.has_alarm = moment.has_alarm || timers > 0;
  moment.known = true;
  return moment;
}

// "202 0x7f00 0x189 0x0 0x0 ..." in /proc/self/task/TID/syscall: the call and its arguments.
ThreadSleep thread_sleep(int tid) noexcept {
  ThreadSleep sleep;
  char text[512];
  const auto read = [&](const char* file) {
    return read_file(ProcPath("/proc/self/task/").number(tid).text(file).path(), &text[0],
                     sizeof text) > 0;
  };
  const char* at = read("/stat") ? behind_name(&text[0]) : nullptr;
  if (at == nullptr || *skip_blanks(at) == 'D') sleep.where = SleepsIn::kCall;
  if (at == nullptr || *skip_blanks(at) != 'S') return sleep;
  if (!read("/syscall")) {
    sleep.where = SleepsIn::kCall;  // nobody knows in which, or for how long
    return sleep;
  }
  at = &text[0];
  if (!is_digit(*at)) return sleep;
  sleep.call = static_cast<i64>(take_number(at));
  u64 arguments[4] = {};
  for (u64& argument : arguments) {
    at = skip_blanks(at);
    if (at[0] != '0' || at[1] != 'x') break;
    at += 2;
    argument = take_hex(at);
  }
  switch (sleep.call) {
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
    case SYS_restart_syscall:
      sleep.where = SleepsIn::kPause;
      break;
    case SYS_futex:
      sleep.where = arguments[3] == 0 ? SleepsIn::kFutex : SleepsIn::kPause;
      break;
    default:
      sleep.where = SleepsIn::kCall;
  }
  return sleep;
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
  const char* inode = behind(&name[0], "pipe:[");
  if (inode == nullptr || name[0] != 'p') return {0, 0};
  struct stat link;
  const i64 error = raw_syscall(SYS_newfstatat, AT_FDCWD, as_argument(path.path()),
                                as_argument(&link), AT_SYMLINK_NOFOLLOW);
  if (error != 0) return {0, 0, !is_missing(error)};
  u8 ends = 0;
  if ((link.st_mode & S_IRUSR) != 0) ends |= kReadEnd;
  if ((link.st_mode & S_IWUSR) != 0) ends |= kWriteEnd;
  return {take_number(inode), ends};
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
