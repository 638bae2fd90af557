// SPDX-License-Identifier: Apache-2.0
//
// A folder has a link for itself, one for its name and one for each folder in it; the kernel counts so in
// /proc/self/task, where each thread has a folder. What it counts there is held against a list once.
#include "harness/platform/thread_count.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "harness/platform/proc.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/syscall.h"

namespace gridlock::internal {
namespace {

constexpr const char* kFolder = "/proc/self/task";
constexpr u64 kOwnLinks = 2;

int g_folder = -1;
// What the descriptor led to: the program may close it, and open something else.
struct stat g_opened;
bool g_useless = false;

bool look(int fd, struct stat* status) noexcept {
  return raw_syscall(SYS_fstat, fd, as_argument(status)) == 0 ||
         raw_syscall(SYS_newfstatat, fd, as_argument(""), as_argument(status), AT_EMPTY_PATH) == 0;
}

u32 threads_in(const struct stat& status) noexcept {
  return status.st_nlink > kOwnLinks ? static_cast<u32>(status.st_nlink - kOwnLinks) : 0;
}

u32 count_listed() noexcept {
  u32 count = 0;
  const auto one_more = [](int, void* of) noexcept {
    ++*static_cast<u32*>(of);
    return true;
  };
  return visit_numbers(kFolder, one_more, &count) ? count : 0;
}

// Threads come and go meanwhile, so it is compared again.
bool counts_as_listed(int fd) noexcept {
  constexpr int kTries = 5;
  for (int i = 0; i < kTries; ++i) {
    struct stat status{};
    const u32 listed = count_listed();
    if (listed != 0 && look(fd, &status) && threads_in(status) == listed) return true;
  }
  return false;
}

bool open_folder() noexcept {
  g_folder = -1;
  const int fd = open_read(kFolder);
  if (fd < 0) return false;
  g_folder = move_up(fd);
  if (look(g_folder, &g_opened) && counts_as_listed(g_folder)) return true;
  close_fd(g_folder);
  g_folder = -1;
  g_useless = true;
  return false;
}

bool is_still_ours(const struct stat& status) noexcept {
  return status.st_dev == g_opened.st_dev && status.st_ino == g_opened.st_ino &&
         status.st_mode == g_opened.st_mode;
}

}  // namespace

u32 os_thread_count() noexcept {
  if (g_useless) return 0;
  struct stat status{};
  if (g_folder >= 0 && look(g_folder, &status) && is_still_ours(status)) return threads_in(status);
  return open_folder() && look(g_folder, &status) ? threads_in(status) : 0;
}

void forget_thread_folder() noexcept {
  struct stat status{};
  if (g_folder >= 0 && look(g_folder, &status) && is_still_ours(status)) close_fd(g_folder);
  g_folder = -1;
}

}  // namespace gridlock::internal
