// SPDX-License-Identifier: Apache-2.0
//
// The threads that are held at places of the plan, and whether they close its cycle.
#pragma once

#include "harness/runtime/registry/threads.h"
#include "harness/runtime/steering/plan.h"

namespace gridlock::internal {

/// A thread at its place.
struct Arrival {
  ThreadState* state;
  ObjectId wanted;
  u32 edges;  ///< a bit for each at whose `wanted` it is, with what it acquired at its `held`
  bool late;  ///< it is at `held` of the plan's late edge, about to acquire its first lock
};

/// Does the thread hold something that it acquired at the edge's first place? `object` 0: anything.
bool holds_for(const SteeringPlan& plan, const PlannedEdge& edge, const ThreadState* state,
               ObjectId object, ObjectId wanted) noexcept;

/// How a thread came to go on.
enum class Letting : u8 { kTogether, kNobodyCame, kAllOthersWait, kNoRoom };

/// Holds the calling thread, at most until `until_ns`.
Letting hold(SteeringPlan& plan, const Arrival& arrival, u64 until_ns) noexcept;

void forget_held_threads() noexcept;

}  // namespace gridlock::internal
