// SPDX-License-Identifier: Apache-2.0
//
// One number for all that happened in an execution: equal for two that took the same steps in the same
// order, different for others but by accident (2^-64).
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal::controlled {

class TraceHash {
 public:
  constexpr TraceHash() = default;
  /// A step: the thread, and a number that says what it does without an address.
  GRIDLOCK_INLINE void add(u32 thread, u32 what) noexcept {
    value_ = (value_ ^ ((u64{thread} << 32) | what)) * 0x9fb21c651e98df25u;
    value_ ^= value_ >> 29;
  }
  GRIDLOCK_INLINE u64 value() const noexcept { return value_; }

 private:
  u64 value_ = 0x243f6a8885a308d3u;
};

}  // namespace gridlock::internal::controlled
