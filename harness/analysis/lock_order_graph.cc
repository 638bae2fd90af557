// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/lock_order_graph.h"

namespace gridlock::internal {

bool LockOrderGraph::init(const Limits& limits, Segments* segments) noexcept {
  limits_ = limits;
  segments_ = segments;
  const bool ok =
      edges_.init(limits.nodes, limits.edges) && order_.init(limits.nodes, &edges_) &&
      held_sets_.init(limits.edges * 4 + 1) && marks_.reserve(limits.nodes + 1) &&
      queue_.reserve(limits.nodes + 1) && path_.reserve(limits.nodes + 2) &&
      steps_.reserve(limits.nodes + 2) && threads_.reserve(limits.nodes + 2) &&
      moments_.reserve(limits.nodes + 2) && traits_.reserve(limits.nodes + 1) &&
      writers_.reserve(limits.writers + 1) && junctions_.reserve(limits.nodes * 2 + 2) &&
      keepers_.reserve(limits.nodes + 1) && keeper_choices_.reserve(limits.nodes + 1) &&
      keepers_seen_.reserve(limits.nodes + 1) && tall_held_.reserve(limits.edges * 2) &&
      tall_.reserve(limits.edges + 1) && closers_.reserve(limits.edges + 1) && safe_.init();
  if (!ok) return false;
  marks_.add();  // index 0 means "none" in each table
  traits_.add();
  writers_.add();
  tall_.add();
  return true;
}

void LockOrderGraph::release() noexcept {
  edges_.release();
  order_.release();
  held_sets_.release();
  marks_.release();
  queue_.release();
  path_.release();
  steps_.release();
  threads_.release();
  moments_.release();
  traits_.release();
  writers_.release();
  junctions_.release();
  keepers_.release();
  keeper_choices_.release();
  keepers_seen_.release();
  tall_held_.release();
  tall_.release();
  tall_of_.release();
  closers_.release();
  closer_index_.release();
  reported_.release();
  next_giver_.release();
  safe_.release();
}

u32 LockOrderGraph::edges() const noexcept { return edges_.count(); }

CycleStep LockOrderGraph::edge(u32 number) const noexcept {
  return {edges_[number].from, edges_[number].to, edges_.context(edges_.first_context(number))};
}

u32 LockOrderGraph::contexts_dropped() const noexcept { return contexts_dropped_; }
u32 LockOrderGraph::writers_dropped() const noexcept { return writers_dropped_; }
u64 LockOrderGraph::edge_bytes() const noexcept {
  return edges_.edge_bytes() + held_sets_.bytes() + u64{closers_.size()} * sizeof(Closer) +
         u64{tall_held_.size()} * sizeof(TallHeld) + u64{tall_.size()} * sizeof(TallRequest);
}
u64 LockOrderGraph::node_bytes() const noexcept {
  return edges_.node_bytes() + order_.bytes() + u64{marks_.size()} * sizeof(Mark) +
         u64{traits_.size()} * sizeof(Traits) + u64{writers_.size()} * sizeof(Writer);
}
SafeCycles& LockOrderGraph::safe_cycles() noexcept { return safe_; }
u32 LockOrderGraph::undecided() const noexcept { return undecided_; }

u32 LockOrderGraph::intern_held_set(const HeldNode* sorted, u32 length) noexcept {
  if (length != 0 && !ensure(node_of(sorted[length - 1]))) return 0;
  return held_sets_.intern(sorted, length);
}

HeldSets::View LockOrderGraph::held_set(u32 set) const noexcept { return held_sets_.view(set); }

bool LockOrderGraph::on_common_cycle(NodeId a, NodeId b) noexcept {
  return a < marks_.size() && b < marks_.size() && order_.same_component(a, b);
}

bool LockOrderGraph::ensure(NodeId node) noexcept {
  while (marks_.size() <= node) {
    if (marks_.full()) return false;
    marks_.add();
    traits_.add();
  }
  return edges_.ensure(node) && order_.ensure(node);
}

bool LockOrderGraph::describe(NodeId node, NodeKind kind, bool prefers_writers) noexcept {
  if (!ensure(node)) return false;
  traits_[node].kind = static_cast<u8>(kind);
  traits_[node].prefers_writers = prefers_writers;
  return true;
}

bool LockOrderGraph::add_giver(NodeId node, NodeId giver) noexcept {
  if (!describe(giver, NodeKind::kSignal, false) || !describe(node, NodeKind::kAnySignal, false))
    return false;
  const u32* const first = next_giver_.find(node);
  return next_giver_.insert(giver, first != nullptr ? *first : 0) &&
         next_giver_.insert(node, giver);
}

bool LockOrderGraph::set_active(NodeId node, bool active) noexcept {
  if (!ensure(node)) return false;
  traits_[node].inactive = !active;
  return true;
}

bool LockOrderGraph::dominates(const RequestContext& known,
                               const RequestContext& context) noexcept {
  return known.thread == context.thread && known.segment == context.segment &&
         known.from_epoch == context.from_epoch && known.to_epoch == context.to_epoch &&
         known.held_mode == context.held_mode && known.wanted_mode == context.wanted_mode &&
         known.unpublished == context.unpublished &&
         held_sets_.subset(known.held_set, context.held_set) &&
         same_permits(known.held_set, context.held_set);
}

bool LockOrderGraph::dominated(EdgeId edge, const RequestContext& context) noexcept {
  for (ContextId id = edges_.first_context(edge); id != 0; id = edges_.next_context(id)) {
    if (dominates(edges_.context(id), context)) return true;
  }
  return false;
}

void LockOrderGraph::store(EdgeId edge, const RequestContext& context) noexcept {
  if (context.unpublished) return;
  const NodeId from = edges_[edge].from;
  const u32 room = limits_.contexts_per_edge + (is_permits(from) ? 2 * traits_[from].permits : 0);
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

void LockOrderGraph::forget_what(IsOver is_over, void* argument) noexcept {
  is_over_ = is_over;
  is_over_argument_ = argument;
}

LockOrderGraph::Added LockOrderGraph::note_writer(NodeId node,
                                                  const RequestContext& context) noexcept {
  if (!ensure(node)) return Added::kFull;
  Traits& traits = traits_[node];
  if (!traits.prefers_writers) return Added::kKnown;
  for (u32 id = traits.first_writer; id != 0; id = writers_[id].next) {
    const Writer& known = writers_[id];
    if (known.thread == context.thread && known.segment == context.segment &&
        held_sets_.subset(known.held_set, context.held_set)) {
      return Added::kKnown;
    }
  }
  if (traits.writer_count >= limits_.writers_per_node || writers_.full()) {
    ++writers_dropped_;
    return Added::kFull;
  }
  const u32 id = writers_.add();
  writers_[id] = {context.thread, context.segment, context.held_set, traits.first_writer};
  traits.first_writer = id;
  ++traits.writer_count;
  return Added::kNew;
}

LockOrderGraph::Added LockOrderGraph::add(NodeId from, NodeId to, const RequestContext& context,
                                          OnCycle on_cycle, void* argument) noexcept {
  EdgeId edge = edges_.find(from, to);
  if (edge == 0) {
    if (edges_.full() || !ensure(from > to ? from : to)) return Added::kFull;
    if (from != to) order_.add(from, to);
    edge = edges_.add(from, to, context);
  } else {
    if (dominated(edge, context)) return Added::kKnown;
    store(edge, context);
  }
  budget_ = limits_.search_steps;
  if (order_.same_component(from, to)) search(edge, context, on_cycle, argument);
  // Who keeps a permit while he waits may be what another cycle lacked.
  if (is_permits(from)) reconsider(from, on_cycle, argument);
  return Added::kNew;
}

}  // namespace gridlock::internal
