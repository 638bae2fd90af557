// SPDX-License-Identifier: Apache-2.0
//
// The wait queue of the kernel (Franke, Russell, Kirkwood, "Fuss, Futexes and Furwocks", 2002).
#pragma once

#include <gridlock/waiting.h>

#include <atomic>

#include "harness/platform/base.h"

namespace gridlock::internal {

/// Nanoseconds of the steady clock.
u64 now_ns() noexcept;

/// Sleeps while *word == expected, at most until the deadline (steady clock, ns, or
/// kNoTimeout). False only when the deadline has passed; wakes for no reason are possible and return
/// true. No memory ordering: the caller loads the word again.
bool futex_wait(std::atomic<u32>* word, u32 expected, u64 deadline_ns) noexcept;

/// Wakes at most `count` sleepers. No memory ordering.
void futex_wake(std::atomic<u32>* word, u32 count) noexcept;

/// The same for a word in memory that several processes share.
bool futex_wait_shared(std::atomic<u32>* word, u32 expected, u64 deadline_ns) noexcept;
void futex_wake_shared(std::atomic<u32>* word, u32 count) noexcept;

inline constexpr u32 kAll = 0x7fffffff;

/// Mutual exclusion on a bare word that begins as 0, for what a public header has to hold itself.
void raw_lock(std::atomic<u32>& word) noexcept;
/// Once it is free, only the address of the word is used: its memory may be gone.
void raw_unlock(std::atomic<u32>& word) noexcept;

/// The runtime's own mutual exclusion for slow paths. Not recursive. acquire / release. The
/// holder gets its signals afterwards (signal_block.h), so that no handler finds it held by its own
/// thread; only the handler of a crash may, and has to ask is_mine().
class RawMutex {
 public:
  constexpr RawMutex() = default;
  void lock() noexcept;
  /// False: it was held all the time up to the deadline. For the handlers of a crash, which may have
  /// interrupted the holder.
  bool lock_until(u64 deadline_ns) noexcept;
  void unlock() noexcept;
  /// The calling thread holds it: what calls here is the handler of a crash in the middle of what the mutex
  /// guards.
  bool is_mine() const noexcept;

 private:
  std::atomic<u32> word_{0};                 // 0 free, 1 held, 2 held and somebody may sleep
  std::atomic<const void*> owner_{nullptr};  // the holder's thread pointer
};

class RawGuard {
 public:
  GRIDLOCK_INLINE explicit RawGuard(RawMutex& mutex) noexcept : mutex_(mutex) { mutex_.lock(); }
  GRIDLOCK_INLINE ~RawGuard() { mutex_.unlock(); }
  RawGuard(const RawGuard&) = delete;
  RawGuard& operator=(const RawGuard&) = delete;

 private:
  RawMutex& mutex_;
};

}  // namespace gridlock::internal
