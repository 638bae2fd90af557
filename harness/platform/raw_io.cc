// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/raw_io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>

#include "harness/platform/proc.h"
#include "harness/platform/signal_block.h"
#include "harness/platform/syscall.h"

namespace gridlock::internal {
namespace {

constexpr u64 kWriteSignals = signal_bit(SIGPIPE) | signal_bit(SIGXFSZ);

// Keeps the signals of a failing write from the program: blocked in this thread while it lives, and
// those that a write of ours made are taken back. One that was pending before stays.
class WithoutWriteSignals {
 public:
  WithoutWriteSignals() noexcept {
    blocked_ = change_signal_mask(SIG_BLOCK, kWriteSignals, &before_);
    if ((before_ & kWriteSignals) != 0)
      raw_syscall(SYS_rt_sigpending, as_argument(&pending_), kSignalMaskBytes);
  }
  ~WithoutWriteSignals() {
    if (blocked_) change_signal_mask(SIG_SETMASK, before_, nullptr);
  }
  WithoutWriteSignals(const WithoutWriteSignals&) = delete;
  WithoutWriteSignals& operator=(const WithoutWriteSignals&) = delete;
  WithoutWriteSignals(WithoutWriteSignals&&) = delete;
  WithoutWriteSignals& operator=(WithoutWriteSignals&&) = delete;

  void take_back() const noexcept {
    const u64 made = kWriteSignals & ~pending_;
    const timespec at_once{};
    if (made != 0)
      raw_syscall(SYS_rt_sigtimedwait, as_argument(&made), 0, as_argument(&at_once),
                  kSignalMaskBytes);
  }

 private:
  bool blocked_ = false;
  u64 before_ = 0;
  u64 pending_ = 0;
};

// A pipe whose reader is slow, or does not read at all.
bool wait_for_room(int fd) noexcept {
  pollfd room{.fd = fd, .events = POLLOUT, .revents = 0};
  const timespec second{.tv_sec = 1, .tv_nsec = 0};
  return raw_syscall(SYS_ppoll, as_argument(&room), 1, as_argument(&second), 0, kSignalMaskBytes) >
         0;
}

FileIdentity g_stderr;
bool g_stderr_known = false;

bool appends(int fd) noexcept {
  const i64 flags = raw_syscall(SYS_fcntl, fd, F_GETFL);
  return flags >= 0 && (flags & O_APPEND) != 0;
}

}  // namespace

int open_append(const char* path, bool fresh_only) noexcept {
  const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY |
                    (fresh_only ? O_EXCL | O_NOFOLLOW : 0);
  const i64 fd = raw_syscall(SYS_openat, AT_FDCWD, as_argument(path), flags, 0644);
  return fd < 0 ? static_cast<int>(fd) : move_up(static_cast<int>(fd));
}

int open_append_again(const char* path) noexcept {
  const i64 fd = raw_syscall(SYS_openat, AT_FDCWD, as_argument(path),
                             O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
  return fd < 0 ? static_cast<int>(fd) : move_up(static_cast<int>(fd));
}

FileIdentity identify(int fd) noexcept {
  struct stat status{};
  if (raw_syscall(SYS_fstat, fd, as_argument(&status)) != 0 &&
      raw_syscall(SYS_newfstatat, fd, as_argument(""), as_argument(&status), AT_EMPTY_PATH) != 0) {
    return {};
  }
  return {status.st_dev, status.st_ino, status.st_mode, static_cast<u64>(status.st_size)};
}

bool same_file(const FileIdentity& a, const FileIdentity& b) noexcept {
  return a.mode != 0 && a.device == b.device && a.inode == b.inode && a.mode == b.mode;
}

void remember_stderr() noexcept {
  g_stderr = identify(2);
  g_stderr_known = true;
}

bool stderr_is_ours() noexcept {
  if (!g_stderr_known) return true;
  const FileIdentity now = identify(2);
  if (same_file(now, g_stderr)) return true;
  return S_ISCHR(now.mode) || (S_ISREG(now.mode) && appends(2));
}

u32 current_folder(char* buffer, u32 size) noexcept {
  const i64 length = raw_syscall(SYS_getcwd, as_argument(buffer), size);  // counts the final 0
  if (length < 2 || buffer[0] != '/' || length + 1 > size) return 0;
  u32 end = static_cast<u32>(length) - 1;
  if (buffer[end - 1] != '/') buffer[end++] = '/';
  buffer[end] = 0;
  return end;
}

void say(const char* text, u64 size) noexcept {
  if (stderr_is_ours()) write_all(2, text, size);
}
void say(const char* text) noexcept { say(text, length_of(text)); }

int move_up(int fd) noexcept {
  const i64 moved = raw_syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 900);
  if (moved < 0) return fd;
  close_fd(fd);
  return static_cast<int>(moved);
}

int open_read(const char* path) noexcept {
  return static_cast<int>(
      raw_syscall(SYS_openat, AT_FDCWD, as_argument(path), O_RDONLY | O_CLOEXEC));
}

i64 read_some(int fd, void* buffer, u64 size) noexcept {
  return raw_syscall(SYS_read, fd, as_argument(buffer), static_cast<i64>(size));
}

void close_fd(int fd) noexcept { raw_syscall(SYS_close, fd); }

bool write_all(int fd, const char* data, u64 size) noexcept {
  const WithoutWriteSignals guard;
  while (size > 0) {
    const i64 written = raw_syscall(SYS_write, fd, as_argument(data), static_cast<i64>(size));
    if (written == -EINTR || (written == -EAGAIN && wait_for_room(fd))) continue;
    if (written == -EPIPE || written == -EFBIG) guard.take_back();
    if (written <= 0) return false;
    data += written;
    size -= static_cast<u64>(written);
  }
  return true;
}

// Where the call is refused /proc says it.
int process_id() noexcept {
  const i64 number = raw_syscall(SYS_getpid);
  if (number > 0) return static_cast<int>(number);
  char text[16];
  const i64 size = raw_syscall(SYS_readlinkat, AT_FDCWD, as_argument("/proc/self"),
                               as_argument(&text[0]), sizeof text);
  int found = 0;
  for (i64 i = 0; i < size && text[i] >= '0' && text[i] <= '9'; ++i)
    found = found * 10 + (text[i] - '0');
  return found;
}

// The kernel goes on from where it was by counting, so a thread that ends between two parts of the
// list may make it leave out another one.
bool visit_os_threads(bool (*visit)(int tid, void* argument), void* argument,
                      bool counted) noexcept {
  struct Visit {
    bool (*visit)(int tid, void* argument);
    void* argument;
    u32 seen;
    bool stopped;
  } all{visit, argument, 0, false};
  const auto count = [](int tid, void* of) noexcept {
    auto& now = *static_cast<Visit*>(of);
    ++now.seen;
    now.stopped = !now.visit(tid, now.argument);
    return !now.stopped;
  };
  if (!visit_numbers("/proc/self/task", count, &all)) return false;
  if (all.stopped || !counted) return true;
  const u32 threads = proc_status(process_id()).threads;
  return threads != 0 && threads <= all.seen;
}

void exit_now(int code) noexcept {
  for (;;) raw_syscall(SYS_exit_group, code);
}

void signal_thread(int tid, int signal) noexcept {
  const int process = process_id();
  if (process > 0 && tid > 0) raw_syscall(SYS_tgkill, process, tid, signal);
}

}  // namespace gridlock::internal
