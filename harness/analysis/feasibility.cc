// SPDX-License-Identifier: Apache-2.0
//
// A cycle of edges is a deadlock that can happen only if its requests can all be pending at once.
// For each two of its steps that means:
//   - different threads: one thread makes one request at a time (kOneThread);
//   - no lock held in both, unless both hold it for reading: whoever holds it keeps the other out
//     (kGate). A thread that is started under a lock and joined before the release holds it, too, through the
//     starter (HoldsAcrossSignals). Asked of every pair and not of the cycle as a whole, this covers partial gates.
//     Neither a class, which is many locks, nor an inactive node keeps anybody out; a semaphore of
//     several permits does when the steps would hold more than there are;
//   - segments that can overlap (kOrdered).
// And where two steps meet at a node, the first must really wait for the second: Compatibility::meet().
// What it takes to wait for one of several givers, for a reader and for a permit is in KeptBackGivers,
// WaitingWriters and PermitHolders.
#include "harness/analysis/feasibility.h"

namespace gridlock::internal {
namespace {

// Up to this length every pair of steps is asked for its order as soon as it is chosen.
constexpr u32 kShort = 64;

}  // namespace

bool Feasibility::init(u32 nodes, OrderStore* store, Segments* segments, ChosenSteps* steps,
                       SearchBudget* budget) noexcept {
  store_ = store;
  steps_ = steps;
  budget_ = budget;
  compatibility_.init(store, segments, budget, &rejection_);
  givers_.init(store, steps, &compatibility_, &holders_, budget, &rejection_);
  return holders_.init(nodes, store, steps, &compatibility_, budget, &rejection_) &&
         writers_.init(nodes, store, steps, &compatibility_, &holders_, budget, &rejection_);
}

void Feasibility::release() noexcept {
  holders_.release();
  writers_.release();
}

void Feasibility::start() noexcept {
  rejection_.start();
  holders_.clear();
}

bool Feasibility::fits_alone(NodeId from, NodeId to, const RequestContext& context) noexcept {
  return compatibility_.fits_alone(from, to, context);
}

bool Feasibility::meets_no_gate(u32 held_set) noexcept {
  const OrderNodes& nodes = store_->nodes();
  const HeldSets::View held = store_->held(held_set);
  u32 same = 0;  // entries of the node so far
  for (u32 i = 0; i < held.size(); ++i) {
    const NodeId node = node_of(held[i]);
    const u32 exclusive = steps_->exclusive_holders(node);
    same = i != 0 && node_of(held[i - 1]) == node ? same + 1 : 1;
    const bool met = exclusive != 0 || (steps_->shared_holders(node) != 0 && !is_shared(held[i]));
    if (!met || !nodes.keeps_out(node)) continue;
    if (nodes.is_permits(node) && exclusive + same <= nodes.permits(node)) continue;
    return rejection_.blame(InfeasibleReason::kGate, node);
  }
  return true;
}

bool Feasibility::fits(u32 depth, NodeId to, const RequestContext& context) noexcept {
  const CycleStep& last = (*steps_)[depth - 1];
  if (!compatibility_.fits_alone(last.to, to, context)) return false;
  const bool same = steps_->has_thread(depth, context.thread);
  budget_->spend(depth / 256);
  if (same) return rejection_.blame(InfeasibleReason::kOneThread, 0);
  if (!meets_no_gate(context.held_set)) return false;
  for (u32 i = 0; i < depth && depth < kShort; ++i) {
    if (!compatibility_.overlap(steps_->segment(i), context.segment)) return false;
  }
  return compatibility_.meet(last.to, last.context, context);
}

bool Feasibility::meets_no_outer_gate(u32 length) noexcept {
  for (u32 i = 0; i < length; ++i) {
    for (u32 j = 0; j < length; ++j) {
      if (i == j) continue;
      if (!compatibility_.meets_no_outer_gate((*steps_)[i].context, (*steps_)[j].context))
        return false;
    }
  }
  return true;
}

bool Feasibility::closes(u32 length) noexcept {
  const CycleStep& last = (*steps_)[length - 1];
  holders_.clear();
  if (length > kShort && !compatibility_.all_overlap(steps_->segments(length), length))
    return false;
  return compatibility_.meet(last.to, last.context, (*steps_)[0].context) && givers_.fit(length) &&
         writers_.fit(length) && holders_.fit(length) &&
         (length > kShort || meets_no_outer_gate(length));
}

}  // namespace gridlock::internal
