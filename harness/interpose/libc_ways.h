// SPDX-License-Identifier: Apache-2.0
//
// The three forms that each of libc's operations that wait has: a try, with a limit, without one.
#pragma once

#include <ctime>

#include "harness/platform/base.h"

namespace gridlock::internal {

/// As `nanoseconds` of a request: a try. Without a timeout it is kNoTimeout.
inline constexpr u64 kNoWait = 0;

/// The one that was asked for, done by libc alone; perhaps a cancellation point, so it may not be noexcept. `until` nullptr: without a limit.
template <typename Try, typename Until, typename Wait>
GRIDLOCK_INLINE int by_libc_alone(u64 nanoseconds, const timespec* until, Try try_now,
                                  Until wait_until, Wait wait) {
  if (nanoseconds == kNoWait) return try_now();
  return until != nullptr ? wait_until(until) : wait();
}

}  // namespace gridlock::internal
