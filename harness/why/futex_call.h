// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/why/inspected_process.h"

#include <cstdint>
#include <optional>

namespace gridlock::internal {

/// A wait in futex(2).
struct FutexCall {
  std::uint64_t word = 0;      ///< address
  std::uint32_t expected = 0;  ///< the value for which it sleeps
  bool is_timed = false;
  bool has_bits = false;    ///< FUTEX_WAIT_BITSET: what glibc uses where there may be a time limit
  bool is_private = false;  ///< no other process can wake it
};

/// Nothing if the thread does not sleep in one.
std::optional<FutexCall> futex_call_of(const InspectedThread& thread);

}  // namespace gridlock::internal
