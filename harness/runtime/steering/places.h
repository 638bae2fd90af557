// SPDX-License-Identifier: Apache-2.0
//
// Is a thread at a place of the plan?
#pragma once

#include "harness/runtime/steering/plan.h"

namespace gridlock::internal {

/// `frames`: up to `size` return addresses, innermost first, 0 behind the last; found by following frame pointers, so
/// some may be left out. The innermost has to be the plan's. Of the others all that are certain have to be there, or else
/// none may be another one as long as the plan knows what it would be. False for a place of no size.
bool is_at(const SteeringPlan& plan, const PlannedPlace& place, const uptr* frames,
           u32 size) noexcept;

/// The same of the calling thread, which is asked for its whole stack if that is needed.
bool is_here(const SteeringPlan& plan, const PlannedPlace& place, const uptr* frames,
             u32 size) noexcept;

}  // namespace gridlock::internal
