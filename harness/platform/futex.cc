// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/futex.h"

#include <linux/futex.h>
#include <time.h>

#include "harness/platform/mutex_ranks.h"
#include "harness/platform/signal_block.h"
#include "harness/platform/syscall.h"
#include "harness/platform/vdso.h"

namespace gridlock::internal {
namespace {

bool wait_on(std::atomic<u32>* word, u32 expected, u64 deadline_ns, int flags) noexcept {
  timespec until{};
  timespec* until_pointer = nullptr;
  if (deadline_ns != kNoTimeout) {
    until.tv_sec = static_cast<time_t>(deadline_ns / 1'000'000'000u);
    until.tv_nsec = static_cast<long>(deadline_ns % 1'000'000'000u);
    until_pointer = &until;
  }
  // The BITSET form takes an absolute deadline, so a wake for no reason does not lengthen the wait.
  const i64 result =
      raw_syscall(SYS_futex, as_argument(word), FUTEX_WAIT_BITSET | flags, expected,
                  as_argument(until_pointer), 0, static_cast<i64>(FUTEX_BITSET_MATCH_ANY));
  constexpr i64 kTimedOut = -110;  // -ETIMEDOUT
  return result != kTimedOut;
}

}  // namespace

// A waiter reads it twice, and the call takes ten times as long as the vDSO (in a virtual machine 1 us). Where there is none
// and the call is refused, libc may have another way.
u64 now_ns() noexcept {
  timespec now{};
  if (!vdso_clock(CLOCK_MONOTONIC, &now) &&
      raw_syscall(SYS_clock_gettime, CLOCK_MONOTONIC, as_argument(&now)) != 0)
    clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<u64>(now.tv_sec) * 1'000'000'000u + static_cast<u64>(now.tv_nsec);
}

bool futex_wait(std::atomic<u32>* word, u32 expected, u64 deadline_ns) noexcept {
  return wait_on(word, expected, deadline_ns, FUTEX_PRIVATE_FLAG);
}

bool futex_wait_shared(std::atomic<u32>* word, u32 expected, u64 deadline_ns) noexcept {
  return wait_on(word, expected, deadline_ns, 0);
}

void futex_wake(std::atomic<u32>* word, u32 count) noexcept {
  raw_syscall(SYS_futex, as_argument(word), FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count);
}

void futex_wake_shared(std::atomic<u32>* word, u32 count) noexcept {
  raw_syscall(SYS_futex, as_argument(word), FUTEX_WAKE, count);
}

#ifdef GRIDLOCK_CHECK_RANKS
constexpr bool kChecksRanks = true;
#else
constexpr bool kChecksRanks = false;
#endif

// A waiter may get signals, the holder may not.
bool RawMutex::lock_until(u64 deadline_ns) noexcept {
  if constexpr (kChecksRanks) {
    if (deadline_ns == kNoTimeout) check_rank(this);
  }
  block_signals();
  u32 seen = 0;
  if (!word_.compare_exchange_strong(seen, 1, std::memory_order_acquire,
                                     std::memory_order_relaxed)) {
    while (word_.exchange(2, std::memory_order_acquire) != 0) {
      unblock_signals();
      if (!futex_wait(&word_, 2, deadline_ns)) return false;
      block_signals();
    }
  }
  owner_.store(__builtin_thread_pointer(), std::memory_order_relaxed);
  if constexpr (kChecksRanks) note_taken(this);
  return true;
}
void RawMutex::lock() noexcept { lock_until(kNoTimeout); }
bool RawMutex::is_mine() const noexcept {
  return owner_.load(std::memory_order_relaxed) == __builtin_thread_pointer();
}
void RawMutex::unlock() noexcept {
  if constexpr (kChecksRanks) note_free(this);
  owner_.store(nullptr, std::memory_order_relaxed);
  raw_unlock(word_);
  unblock_signals();
}

}  // namespace gridlock::internal
