// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/infeasible_cycles.h"

namespace gridlock::internal {

bool InfeasibleCycles::init() noexcept {
  if (!slots_.reserve(kCapacity) || !order_.reserve(kCapacity)) return false;
  slots_.resize(kCapacity);
  order_.resize(kCapacity);
  for (u32 i = 0; i < kCapacity; ++i) order_[i] = i;
  return true;
}

void InfeasibleCycles::release() noexcept {
  slots_.release();
  order_.release();
  known_.release();
  size_ = dropped_ = 0;
}

void InfeasibleCycles::forget() noexcept {
  known_.release();
  size_ = dropped_ = 0;
}

u32 InfeasibleCycles::size() const noexcept { return size_; }
const InfeasibleCycle& InfeasibleCycles::operator[](u32 i) const noexcept {
  return slots_[order_[i]];
}
u32 InfeasibleCycles::dropped() const noexcept { return dropped_; }

void InfeasibleCycles::add(u64 key, InfeasibleReason reason, u32 object, const CycleStep* steps,
                           u32 length) noexcept {
  const u32* const known = known_.find(key);
  if (known != nullptr && *known != kAbsent && (*known != kDropped || size_ == kCapacity)) return;
  const bool counted = known != nullptr && *known == kDropped;
  if (size_ == kCapacity) {
    ++dropped_;
    known_.insert(key, kDropped);
    return;
  }
  const u32 slot = order_[size_];
  if (!known_.insert(key, slot + 1)) {
    ++dropped_;
    return;
  }
  if (counted) --dropped_;
  ++size_;
  InfeasibleCycle& cycle = slots_[slot];
  cycle.key = key;
  cycle.object = object;
  cycle.length = length;
  cycle.reason = reason;
  for (u32 i = 0; i < length && i < kInfeasibleSteps; ++i) cycle.steps[i] = steps[i];
}

void InfeasibleCycles::remove_at(u32 position) noexcept {
  const u32 slot = order_[position];
  known_.insert(slots_[slot].key, kAbsent);
  --size_;
  for (u32 i = position; i < size_; ++i) order_[i] = order_[i + 1];
  order_[size_] = slot;
}

void InfeasibleCycles::remove(u64 key) noexcept {
  u32* const known = known_.find(key);
  if (known == nullptr || *known == kAbsent) return;
  if (*known == kDropped) {
    *known = kAbsent;
    --dropped_;
    return;
  }
  u32 position = 0;
  while (order_[position] != *known - 1) ++position;
  remove_at(position);
}

void InfeasibleCycles::remove_named(u32 object) noexcept {
  for (u32 i = size_; i > 0; --i) {
    if (slots_[order_[i - 1]].object == object) remove_at(i - 1);
  }
}

}  // namespace gridlock::internal
