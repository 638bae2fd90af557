// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/known_cycles.h"

namespace gridlock::internal {

bool KnownCycles::init(OrderStore* store) noexcept {
  store_ = store;
  return infeasible_.init();
}

void KnownCycles::release() noexcept {
  infeasible_.release();
  reported_.release();
}

// The key of the set of locks, whatever the starting point. Two locks of one class are the same cycle, whether
// one thread or two show it.
u64 KnownCycles::key_of(const CycleStep* steps, u32 length) noexcept {
  if (length == 2 && steps[0].from == steps[1].from &&
      store_->nodes().kind(steps[0].from) == NodeKind::kClass) {
    length = 1;
  }
  u64 key = length;
  for (u32 i = 0; i < length; ++i)
    key += mix((u64{store_->nodes().incarnation(steps[i].from)} << 32) | steps[i].from);
  return mix(key) | 1;
}

bool KnownCycles::add(const CycleStep* steps, u32 length) noexcept {
  const u64 key = key_of(steps, length);
  if (reported_.find(key) != nullptr) return false;
  reported_.insert(key, 1);
  infeasible_.remove(key);
  return true;
}

void KnownCycles::forget(const IdSet& nodes) noexcept {
  infeasible_.remove_if([&](const InfeasibleCycle& cycle) noexcept {
    for (u32 i = 0; i < cycle.length && i < kInfeasibleSteps; ++i) {
      if (nodes.has(cycle.steps[i].from)) return true;
    }
    return nodes.has(cycle.object);
  });
}

// Without a reason the steps can hang after all: that cycle is known, and a longer one was looked for.
void KnownCycles::add_safe(const CycleStep* steps, u32 length, const Rejection::Why& why) noexcept {
  const u64 key = key_of(steps, length);
  if (why.reason == InfeasibleReason::kNone || reported_.find(key) != nullptr) return;
  infeasible_.add(key, why.reason, why.object, steps, length);
}

}  // namespace gridlock::internal
