// SPDX-License-Identifier: Apache-2.0
//
// Who waits for a permit of several waits for none of its holders alone: it is enough that one of them
// goes on. So a cycle through such a node counts only if all of its permits can be kept by threads that
// wait themselves (Holt, "Some deadlock properties of computer systems", 1972: a knot, of units):
//   - by the steps of the cycle, each of which may hold some;
//   - by others, the keepers: requests that were made while holding a permit, that can be pending
//     together with the steps and with each other, and that wait for what these hold, or for another
//     permit of a node that the cycle asks for.
// Exactly as many as there are: with fewer, one is left; with more, not all of it can happen at once. A
// thread that takes three one by one is there with one, with two and with three.
#include "harness/analysis/lock_order_graph.h"

namespace gridlock::internal {

bool LockOrderGraph::describe_permits(NodeId node, u32 permits) noexcept {
  if (!describe(node, NodeKind::kPermits, false)) return false;
  traits_[node].permits = permits;
  return true;
}

bool LockOrderGraph::is_permits(NodeId node) noexcept {
  return kind_of(node) == NodeKind::kPermits;
}

u32 LockOrderGraph::permits_held(u32 held_set, NodeId node) noexcept {
  const HeldSets::View held = held_sets_.view(held_set);
  u32 count = 0;
  for (u32 i = 0; i < held.size(); ++i) count += node_of(held[i]) == node ? 1 : 0;
  return count;
}

// By the steps, and by the keepers that are chosen.
u32 LockOrderGraph::permits_taken(u32 length, NodeId node) noexcept {
  u32 count = 0;
  for (u32 i = 0; i < length; ++i) count += permits_held(steps_[i].context.held_set, node);
  for (u32 i = 0; i < keepers_.size(); ++i)
    count += permits_held(keepers_[i].context.held_set, node);
  return count;
}

bool LockOrderGraph::same_permits(u32 set_a, u32 set_b) noexcept {
  if (set_a == set_b) return true;
  const HeldSets::View held = held_sets_.view(set_b);
  for (u32 i = 0; i < held.size(); ++i) {
    const NodeId node = node_of(held[i]);
    if (is_permits(node) && permits_held(set_a, node) != permits_held(set_b, node)) return false;
  }
  return true;
}

// Can these permits be held beside all that are taken?
bool LockOrderGraph::permits_for(u32 held_set, u32 length) noexcept {
  const HeldSets::View held = held_sets_.view(held_set);
  for (u32 i = 0; i < held.size(); ++i) {
    const NodeId node = node_of(held[i]);
    if (!is_permits(node) || !keeps_out(node)) continue;
    if (permits_taken(length, node) + permits_held(held_set, node) > traits_[node].permits)
      return blame(SafeReason::kGate, node, 0);
  }
  return true;
}

// For what a step waits for, or for what a step or another keeper holds.
bool LockOrderGraph::is_kept_waiting(const CycleStep& keeper, u32 length) noexcept {
  for (u32 i = 0; i < length; ++i) {
    if (steps_[i].to == keeper.to &&
        meet(keeper.to, keeper.context, steps_[(i + 1) % length].context)) {
      return true;
    }
  }
  if (kind_of(keeper.to) != NodeKind::kLock || !keeps_out(keeper.to)) return false;
  const auto holds = [&](u32 held_set) noexcept {
    const HeldSets::View held = held_sets_.view(held_set);
    for (u32 i = 0; i < held.size(); ++i) {
      if (node_of(held[i]) == keeper.to &&
          (keeper.context.wanted_mode == Mode::kExclusive || !is_shared(held[i]))) {
        return true;
      }
    }
    return false;
  };
  for (u32 i = 0; i < length; ++i) {
    if (holds(steps_[i].context.held_set)) return true;
  }
  for (u32 i = 0; i < keepers_.size(); ++i) {
    if (keepers_[i].context.thread != keeper.context.thread && holds(keepers_[i].context.held_set))
      return true;
  }
  return false;
}

bool LockOrderGraph::keeper_fits(const CycleStep& keeper, u32 length) noexcept {
  const u32 cost = 1 + (length + keepers_.size()) / 16;
  budget_ -= cost < budget_ ? cost : budget_;
  if (!alone_fits(keeper.from, keeper.to, keeper.context)) return false;
  for (u32 i = 0; i < length; ++i) {
    if (!compatible(steps_[i].context, keeper.context)) return false;
  }
  for (u32 i = 0; i < keepers_.size(); ++i) {
    if (!compatible(keepers_[i].context, keeper.context)) return false;
  }
  return permits_for(keeper.context.held_set, length);
}

// No more than so many can be held by other threads that ask for something: of each thread its most.
u32 LockOrderGraph::most_permits_kept(NodeId node, u32 length) noexcept {
  keepers_seen_.resize(0);
  u32 all = 0;
  for (EdgeId edge = edges_.first_out(node); edge != 0; edge = edges_[edge].next_out) {
    for (ContextId id = edges_.first_context(edge); id != 0; id = edges_.next_context(id)) {
      const RequestContext context = edges_.context(id);
      bool is_step = false;
      for (u32 i = 0; i < length; ++i)
        is_step = is_step || steps_[i].context.thread == context.thread;
      if (is_step) continue;
      const u32 held = permits_held(context.held_set, node);
      u32 at = 0;
      while (at < keepers_seen_.size() && keepers_seen_[at].thread != context.thread) ++at;
      const u32 cost = 1 + (at + length) / 16;
      budget_ -= cost < budget_ ? cost : budget_;
      if (budget_ == 0 || (at == keepers_seen_.size() && keepers_seen_.full())) return ~0u;
      if (at == keepers_seen_.size()) keepers_seen_[keepers_seen_.add()] = {context.thread, 0};
      if (keepers_seen_[at].permits >= held) continue;
      all += held - keepers_seen_[at].permits;
      keepers_seen_[at].permits = held;
    }
  }
  return all;
}

// The next one after `choice` among the requests that were made with a permit of the node.
bool LockOrderGraph::next_keeper(NodeId node, u32 length, Choice* choice) noexcept {
  while (choice->edge != 0 && budget_ != 0) {
    const EdgeId edge = choice->edge;
    choice->context =
        choice->context == 0 ? edges_.first_context(edge) : edges_.next_context(choice->context);
    if (choice->context == 0) {
      choice->edge = edges_[edge].next_out;
      continue;
    }
    const CycleStep keeper{node, edges_[edge].to, edges_.context(choice->context)};
    if (!keeper_fits(keeper, length)) continue;
    keepers_[keepers_.add()] = keeper;
    return true;
  }
  return false;
}

// Depth first, in the order in which the requests are listed, so that each set of them comes once.
bool LockOrderGraph::all_permits_kept(NodeId node, u32 length) noexcept {
  const u32 first = keepers_.size();
  const u32 permits = traits_[node].permits;
  keeper_choices_.resize(0);
  const u32 taken = permits_taken(length, node);
  if (taken == permits) return true;
  if (taken + most_permits_kept(node, length) < permits) return false;
  keeper_choices_[keeper_choices_.add()] = {edges_.first_out(node), 0};
  while (keeper_choices_.size() != 0 && budget_ != 0) {
    Choice& choice = keeper_choices_[keeper_choices_.size() - 1];
    if (keepers_.full() || keeper_choices_.full() || !next_keeper(node, length, &choice)) {
      keeper_choices_.resize(keeper_choices_.size() - 1);
      if (keepers_.size() > first) keepers_.resize(keepers_.size() - 1);
      continue;
    }
    if (permits_taken(length, node) < permits) {
      keeper_choices_[keeper_choices_.add()] = choice;
      continue;
    }
    bool all = true;
    for (u32 i = first; all && i < keepers_.size(); ++i) all = is_kept_waiting(keepers_[i], length);
    if (all) return true;
    keepers_.resize(keepers_.size() - 1);
  }
  keepers_.resize(first);
  return false;
}

bool LockOrderGraph::keepers_fit(u32 length) noexcept {
  const SafeReason before = reason_;
  const u32 object = object_;
  keepers_.resize(0);
  for (u32 i = 0; i < length; ++i) {
    const NodeId node = steps_[i].to;
    if (!is_permits(node)) continue;
    const bool kept = all_permits_kept(node, length);
    reason_ = before;  // a keeper's own reason is not the cycle's
    object_ = object;
    if (!kept) return blame(SafeReason::kPermitsLeft, node, 0);
  }
  return true;
}

}  // namespace gridlock::internal
