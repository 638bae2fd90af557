// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/lock_order_graph.h"

namespace gridlock::internal {

bool LockOrderGraph::init(const Limits& limits, Segments* segments) noexcept {
  limits_ = limits;
  segments_ = segments;
  const bool ok = order_.init(limits.nodes, limits.edges) && nodes_.reserve(limits.nodes + 1) &&
                  edges_.reserve(limits.edges + 1) && contexts_.reserve(limits.edges * 2 + 1) &&
                  held_sets_.reserve(limits.edges * 4 + 1) && queue_.reserve(limits.nodes + 1) &&
                  path_.reserve(limits.nodes + 2) && steps_.reserve(limits.nodes + 2) &&
                  traits_.reserve(limits.nodes + 1) && writers_.reserve(limits.writers + 1) &&
                  junctions_.reserve(limits.nodes * 2 + 2) && closers_.reserve(limits.edges + 1) &&
                  safe_.init();
  if (!ok) return false;
  nodes_.add();  // index 0 means "none" in each table
  edges_.add();
  contexts_.add();
  held_sets_.add();
  traits_.add();
  writers_.add();
  return true;
}

void LockOrderGraph::release() noexcept {
  order_.release();
  nodes_.release();
  edges_.release();
  contexts_.release();
  held_sets_.release();
  queue_.release();
  path_.release();
  traits_.release();
  writers_.release();
  junctions_.release();
  steps_.release();
  edge_index_.release();
  held_set_index_.release();
  reported_.release();
  closers_.release();
  closer_index_.release();
  safe_.release();
}

u32 LockOrderGraph::edges() const noexcept { return edges_.size() - 1; }

CycleStep LockOrderGraph::edge(u32 number) const noexcept {
  const Edge& edge = edges_[number];
  u32 oldest = edge.first_context;
  while (contexts_[oldest].next != 0) oldest = contexts_[oldest].next;
  return {edge.from, edge.to, contexts_[oldest].request};
}
u32 LockOrderGraph::contexts_dropped() const noexcept { return contexts_dropped_; }
u32 LockOrderGraph::writers_dropped() const noexcept { return writers_dropped_; }
SafeCycles& LockOrderGraph::safe_cycles() noexcept { return safe_; }
u32 LockOrderGraph::undecided() const noexcept { return undecided_; }

u32 LockOrderGraph::intern_held_set(const HeldNode* sorted, u32 length) noexcept {
  u64 key = length + 1;
  for (u32 i = 0; i < length; ++i) key = mix(key ^ sorted[i]);
  for (;; ++key) {  // a different set under the same key moves on to the next key
    if (key == 0) continue;
    const u32* known = held_set_index_.find(key);
    if (known == nullptr) break;
    bool same = held_sets_[*known] == length;
    for (u32 i = 0; same && i < length; ++i) same = held_sets_[*known + 1 + i] == sorted[i];
    if (same) return *known;
  }
  if (held_sets_.full(length + 1) || !held_set_index_.insert(key, held_sets_.size())) return 0;
  const u32 id = held_sets_.add();
  held_sets_[id] = length;
  for (u32 i = 0; i < length; ++i) held_sets_[held_sets_.add()] = sorted[i];
  return id;
}

bool LockOrderGraph::ensure(NodeId node) noexcept {
  while (nodes_.size() <= node) {
    if (nodes_.full()) return false;
    nodes_.add();
    traits_.add();
  }
  return order_.ensure(node);
}

bool LockOrderGraph::describe(NodeId node, NodeKind kind, bool prefers_writers) noexcept {
  if (!ensure(node)) return false;
  traits_[node].kind = static_cast<u8>(kind);
  traits_[node].prefers_writers = prefers_writers;
  return true;
}

bool LockOrderGraph::set_active(NodeId node, bool active) noexcept {
  if (!ensure(node)) return false;
  traits_[node].inactive = !active;
  return true;
}

u32 LockOrderGraph::find_or_add_edge(NodeId from, NodeId to) noexcept {
  const u64 key = (u64{from} << 32) | to;
  if (const u32* known = edge_index_.find(key)) return *known;
  if (edges_.full()) return 0;
  if (!ensure(from > to ? from : to) || !edge_index_.insert(key, edges_.size())) return 0;
  if (from != to && !order_.add(from, to)) return 0;
  const u32 id = edges_.add();
  edges_[id] = {from, to, nodes_[from].first_out, nodes_[to].first_in, 0, 0};
  nodes_[from].first_out = id;
  nodes_[to].first_in = id;
  return id;
}

// Is all of small_set in large_set, and no more exclusively?
bool LockOrderGraph::subset(u32 small_set, u32 large_set) noexcept {
  const u32 end = large_set + 1 + held_sets_[large_set];
  u32 at = large_set + 1;
  for (u32 i = 0; i < held_sets_[small_set]; ++i) {
    const HeldNode held = held_sets_[small_set + 1 + i];
    while (at < end && node_of(held_sets_[at]) < node_of(held)) ++at;
    if (at == end || node_of(held_sets_[at]) != node_of(held)) return false;
    if (is_shared(held_sets_[at]) && !is_shared(held)) return false;
  }
  return true;
}

bool LockOrderGraph::dominated(const Edge& edge, const RequestContext& context) noexcept {
  for (u32 id = edge.first_context; id != 0; id = contexts_[id].next) {
    const RequestContext& known = contexts_[id].request;
    if (known.thread == context.thread && known.segment == context.segment &&
        known.from_epoch == context.from_epoch && known.to_epoch == context.to_epoch &&
        known.held_mode == context.held_mode && known.wanted_mode == context.wanted_mode &&
        known.unpublished == context.unpublished && subset(known.held_set, context.held_set)) {
      return true;
    }
  }
  return false;
}

bool LockOrderGraph::store(Edge& edge, const RequestContext& context) noexcept {
  if (edge.context_count >= limits_.contexts_per_edge || contexts_.full()) {
    ++contexts_dropped_;
    return false;
  }
  const u32 id = contexts_.add();
  contexts_[id] = {context, edge.first_context};
  edge.first_context = id;
  ++edge.context_count;
  return true;
}

LockOrderGraph::Added LockOrderGraph::note_writer(NodeId node,
                                                  const RequestContext& context) noexcept {
  if (!ensure(node)) return Added::kFull;
  Traits& traits = traits_[node];
  if (!traits.prefers_writers) return Added::kKnown;
  for (u32 id = traits.first_writer; id != 0; id = writers_[id].next) {
    const Writer& known = writers_[id];
    if (known.thread == context.thread && known.segment == context.segment &&
        subset(known.held_set, context.held_set)) {
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
  const u32 edge = find_or_add_edge(from, to);
  if (edge == 0) return Added::kFull;
  if (dominated(edges_[edge], context)) return Added::kKnown;
  store(edges_[edge], context);
  budget_ = limits_.search_steps + edges_.size();
  if (order_.same_component(from, to)) search(edge, context, on_cycle, argument);
  return Added::kNew;
}

}  // namespace gridlock::internal
