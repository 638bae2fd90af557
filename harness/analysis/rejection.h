// SPDX-License-Identifier: Apache-2.0
//
// Why steps cannot all be pending at once, and what that judgement rests on.
#pragma once

#include "harness/analysis/lock_order_types.h"

namespace gridlock::internal {

class Rejection {
 public:
  /// The first reason of one choice of steps.
  struct Why {
    InfeasibleReason reason = InfeasibleReason::kNone;
    u32 object = 0;
  };

  /// A new search: no choice has been rejected.
  GRIDLOCK_INLINE void start() noexcept {
    why_ = {};
    causes_ = 0;
  }
  /// Keeps the first reason of a choice, and every object that any rejection rests on. Always false.
  GRIDLOCK_INLINE bool blame(InfeasibleReason reason, u32 object, u64 causes = 0) noexcept {
    causes_ |= causes | cause_bit(object);
    if (why_.reason == InfeasibleReason::kNone) why_ = {reason, object};
    return false;
  }
  GRIDLOCK_INLINE void rests_on(u32 object) noexcept { causes_ |= cause_bit(object); }

  GRIDLOCK_INLINE const Why& why() const noexcept { return why_; }
  /// For a question inside a question, whose reason is not that of the cycle.
  GRIDLOCK_INLINE void set_why(const Why& why) noexcept { why_ = why; }
  GRIDLOCK_INLINE bool is_none() const noexcept { return why_.reason == InfeasibleReason::kNone; }
  /// Filter (cause_bit) of the objects on which any rejection of this search rests.
  GRIDLOCK_INLINE u64 causes() const noexcept { return causes_; }

 private:
  Why why_;
  u64 causes_ = 0;
};

}  // namespace gridlock::internal
