// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/order_store.h"

namespace gridlock::internal {

bool OrderStore::init(const LockOrderLimits& limits) noexcept {
  contexts_per_edge_ = limits.contexts_per_edge;
  return edges_.init(limits.nodes, limits.edges) && components_.init(limits.nodes, &edges_) &&
         held_sets_.init(limits.edges * 4 + 1) &&
         nodes_.init(limits.nodes, limits.writers, limits.writers_per_node);
}

void OrderStore::release() noexcept {
  edges_.release();
  components_.release();
  held_sets_.release();
  nodes_.release();
}

void OrderStore::forget_what(IsOver is_over, void* argument) noexcept {
  is_over_ = is_over;
  is_over_argument_ = argument;
}

u32 OrderStore::contexts_dropped() const noexcept { return contexts_dropped_; }
u64 OrderStore::edge_bytes() const noexcept { return edges_.edge_bytes() + held_sets_.bytes(); }
u64 OrderStore::node_bytes() const noexcept {
  return edges_.node_bytes() + components_.bytes() + nodes_.bytes();
}

bool OrderStore::ensure(NodeId node) noexcept {
  return nodes_.ensure(node) && edges_.ensure(node) && components_.ensure(node);
}

void OrderStore::remove(const IdSet& nodes, const NodeId* list, u32 count) noexcept {
  edges_.remove_of(nodes);
  bool together = false;
  for (u32 i = 0; i < count; ++i) {
    if (list[i] >= nodes_.limit()) continue;
    together = together || !components_.is_alone(list[i]);
    nodes_.forget_writers(list[i]);
  }
  if (together) {
    components_.rebuild();
  } else {
    components_.spread();
  }
}

u32 OrderStore::intern_held_set(const HeldNode* sorted, u32 length) noexcept {
  if (length != 0 && !ensure(node_of(sorted[length - 1]))) return 0;
  return held_sets_.intern(sorted, length);
}

EdgeId OrderStore::add_edge(NodeId from, NodeId to, const RequestContext& first) noexcept {
  components_.add(from, to);
  return edges_.add(from, to, first);
}

bool OrderStore::link(NodeId lower, NodeId upper) noexcept {
  if (lower == upper || edges_.find(lower, upper) != 0) return true;
  if (edges_.full() || !ensure(lower > upper ? lower : upper)) return false;
  components_.add(lower, upper);
  return edges_.add_bare(lower, upper) != 0;
}

u32 OrderStore::permits_held(u32 held_set, NodeId node) const noexcept {
  const HeldSets::View held = held_sets_.view(held_set);
  u32 count = 0;
  for (u32 i = 0; i < held.size(); ++i) count += node_of(held[i]) == node ? 1 : 0;
  return count;
}

bool OrderStore::same_permits(u32 set_a, u32 set_b) noexcept {
  if (set_a == set_b) return true;
  const HeldSets::View held = held_sets_.view(set_b);
  for (u32 i = 0; i < held.size(); ++i) {
    const NodeId node = node_of(held[i]);
    if (nodes_.is_permits(node) && permits_held(set_a, node) != permits_held(set_b, node))
      return false;
  }
  return true;
}

bool OrderStore::dominates(const RequestContext& known, const RequestContext& context) noexcept {
  return known.thread == context.thread && known.segment == context.segment &&
         known.from_epoch == context.from_epoch && known.to_epoch == context.to_epoch &&
         known.held_mode == context.held_mode && known.wanted_mode == context.wanted_mode &&
         known.unpublished == context.unpublished &&
         held_sets_.subset(known.held_set, context.held_set) &&
         same_permits(known.held_set, context.held_set);
}

bool OrderStore::dominated(EdgeId edge, const RequestContext& context) noexcept {
  for (ContextId id = edges_.first_context(edge); id != 0; id = edges_.next_context(id)) {
    if (dominates(edges_.context(id), context)) return true;
  }
  return false;
}

void OrderStore::keep(EdgeId edge, const RequestContext& context) noexcept {
  if (context.unpublished) return;
  const NodeId from = edges_[edge].from;
  const u32 room = contexts_per_edge_ + (nodes_.is_permits(from) ? 2 * nodes_.permits(from) : 0);
  u32 kept = 0;
  u32 alike = 0;
  ContextId older = 0;
  for (ContextId id = edges_.first_context(edge); id != 0; id = edges_.next_context(id)) {
    const RequestContext known = edges_.context(id);
    if (dominates(context, known) && edges_.replace(id, context)) return;
    ++kept;
    if (known.held_set != context.held_set) continue;
    ++alike;
    if (known.thread == context.thread) older = id;
  }
  if (alike < room && kept / kHeldSetsPerEdge < room && edges_.add_context(edge, context)) return;
  for (ContextId id = edges_.first_context(edge); is_over_ != nullptr && id != 0;
       id = edges_.next_context(id)) {
    if (is_over_(edges_.context(id), is_over_argument_) && edges_.replace(id, context)) return;
  }
  ++contexts_dropped_;
  if (older != 0) edges_.replace(older, context);
}

Added OrderStore::note_writer(NodeId node, const RequestContext& context) noexcept {
  if (!ensure(node)) return Added::kFull;
  if (!nodes_.prefers_writers(node)) return Added::kKnown;
  for (WriterId id = nodes_.first_writer(node); id != 0; id = nodes_.writer(id).next) {
    const WaitingWriter& known = nodes_.writer(id);
    if (known.thread == context.thread && known.segment == context.segment &&
        held_sets_.subset(known.held_set, context.held_set)) {
      return Added::kKnown;
    }
  }
  return nodes_.add_writer(node, context) ? Added::kNew : Added::kFull;
}

}  // namespace gridlock::internal
