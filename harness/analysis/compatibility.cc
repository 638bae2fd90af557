// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/compatibility.h"

namespace gridlock::internal {

void Compatibility::init(OrderStore* store, Segments* segments, SearchBudget* budget,
                         Rejection* rejection) noexcept {
  store_ = store;
  segments_ = segments;
  budget_ = budget;
  rejection_ = rejection;
}

bool Compatibility::fits_alone(NodeId from, NodeId to, const RequestContext& context) noexcept {
  const OrderNodes& nodes = store_->nodes();
  if (context.unpublished) return rejection_->blame(InfeasibleReason::kUnpublished, from);
  if (!nodes.is_active(from)) return rejection_->blame(InfeasibleReason::kInactive, from);
  return nodes.is_active(to) || rejection_->blame(InfeasibleReason::kInactive, to);
}

bool Compatibility::holds(u32 held_set, NodeId node, Mode wanted) const noexcept {
  const HeldSets::View held = store_->held(held_set);
  for (u32 i = 0; i < held.size(); ++i) {
    if (node_of(held[i]) == node && (wanted == Mode::kExclusive || !is_shared(held[i])))
      return true;
  }
  return false;
}

bool Compatibility::disjoint(u32 set_a, u32 set_b) noexcept {
  const OrderNodes& nodes = store_->nodes();
  const HeldSets::View in_a = store_->held(set_a);
  const HeldSets::View in_b = store_->held(set_b);
  u32 a = 0;
  u32 b = 0;
  while (a < in_a.size() && b < in_b.size()) {
    const NodeId node = node_of(in_a[a]);
    const NodeId other = node_of(in_b[b]);
    const bool both_read = is_shared(in_a[a]) && is_shared(in_b[b]);
    if (node == other && !both_read && nodes.keeps_out(node) &&
        !(nodes.is_permits(node) &&
          store_->permits_held(set_a, node) + store_->permits_held(set_b, node) <=
              nodes.permits(node))) {
      return rejection_->blame(InfeasibleReason::kGate, node);
    }
    if (node <= other) ++a;
    if (other <= node) ++b;
  }
  return true;
}

bool Compatibility::overlap(SegmentId a, SegmentId b) noexcept {
  const SegmentOrder order = segments_->order(a < b ? a : b, a < b ? b : a, budget_->steps());
  return !order.ordered ||
         rejection_->blame(InfeasibleReason::kOrdered, order.through, order.causes);
}

bool Compatibility::all_overlap(const SegmentId* segments, u32 length) noexcept {
  const SegmentOrder order = segments_->any_ordered(segments, length, budget_->steps());
  return !order.ordered ||
         rejection_->blame(InfeasibleReason::kOrdered, order.through, order.causes);
}

bool Compatibility::compatible(const RequestContext& a, const RequestContext& b) noexcept {
  if (a.thread == b.thread) return rejection_->blame(InfeasibleReason::kOneThread, 0);
  return disjoint(a.held_set, b.held_set) && overlap(a.segment, b.segment);
}

bool Compatibility::meets_no_outer_gate(const RequestContext& a, const RequestContext& b) noexcept {
  if (outer_gates_ == nullptr) return true;
  const OrderNodes& nodes = store_->nodes();
  const HeldSets::View held = store_->held(a.held_set);
  for (u32 i = 0; i < held.size(); ++i) {
    const NodeId node = node_of(held[i]);
    if (!nodes.keeps_out(node) || nodes.is_permits(node)) continue;
    const Mode mode = is_shared(held[i]) ? Mode::kShared : Mode::kExclusive;
    u64 causes = 0;
    if (outer_gates_->keeps_out(node, mode, a.thread, b.thread, b.segment, budget_->steps(),
                                &causes))
      return rejection_->blame(InfeasibleReason::kGate, node, causes);
  }
  return true;
}

// A reader waits for a reader only behind a writer (after lockdep's recursive reads), and that writer has
// to be possible: WaitingWriters.
bool Compatibility::meet(NodeId node, const RequestContext& wants,
                         const RequestContext& holds) noexcept {
  const OrderNodes& nodes = store_->nodes();
  if (nodes.is_signal(node)) {
    const bool exactly =
        nodes.kind(node) == NodeKind::kWakeup && (wants.to_epoch & kOrEarlier) == 0;
    const bool before = exactly ? holds.from_epoch == wants.to_epoch
                                : holds.from_epoch <= (wants.to_epoch & ~kOrEarlier);
    return before || rejection_->blame(InfeasibleReason::kOrdered, node);
  }
  if (wants.wanted_mode == Mode::kExclusive || holds.held_mode == Mode::kExclusive) return true;
  if (!nodes.prefers_writers(node)) return rejection_->blame(InfeasibleReason::kReadersOnly, node);
  return nodes.first_writer(node) != 0 || rejection_->blame(InfeasibleReason::kNoWriter, node);
}

}  // namespace gridlock::internal
