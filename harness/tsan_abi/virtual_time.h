// SPDX-License-Identifier: Apache-2.0
//
// Time in an execution: it begins at the same moment in each, and moves on when all threads that are left
// wait for it, and a little whenever somebody asks for it.
#pragma once

#include <time.h>

#include "harness/tsan_abi/engine.h"

namespace gridlock::internal::controlled {

inline constexpr u64 kSecond = 1000000000;
inline constexpr u64 kStartOfRealtime = u64{1767225600} * kSecond;  // 2026-01-01
inline constexpr u64 kStartOfOthers = u64{1000} * kSecond;

GRIDLOCK_INLINE u64 start_of(clockid_t clock) noexcept {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI
             ? kStartOfRealtime
             : kStartOfOthers;
}
GRIDLOCK_INLINE bool is_valid(const timespec& time) noexcept {
  return time.tv_nsec >= 0 && time.tv_nsec < 1000000000;
}
/// Virtual nanoseconds of a moment of a clock; 0 if it is before the execution began.
GRIDLOCK_INLINE u64 moment_of(const timespec& time, clockid_t clock) noexcept {
  if (time.tv_sec < 0) return 0;
  constexpr u64 kMostSeconds = u64{1} << 33;
  const u64 seconds =
      static_cast<u64>(time.tv_sec) < kMostSeconds ? static_cast<u64>(time.tv_sec) : kMostSeconds;
  const u64 nanoseconds = seconds * kSecond + static_cast<u64>(time.tv_nsec);
  const u64 start = start_of(clock);
  return nanoseconds < start ? 0 : nanoseconds - start;
}
GRIDLOCK_INLINE u64 length_of_time(const timespec& time) noexcept {
  return static_cast<u64>(time.tv_sec) * kSecond + static_cast<u64>(time.tv_nsec);
}
/// The thread that runs sleeps; a moment that has come is a yield.
void sleep_until(u64 moment, uptr site) noexcept;
/// The deadline of a call with an optional length of time.
GRIDLOCK_INLINE u64 deadline_in(const timespec* time) noexcept {
  return time == nullptr ? kNever : g_engine.now + length_of_time(*time);
}
/// The deadline of a call with an optional moment.
GRIDLOCK_INLINE u64 deadline_of(const timespec* time, clockid_t clock) noexcept {
  return time == nullptr ? kNever : moment_of(*time, clock);
}

}  // namespace gridlock::internal::controlled
