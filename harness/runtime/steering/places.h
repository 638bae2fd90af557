// SPDX-License-Identifier: Apache-2.0
//
// Is a thread at a place of the plan?
#pragma once

#include "harness/runtime/steering/plan.h"

namespace gridlock::internal {

/// `frames`: up to `size` return addresses, innermost first, 0 behind the last. The innermost has to be the plan's; of the
/// others some may be left out, as frame pointers leave out code that was compiled without them, but none may be
/// another one as long as the plan knows what it would be. False for a place of no size.
bool is_at(const SteeringPlan& plan, const PlannedPlace& place, const uptr* frames,
           u32 size) noexcept;

}  // namespace gridlock::internal
