// SPDX-License-Identifier: Apache-2.0
//
// The order that was learned: the edges of the graph that lead from a lock to a lock.
#pragma once

#include "harness/analysis/lock_order_types.h"

namespace gridlock::internal {

/// Both ends are locks; the graph has edges for waits and signals as well.
bool is_learned_order(const CycleStep& edge) noexcept;
/// The first edge that this process saw itself: the others are its parent's.
u32 first_learned_edge() noexcept;
/// In the child of a fork: from here on.
void forget_learned_order() noexcept;

}  // namespace gridlock::internal
