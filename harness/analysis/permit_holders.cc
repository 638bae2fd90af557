// SPDX-License-Identifier: Apache-2.0
//
// A waiter for one of several permits waits for none of the holders alone: it is enough that one of them
// goes on. So a cycle through such a node counts only if all of its permits can be kept by threads that
// wait themselves (Holt, "Some deadlock properties of computer systems", 1972: a knot, of units):
//   - by the steps of the cycle, each of which may hold some;
//   - by others, the holders: requests that were made while holding a permit, that can be pending
//     together with the steps and with each other, and that wait for what these hold, or for another
//     permit of a node that the cycle asks for.
// Exactly as many as there are: with fewer, one is left; with more, not all of it can happen at once. A
// thread that takes three one by one is there with one, with two and with three.
#include "harness/analysis/permit_holders.h"

namespace gridlock::internal {

bool PermitHolders::init(u32 nodes, OrderStore* store, ChosenSteps* steps,
                         Compatibility* compatibility, SearchBudget* budget,
                         Rejection* rejection) noexcept {
  store_ = store;
  steps_ = steps;
  compatibility_ = compatibility;
  budget_ = budget;
  rejection_ = rejection;
  return holders_.reserve(nodes + 1) && choices_.reserve(nodes + 1) && owners_.reserve(nodes + 1);
}

void PermitHolders::release() noexcept {
  holders_.release();
  choices_.release();
  owners_.release();
}

// By the steps, and by the holders that are chosen.
u32 PermitHolders::taken(u32 length, NodeId node) noexcept {
  u32 count = 0;
  for (u32 i = 0; i < length; ++i)
    count += store_->permits_held((*steps_)[i].context.held_set, node);
  for (u32 i = 0; i < holders_.size(); ++i)
    count += store_->permits_held(holders_[i].context.held_set, node);
  return count;
}

// Can these permits be held beside all that are taken?
bool PermitHolders::has_room_for(u32 held_set, u32 length) noexcept {
  const HeldSets::View held = store_->held(held_set);
  for (u32 i = 0; i < held.size(); ++i) {
    const NodeId node = node_of(held[i]);
    if (!store_->nodes().is_permits(node) || !store_->nodes().keeps_out(node)) continue;
    if (taken(length, node) + store_->permits_held(held_set, node) > store_->nodes().permits(node))
      return rejection_->blame(InfeasibleReason::kGate, node);
  }
  return true;
}

// For what a step waits for, or for what a step or another holder holds.
bool PermitHolders::is_kept_waiting(const CycleStep& holder, u32 length) noexcept {
  for (u32 i = 0; i < length; ++i) {
    if ((*steps_)[i].to == holder.to &&
        compatibility_->meet(holder.to, holder.context, (*steps_)[(i + 1) % length].context)) {
      return true;
    }
  }
  if (store_->nodes().kind(holder.to) != NodeKind::kLock || !store_->nodes().keeps_out(holder.to))
    return false;
  for (u32 i = 0; i < length; ++i) {
    if (compatibility_->holds((*steps_)[i].context.held_set, holder.to, holder.context.wanted_mode))
      return true;
  }
  for (u32 i = 0; i < holders_.size(); ++i) {
    if (holders_[i].context.thread != holder.context.thread &&
        compatibility_->holds(holders_[i].context.held_set, holder.to, holder.context.wanted_mode))
      return true;
  }
  return false;
}

bool PermitHolders::fits(const CycleStep& holder, u32 length) noexcept {
  const u32 cost = 1 + (length + holders_.size()) / 16;
  budget_->spend(cost);
  if (!compatibility_->fits_alone(holder.from, holder.to, holder.context)) return false;
  for (u32 i = 0; i < length; ++i) {
    if (!compatibility_->compatible((*steps_)[i].context, holder.context)) return false;
  }
  for (u32 i = 0; i < holders_.size(); ++i) {
    if (!compatibility_->compatible(holders_[i].context, holder.context)) return false;
  }
  return has_room_for(holder.context.held_set, length);
}

// No more than so many can be held by other threads that ask for something: of each thread its most.
u32 PermitHolders::most_kept_by_others(NodeId node, u32 length) noexcept {
  const LockOrderEdges& edges = store_->edges();
  owners_.resize(0);
  u32 all = 0;
  for (EdgeId edge = edges.first_out(node); edge != 0; edge = edges[edge].next_out) {
    for (ContextId id = edges.first_context(edge); id != 0; id = edges.next_context(id)) {
      const RequestContext context = edges.context(id);
      bool is_step = false;
      for (u32 i = 0; i < length; ++i)
        is_step = is_step || (*steps_)[i].context.thread == context.thread;
      if (is_step) continue;
      const u32 held = store_->permits_held(context.held_set, node);
      u32 at = 0;
      while (at < owners_.size() && owners_[at].thread != context.thread) ++at;
      const u32 cost = 1 + (at + length) / 16;
      budget_->spend(cost);
      if (budget_->used_up() || (at == owners_.size() && owners_.full())) return ~0u;
      if (at == owners_.size()) owners_[owners_.add()] = {context.thread, 0};
      if (owners_[at].permits >= held) continue;
      all += held - owners_[at].permits;
      owners_[at].permits = held;
    }
  }
  return all;
}

// The next one after `choice` among the requests that were made with a permit of the node.
bool PermitHolders::choose_next(NodeId node, u32 length, Choice* choice) noexcept {
  const LockOrderEdges& edges = store_->edges();
  while (choice->edge != 0 && !budget_->used_up()) {
    const EdgeId edge = choice->edge;
    choice->context =
        choice->context == 0 ? edges.first_context(edge) : edges.next_context(choice->context);
    if (choice->context == 0) {
      choice->edge = edges[edge].next_out;
      continue;
    }
    const CycleStep holder{node, edges[edge].to, edges.context(choice->context)};
    if (!fits(holder, length)) continue;
    holders_[holders_.add()] = holder;
    return true;
  }
  return false;
}

// Depth first, in the order in which the requests are listed, so that each set of them comes once.
bool PermitHolders::all_kept(NodeId node, u32 length) noexcept {
  const LockOrderEdges& edges = store_->edges();
  const u32 first = holders_.size();
  const u32 permits = store_->nodes().permits(node);
  choices_.resize(0);
  const u32 already = taken(length, node);
  if (already == permits) return true;
  if (already + most_kept_by_others(node, length) < permits) return false;
  choices_[choices_.add()] = {edges.first_out(node), 0};
  while (choices_.size() != 0 && !budget_->used_up()) {
    Choice& choice = choices_[choices_.size() - 1];
    if (holders_.full() || choices_.full() || !choose_next(node, length, &choice)) {
      choices_.resize(choices_.size() - 1);
      if (holders_.size() > first) holders_.resize(holders_.size() - 1);
      continue;
    }
    if (taken(length, node) < permits) {
      choices_[choices_.add()] = choice;
      continue;
    }
    bool all = true;
    for (u32 i = first; all && i < holders_.size(); ++i) all = is_kept_waiting(holders_[i], length);
    if (all) return true;
    holders_.resize(holders_.size() - 1);
  }
  holders_.resize(first);
  return false;
}

bool PermitHolders::fit(u32 length) noexcept {
  const Rejection::Why before = rejection_->why();
  holders_.resize(0);
  for (u32 i = 0; i < length; ++i) {
    const NodeId node = (*steps_)[i].to;
    if (!store_->nodes().is_permits(node)) continue;
    const bool kept = all_kept(node, length);
    rejection_->set_why(before);  // a holder's own reason is not the cycle's
    if (!kept) return rejection_->blame(InfeasibleReason::kPermitsLeft, node);
  }
  return true;
}

}  // namespace gridlock::internal
