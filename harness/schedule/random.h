// SPDX-License-Identifier: Apache-2.0
//
// The numbers that decide, the same for the same seed on every machine.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal::controlled {

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
class Random {
 public:
  constexpr Random() = default;
  GRIDLOCK_INLINE explicit Random(u64 seed) noexcept : state_(seed) {}
  GRIDLOCK_INLINE u64 next() noexcept {
    state_ += 0x9e3779b97f4a7c15u;
    return mix(state_);
  }
  /// A number below `bound`, which is not 0. Its bias is below bound / 2^32.
  GRIDLOCK_INLINE u32 below(u32 bound) noexcept {
    return static_cast<u32>(((next() >> 32) * bound) >> 32);
  }

 private:
  u64 state_ = 0;
};

}  // namespace gridlock::internal::controlled
