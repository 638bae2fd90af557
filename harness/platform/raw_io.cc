// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/raw_io.h"

#include <fcntl.h>

#include "harness/platform/proc.h"
#include "harness/platform/syscall.h"

namespace gridlock::internal {

int open_append(const char* path) noexcept {
  const i64 fd = raw_syscall(SYS_openat, AT_FDCWD, as_argument(path),
                             O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  return fd < 0 ? static_cast<int>(fd) : move_up(static_cast<int>(fd));
}

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
  constexpr i64 kInterrupted = -4;  // -EINTR
  while (size > 0) {
    const i64 written = raw_syscall(SYS_write, fd, as_argument(data), static_cast<i64>(size));
    if (written == kInterrupted) continue;
    if (written <= 0) return false;
    data += written;
    size -= static_cast<u64>(written);
  }
  return true;
}

int process_id() noexcept { return static_cast<int>(raw_syscall(SYS_getpid)); }
int thread_os_id() noexcept { return static_cast<int>(raw_syscall(SYS_gettid)); }

void visit_os_threads(bool (*visit)(int tid, void* argument), void* argument) noexcept {
  visit_numbers("/proc/self/task", visit, argument);
}

bool read_word_safely(const void* address, u32* value) noexcept {
  struct {
    void* base;
    u64 length;
  } local{value, sizeof *value}, remote{const_cast<void*>(address), sizeof *value};
  const i64 result = raw_syscall(SYS_process_vm_readv, process_id(), as_argument(&local), 1,
                                 as_argument(&remote), 1, 0);
  return result == sizeof *value;
}

void exit_now(int code) noexcept {
  for (;;) raw_syscall(SYS_exit_group, code);
}

void signal_thread(int tid, int signal) noexcept {
  raw_syscall(SYS_tgkill, process_id(), tid, signal);
}

}  // namespace gridlock::internal
