// SPDX-License-Identifier: Apache-2.0
//
// How many steps a search may spend, and how many searches ran out of them.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

class SearchBudget {
 public:
  GRIDLOCK_INLINE void start(u32 steps) noexcept {
    limit_ = left_ = steps;
    extra_ = 0;
  }
  /// Steps beyond the limit.
  GRIDLOCK_INLINE void grant(u32 steps) noexcept {
    extra_ = steps;
    left_ += steps;
  }
  GRIDLOCK_INLINE void spend(u32 steps = 1) noexcept { left_ -= steps < left_ ? steps : left_; }
  GRIDLOCK_INLINE u32 left() const noexcept { return left_; }
  GRIDLOCK_INLINE bool used_up() const noexcept { return left_ == 0; }
  GRIDLOCK_INLINE u32 spent() const noexcept { return limit_ + extra_ - left_; }
  /// For a search elsewhere that counts its own steps down.
  GRIDLOCK_INLINE u32* steps() noexcept { return &left_; }

  /// A cycle may have been missed.
  GRIDLOCK_INLINE void note_undecided() noexcept { ++undecided_; }
  GRIDLOCK_INLINE u32 undecided() const noexcept { return undecided_; }

 private:
  u32 limit_ = 0;
  u32 extra_ = 0;
  u32 left_ = 0;
  u32 undecided_ = 0;
};

}  // namespace gridlock::internal
