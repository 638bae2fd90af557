// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/chosen_steps.h"

namespace gridlock::internal {

bool ChosenSteps::init(u32 nodes, const OrderStore* store) noexcept {
  static_assert(kBytesPerNode == sizeof(Holders));
  store_ = store;
  return steps_.reserve(nodes + 2) && threads_.reserve(nodes + 2) && segments_.reserve(nodes + 2) &&
         holders_.reserve(nodes + 1);
}

bool ChosenSteps::make_room(u32 nodes) noexcept {
  return steps_.reach(nodes + 2) && threads_.reach(nodes + 2) && segments_.reach(nodes + 2) &&
         holders_.reach(nodes + 1);
}

void ChosenSteps::release() noexcept {
  steps_.release();
  threads_.release();
  segments_.release();
  holders_.release();
}

void ChosenSteps::choose(u32 depth, const CycleStep& step) noexcept {
  steps_[depth] = step;
  threads_[depth] = step.context.thread;
  segments_[depth] = step.context.segment;
  const HeldSets::View held = store_->held(step.context.held_set);
  for (u32 i = 0; i < held.size(); ++i) {
    Holders& holders = holders_[node_of(held[i])];
    ++(is_shared(held[i]) ? holders.shared : holders.exclusive);
  }
}

void ChosenSteps::unchoose(u32 depth) noexcept {
  const HeldSets::View held = store_->held(steps_[depth].context.held_set);
  for (u32 i = 0; i < held.size(); ++i) {
    Holders& holders = holders_[node_of(held[i])];
    --(is_shared(held[i]) ? holders.shared : holders.exclusive);
  }
}

bool ChosenSteps::has_thread(u32 depth, u32 thread) const noexcept {
  u32 same = 0;  // without a branch, so that the compiler takes many at once
  for (u32 i = 0; i < depth; ++i) same |= threads_[i] == thread ? 1 : 0;
  return same != 0;
}

const SegmentId* ChosenSteps::segments(u32 length) noexcept {
  segments_[length - 1] = steps_[length - 1].context.segment;
  return &segments_[0];
}

}  // namespace gridlock::internal
