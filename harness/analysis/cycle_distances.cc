// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/cycle_distances.h"

namespace gridlock::internal {

bool CycleDistances::init(u32 nodes, OrderStore* store, TallRequests* tall,
                          SearchBudget* budget) noexcept {
  static_assert(kBytesPerNode == sizeof(Mark));
  store_ = store;
  tall_ = tall;
  budget_ = budget;
  return marks_.reserve(nodes + 1) && queue_.reserve(nodes + 1);
}

bool CycleDistances::make_room(u32 nodes) noexcept {
  return marks_.reach(nodes + 1) && queue_.reach(nodes + 1);
}

void CycleDistances::release() noexcept {
  marks_.release();
  queue_.release();
}

// Breadth first. Half of the steps are kept for the paths themselves: of a component that is too large
// to measure the part near the target will do.
bool CycleDistances::measure(NodeId target, NodeId start) noexcept {
  const LockOrderEdges& edges = store_->edges();
  ++search_;
  u32 left = budget_->left() / 2;
  queue_.resize(0);
  queue_[queue_.add()] = target;
  marks_[target].reached = search_;
  marks_[target].distance = 0;
  for (u32 i = 0; i < queue_.size() && left != 0; ++i) {
    const NodeId node = queue_[i];
    const bool found = marks_[start].reached == search_;
    if (found && marks_[node].distance >= marks_[start].distance + kLonger) break;
    const u32 expanded = tall_->expand_into(node);
    const u32 cost = expanded < left ? expanded : left;
    left -= cost;
    budget_->spend(cost);
    for (EdgeId edge = edges.first_in(node); edge != 0 && left != 0; edge = edges[edge].next_in) {
      --left;
      budget_->spend();
      if (edges.first_context(edge) == 0) continue;
      const NodeId previous = edges[edge].from;
      if (marks_[previous].reached == search_ || !store_->same_component(previous, target))
        continue;
      marks_[previous].reached = search_;
      marks_[previous].distance = marks_[node].distance + 1;
      queue_[queue_.add()] = previous;
    }
  }
  complete_ = left != 0;
  return marks_[start].reached == search_;
}

}  // namespace gridlock::internal
