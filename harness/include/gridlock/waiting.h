// SPDX-License-Identifier: Apache-2.0
//
// How long an operation waits, and how it ended.
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <chrono>
#include <cstdint>

namespace gridlock::internal {

/// Instead of nanoseconds, or of a moment of the steady clock: without a timeout. Only such a wait can
/// be part of a deadlock.
inline constexpr std::uint64_t kNoTimeout = ~std::uint64_t{0};

/// The end of an operation that may wait.
enum class WaitResult : std::uint8_t {
  kGranted,   ///< it has what it asked for
  kTimedOut,  ///< it gave up: its time is over, or it was a try
  kDeadlock,  ///< it is the victim (on_deadlock=throw); the finding is on disk
  kClosed,    ///< what it waits for does not come any more, because the object was closed
  kGone,      ///< the object was destroyed; that is reported
};

/// Nanoseconds from now, 0 if that is in the past; what the timed operations hand to the runtime.
template <typename Rep, typename Period>
std::uint64_t nanoseconds(const std::chrono::duration<Rep, Period>& duration) noexcept {
  if (duration <= duration.zero()) return 0;
  // A duration that does not fit is a wait of 100 years.
  constexpr std::chrono::nanoseconds kLongest = std::chrono::hours(24 * 365 * 100);
  if (duration > kLongest) return static_cast<std::uint64_t>(kLongest.count());
  return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::nanoseconds>(duration).count());
}

template <typename Clock, typename Duration>
std::uint64_t nanoseconds_until(const std::chrono::time_point<Clock, Duration>& deadline) noexcept {
  return nanoseconds(deadline - Clock::now());
}

/// The moment at which that time is over.
template <typename Rep, typename Period>
std::chrono::steady_clock::time_point moment_in(
    const std::chrono::duration<Rep, Period>& duration) noexcept {
  return std::chrono::steady_clock::now() +
         std::chrono::nanoseconds(static_cast<std::int64_t>(nanoseconds(duration)));
}

}  // namespace gridlock::internal

#endif  // GRIDLOCK_CXX20
