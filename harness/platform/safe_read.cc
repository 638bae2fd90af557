// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/safe_read.h"

#include <linux/futex.h>

#include <atomic>

#include "harness/platform/raw_io.h"
#include "harness/platform/syscall.h"

namespace gridlock::internal {
namespace {

constexpr i64 kFault = -14;  // -EFAULT
constexpr i64 kIo = -5;      // -EIO: what /proc/self/mem says of memory that is not there

enum class Copied : u8 { kYes, kGone, kRefused };

std::atomic<bool> g_refused{false};  // process_vm_readv

Copied copy_by_call(const void* from, void* to, u64 size) noexcept {
  if (g_refused.load(std::memory_order_relaxed)) return Copied::kRefused;
  struct {
    void* base;
    u64 length;
  } local{to, size}, remote{const_cast<void*>(from), size};
  const i64 result = raw_syscall(SYS_process_vm_readv, process_id(), as_argument(&local), 1,
                                 as_argument(&remote), 1, 0);
  if (result >= 0) return static_cast<u64>(result) == size ? Copied::kYes : Copied::kGone;
  if (result == kFault) return Copied::kGone;
  g_refused.store(true, std::memory_order_relaxed);
  return Copied::kRefused;
}

Copied copy_by_file(const void* from, void* to, u64 size) noexcept {
  const int file = open_read("/proc/self/mem");
  if (file < 0) return Copied::kRefused;
  const i64 result = raw_syscall(SYS_pread64, file, as_argument(to), static_cast<i64>(size),
                                 static_cast<i64>(reinterpret_cast<uptr>(from)));
  close_fd(file);
  if (result >= 0) return static_cast<u64>(result) == size ? Copied::kYes : Copied::kGone;
  return result == kIo ? Copied::kGone : Copied::kRefused;
}

Copied copy(const void* from, void* to, u64 size) noexcept {
  const Copied copied = copy_by_call(from, to, size);
  return copied == Copied::kRefused ? copy_by_file(from, to, size) : copied;
}

// Wakes nobody and moves nobody: the kernel compares, and that is all.
bool word_is(const void* address, u32 expected) noexcept {
  return raw_syscall(SYS_futex, as_argument(address), FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG, 0, 0,
                     as_argument(address), expected) >= 0;
}

}  // namespace

bool copy_safely(const void* from, void* to, u64 size) noexcept {
  return copy(from, to, size) == Copied::kYes;
}

i64 copy_words_safely(const void* const* from, u64* to, u32 count) noexcept {
  struct Part {
    const void* base;
    u64 length;
  };
  Part parts[kMaxWords];
  if (count > kMaxWords) count = kMaxWords;
  for (u32 i = 0; i < count; ++i) parts[i] = {from[i], sizeof(u64)};
  const Part local{to, count * sizeof(u64)};
  if (!g_refused.load(std::memory_order_relaxed)) {
    const i64 result = raw_syscall(SYS_process_vm_readv, process_id(), as_argument(&local), 1,
                                   as_argument(&parts[0]), count, 0);
    if (result >= 0) return result / static_cast<i64>(sizeof(u64));
    if (result == kFault) return 0;
  }
  const Copied copied = copy(from[0], &to[0], sizeof(u64));
  if (copied == Copied::kRefused) return -1;
  return copied == Copied::kYes ? 1 : 0;
}

bool read_word_safely(const void* address, u32 expected, u32* value) noexcept {
  const Copied copied = copy(address, value, sizeof *value);
  if (copied != Copied::kRefused) return copied == Copied::kYes;
  *value = expected;
  return word_is(address, expected);
}

}  // namespace gridlock::internal
