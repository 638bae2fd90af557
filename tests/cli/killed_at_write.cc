// SPDX-License-Identifier: Apache-2.0
//
// Preloaded into a command: kills it with SIGKILL at the KILL_AT-th time that it changes a file whose name has ".db" in it
// (the database or its journal), before that change is made. Every change goes through here: bytes, length, existence.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

int g_changes = 0;

void count_change() {
  const char* const at = std::getenv("KILL_AT");
  ++g_changes;
  if (at != nullptr && g_changes == std::strtol(at, nullptr, 10)) kill(getpid(), SIGKILL);
}

void count_change_of(int fd) {
  std::array<char, 4096> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = readlink(link.c_str(), path.data(), path.size() - 1);
  if (size > 0 && std::strstr(path.data(), ".db") != nullptr) count_change();
}

}  // namespace

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): of libc's headers
extern "C" {

ssize_t write(int fd, const void* bytes, size_t size) {
  count_change_of(fd);
  return syscall(SYS_write, fd, bytes, size);
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) {
  count_change_of(fd);
  return syscall(SYS_pwrite64, fd, bytes, size, offset);
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  return pwrite64(fd, bytes, size, offset);
}

int fsync(int fd) {
  count_change_of(fd);
  return static_cast<int>(syscall(SYS_fsync, fd));
}

int fdatasync(int fd) {
  count_change_of(fd);
  return static_cast<int>(syscall(SYS_fdatasync, fd));
}

int ftruncate64(int fd, off64_t length) noexcept {
  count_change_of(fd);
  return static_cast<int>(syscall(SYS_ftruncate, fd, length));
}

int ftruncate(int fd, off_t length) noexcept { return ftruncate64(fd, length); }

int unlink(const char* path) noexcept {
  if (std::strstr(path, ".db") != nullptr) count_change();
  return static_cast<int>(syscall(SYS_unlink, path));
}

}  // extern "C"
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
