// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/cycle_explainer.h"

namespace gridlock::internal {

void CycleExplainer::init(OrderStore* store, ChosenSteps* steps, CycleDistances* distances,
                          Feasibility* feasibility, SearchBudget* budget) noexcept {
  store_ = store;
  steps_ = steps;
  distances_ = distances;
  feasibility_ = feasibility;
  budget_ = budget;
}

// The context of `edge` to show as step `depth`: one that goes with the steps before it; else one
// that says more than that a thread does not wait for itself. Leaves its reason, kNone if it fits.
void CycleExplainer::choose(u32 depth, EdgeId edge) noexcept {
  const LockOrderEdges& edges = store_->edges();
  Rejection& rejection = feasibility_->rejection();
  const Edge chosen = edges[edge];
  ContextId best = edges.first_context(edge);
  Rejection::Why why{InfeasibleReason::kOneThread, 0};
  for (ContextId id = best; id != 0 && why.reason != InfeasibleReason::kNone;
       id = edges.next_context(id)) {
    rejection.set_why({});
    const bool goes = feasibility_->fits(depth, chosen.to, edges.context(id));
    if (!goes && (rejection.why().reason == InfeasibleReason::kOneThread ||
                  why.reason != InfeasibleReason::kOneThread)) {
      continue;
    }
    best = id;
    why = rejection.why();
  }
  (*steps_)[depth] = {chosen.from, chosen.to, edges.context(best)};
  rejection.set_why(why);
}

// The newest edge from `node` to one that is so far from the target; 0: none.
EdgeId CycleExplainer::edge_at(NodeId node, u32 distance) noexcept {
  const LockOrderEdges& edges = store_->edges();
  EdgeId edge = edges.first_out(node);
  while (edge != 0 &&
         !(distances_->is_at(edges[edge].to, distance) && edges.first_context(edge) != 0)) {
    edge = edges[edge].next_out;
  }
  return edge;
}

bool CycleExplainer::explain(u32 length) noexcept {
  const LockOrderEdges& edges = store_->edges();
  const Rejection& rejection = feasibility_->rejection();
  ChosenSteps& steps = *steps_;
  feasibility_->rejection().set_why({});
  feasibility_->fits_alone(steps[0].from, steps[0].to, steps[0].context);
  steps.choose(0, steps[0]);
  u32 chosen = 1;
  u32 depth = 1;
  for (; depth < length && !budget_->used_up(); ++depth) {
    budget_->spend();
    const EdgeId edge = edge_at(steps[depth - 1].to, length - depth - 1);
    if (edge == 0) break;
    steps[depth] = {edges[edge].from, edges[edge].to, edges.context(edges.first_context(edge))};
    if (!rejection.is_none()) continue;
    choose(depth, edge);
    if (rejection.is_none()) steps.choose(chosen++, steps[depth]);
  }
  if (depth == length && rejection.is_none()) feasibility_->closes(length);
  while (chosen != 0) steps.unchoose(--chosen);
  return depth == length;
}

}  // namespace gridlock::internal
