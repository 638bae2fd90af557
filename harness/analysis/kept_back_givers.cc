// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/kept_back_givers.h"

namespace gridlock::internal {

void KeptBackGivers::init(OrderStore* store, ChosenSteps* steps, Compatibility* compatibility,
                          PermitHolders* holders, SearchBudget* budget,
                          Rejection* rejection) noexcept {
  store_ = store;
  steps_ = steps;
  compatibility_ = compatibility;
  holders_ = holders;
  budget_ = budget;
  rejection_ = rejection;
}

// Is this request of a giver, made before its first signal, one that cannot be granted while the chosen
// steps are pending: for what one of their threads holds? A giver that is one of these threads is kept
// back if the step itself came before its first signal. (Of two givers that keep each other back only
// the second waits for something else, and it does wait; so they need not fit each other.)
bool KeptBackGivers::is_kept_back_at(NodeId node, const RequestContext& context,
                                     u32 length) noexcept {
  const OrderNodes& nodes = store_->nodes();
  bool held = false;
  for (u32 i = 0; i < length; ++i) {
    const RequestContext& step = (*steps_)[i].context;
    if (step.thread == context.thread)
      return (*steps_)[i].to == node && step.segment == context.segment;
    if (!compatibility_->compatible(step, context)) return false;
    held = held || compatibility_->holds(step.held_set, node, context.wanted_mode);
  }
  if (nodes.is_permits(node)) held = holders_->taken(length, node) == nodes.permits(node);
  return held && nodes.keeps_out(node) && holders_->has_room_for(context.held_set, length);
}

bool KeptBackGivers::is_kept_back(NodeId giver, u32 length) noexcept {
  const LockOrderEdges& edges = store_->edges();
  for (EdgeId edge = edges.first_out(giver); edge != 0; edge = edges[edge].next_out) {
    for (ContextId id = edges.first_context(edge); id != 0; id = edges.next_context(id)) {
      budget_->spend(1 + length / 16);
      if (budget_->used_up()) return false;
      if (is_kept_back_at(edges[edge].to, edges.context(id), length)) return true;
    }
  }
  return false;
}

// Asked of the givers' first signals only, and so of a wait for the first one.
bool KeptBackGivers::fit(u32 length) noexcept {
  OrderNodes& nodes = store_->nodes();
  const Rejection::Why before = rejection_->why();
  for (u32 i = 0; i < length; ++i) {
    const NodeId node = (*steps_)[i].to;
    if (nodes.kind(node) != NodeKind::kAnySignal) continue;
    bool all = (*steps_)[i].context.to_epoch == 1;
    for (NodeId giver = nodes.first_giver(node); all && giver != 0;
         giver = nodes.next_giver(giver)) {
      all = is_kept_back(giver, length);
    }
    rejection_->set_why(before);  // a giver's own reason is not the cycle's
    if (!all) return rejection_->blame(InfeasibleReason::kInactive, node);
  }
  return true;
}

}  // namespace gridlock::internal
