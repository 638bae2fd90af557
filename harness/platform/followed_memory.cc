// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/followed_memory.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "harness/platform/raw_io.h"
#include "harness/platform/syscall.h"

namespace gridlock::internal {
namespace {

// Below everything that the kernel maps by itself, and still where ThreadSanitizer lets a program map things.
constexpr uptr kAddress = 0x7e90'0000'0000;
constexpr int kGetSeals = 1034;            // F_GET_SEALS, which <fcntl.h> has for GNU programs only
constexpr int kFixedNoReplace = 0x100000;  // MAP_FIXED_NOREPLACE

}  // namespace

void* map_followed_memory(const char* path) noexcept {
  const i64 opened = raw_syscall(SYS_openat, AT_FDCWD, as_argument(path),
                                 O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (opened < 0) return nullptr;
  const int fd = static_cast<int>(opened);
  const i64 seals = raw_syscall(SYS_fcntl, fd, kGetSeals, 0);
  // A kernel may add one that forbids to execute it.
  const bool is_ours = identify(fd).size == kFollowedBytes && seals >= 0 &&
                       (seals & kFollowedSeals) == kFollowedSeals;
  i64 mapped = -1;
  if (is_ours) {
    mapped =
        raw_syscall(SYS_mmap, static_cast<i64>(kAddress), static_cast<i64>(kFollowedBytes),
                    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE | kFixedNoReplace, fd, 0);
  }
  close_fd(fd);
  if (mapped == static_cast<i64>(kAddress)) return reinterpret_cast<void*>(kAddress);
  // A kernel before 4.17 takes the address for a wish.
  if (mapped >= 0 || mapped < -4095)
    raw_syscall(SYS_munmap, mapped, static_cast<i64>(kFollowedBytes));
  return nullptr;
}

}  // namespace gridlock::internal
