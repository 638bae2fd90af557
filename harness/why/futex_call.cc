// SPDX-License-Identifier: Apache-2.0
#include "harness/why/futex_call.h"

#include <linux/futex.h>
#include <sys/syscall.h>

namespace gridlock::internal {

std::optional<FutexCall> futex_call_of(const InspectedThread& thread) {
  if (!thread.asleep || thread.asleep->number != SYS_futex) return std::nullopt;
  const auto& [word, operation, expected, timeout, second, bits] = thread.asleep->arguments;
  switch (static_cast<int>(operation) & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
    case FUTEX_WAIT_REQUEUE_PI:
      return FutexCall{
          .word = word,
          .expected = static_cast<std::uint32_t>(expected),
          .is_timed = timeout != 0,
          .has_bits = (static_cast<int>(operation) & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET,
          .is_private = (operation & FUTEX_PRIVATE_FLAG) != 0,
      };
    default:
      return std::nullopt;
  }
}

}  // namespace gridlock::internal
