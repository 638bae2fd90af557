// SPDX-License-Identifier: Apache-2.0
//
// Feasible. A cycle of edges is a deadlock that can happen only if its requests can all be pending
// at once. For each two of its steps that means:
//   - different threads: one thread makes one request at a time ("one thread");
//   - no lock held in both: whoever holds it keeps the other out ("gate"); this covers partial
//   gates on longer cycles,
//     because it is asked of every pair and not of the cycle as a whole;
//   - segments that can overlap: not one before the other by start or join ("joined before").
// An edge is kept with several contexts, and any choice of one context for each edge that satisfies
// all pairs will do.
#include "harness/analysis/lock_order_graph.h"

namespace gridlock::internal {

bool LockOrderGraph::init(const Limits& limits, Segments* segments) noexcept {
  limits_ = limits;
  segments_ = segments;
  const bool ok = order_.init(limits.nodes, limits.edges) && nodes_.reserve(limits.nodes + 1) &&
                  edges_.reserve(limits.edges + 1) && contexts_.reserve(limits.edges * 2 + 1) &&
                  held_sets_.reserve(limits.edges * 4 + 1) && queue_.reserve(limits.nodes + 1) &&
                  path_.reserve(limits.nodes + 1) && steps_.reserve(limits.nodes + 1);
  if (!ok) return false;
  nodes_.add();  // index 0 means "none" in each table
  edges_.add();
  contexts_.add();
  held_sets_.add();
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
  steps_.release();
  edge_index_.release();
  held_set_index_.release();
  reported_.release();
}

u32 LockOrderGraph::edges() const noexcept { return edges_.size() - 1; }
u32 LockOrderGraph::undecided() const noexcept { return undecided_; }

u32 LockOrderGraph::intern_held_set(const NodeId* sorted, u32 length) noexcept {
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

u32 LockOrderGraph::find_or_add_edge(NodeId from, NodeId to) noexcept {
  const u64 key = (u64{from} << 32) | to;
  if (const u32* known = edge_index_.find(key)) return *known;
  if (edges_.full()) return 0;
  const NodeId highest = from > to ? from : to;
  while (nodes_.size() <= highest) {
    if (nodes_.full()) return 0;
    nodes_.add();
  }
  if (!order_.ensure(highest) || !edge_index_.insert(key, edges_.size())) return 0;
  if (!order_.add(from, to)) return 0;
  const u32 id = edges_.add();
  edges_[id] = {from, to, nodes_[from].first_out, nodes_[to].first_in, 0, 0};
  nodes_[from].first_out = id;
  nodes_[to].first_in = id;
  return id;
}

bool LockOrderGraph::subset(u32 small_set, u32 large_set) noexcept {
  const u32 end = large_set + 1 + held_sets_[large_set];
  u32 at = large_set + 1;
  for (u32 i = 0; i < held_sets_[small_set]; ++i) {
    while (at < end && held_sets_[at] < held_sets_[small_set + 1 + i]) ++at;
    if (at == end || held_sets_[at] != held_sets_[small_set + 1 + i]) return false;
  }
  return true;
}

bool LockOrderGraph::disjoint(u32 set_a, u32 set_b) noexcept {
  u32 a = set_a + 1;
  u32 b = set_b + 1;
  const u32 end_a = a + held_sets_[set_a];
  const u32 end_b = b + held_sets_[set_b];
  while (a < end_a && b < end_b) {
    if (held_sets_[a] == held_sets_[b]) return false;
    if (held_sets_[a] < held_sets_[b]) {
      ++a;
    } else {
      ++b;
    }
  }
  return true;
}

bool LockOrderGraph::compatible(const RequestContext& a, const RequestContext& b) noexcept {
  return a.thread != b.thread && disjoint(a.held_set, b.held_set) &&
         segments_->concurrent(a.segment, b.segment);
}

bool LockOrderGraph::dominated(const Edge& edge, const RequestContext& context) noexcept {
  for (u32 id = edge.first_context; id != 0; id = contexts_[id].next) {
    const RequestContext& known = contexts_[id].request;
    if (known.thread == context.thread && known.segment == context.segment &&
        subset(known.held_set, context.held_set)) {
      return true;
    }
  }
  return false;
}

bool LockOrderGraph::store(Edge& edge, const RequestContext& context) noexcept {
  if (edge.context_count >= limits_.contexts_per_edge || contexts_.full()) return false;
  const u32 id = contexts_.add();
  contexts_[id] = {context, edge.first_context};
  edge.first_context = id;
  ++edge.context_count;
  return true;
}

LockOrderGraph::Added LockOrderGraph::add(NodeId from, NodeId to, const RequestContext& context,
                                          OnCycle on_cycle, void* argument) noexcept {
  const u32 edge = find_or_add_edge(from, to);
  if (edge == 0) return Added::kFull;
  if (dominated(edges_[edge], context)) return Added::kKnown;
  store(edges_[edge], context);
  if (order_.same_component(from, to)) find_cycles(edge, context, on_cycle, argument);
  return Added::kNew;
}

// How many edges lead from each node to `target`, breadth first, as far as `start`. False: no path,
// or out of steps.
bool LockOrderGraph::measure_distances(NodeId target, NodeId start, u32* steps) noexcept {
  queue_.resize(0);
  queue_[queue_.add()] = target;
  nodes_[target].reached = search_;
  nodes_[target].distance = 0;
  for (u32 i = 0; i < queue_.size(); ++i) {
    const NodeId node = queue_[i];
    for (u32 edge = nodes_[node].first_in; edge != 0; edge = edges_[edge].next_in) {
      if (*steps == 0) return false;
      --*steps;
      const NodeId previous = edges_[edge].from;
      if (nodes_[previous].reached == search_ || !order_.same_component(previous, target)) continue;
      nodes_[previous].reached = search_;
      nodes_[previous].distance = nodes_[node].distance + 1;
      queue_[queue_.add()] = previous;
    }
  }
  return nodes_[start].reached == search_;
}

// Shortest first, and no longer than needed: a longer cycle through the same edge shows up once the
// shorter is mended.
void LockOrderGraph::find_cycles(u32 edge, const RequestContext& context, OnCycle on_cycle,
                                 void* argument) noexcept {
  constexpr u32 kLonger = 12;  // how far beyond the shortest path a feasible cycle is looked for
  const Edge closing = edges_[edge];
  u32 steps = limits_.search_steps + edges_.size();
  ++search_;
  if (!measure_distances(closing.from, closing.to, &steps)) {
    if (steps == 0) ++undecided_;
    return;
  }
  steps_[0] = {closing.from, closing.to, context};
  const u32 shortest = nodes_[closing.to].distance + 1;
  for (u32 length = shortest; length <= shortest + kLonger && length < nodes_.size(); ++length) {
    if (enumerate(length, &steps, on_cycle, argument) != 0) return;
    if (steps == 0) {
      ++undecided_;
      return;
    }
  }
}

bool LockOrderGraph::fits(u32 depth, const RequestContext& context) noexcept {
  for (u32 i = 0; i < depth; ++i) {
    if (!compatible(steps_[i].context, context)) return false;
  }
  return true;
}

// Tries every path of exactly `length` edges (the closing edge is step 0), with every choice of
// contexts. A depth-first search with its own stack: a cycle of 10,000 locks must not overflow the
// stack of the thread that closed it.
u32 LockOrderGraph::enumerate(u32 length, u32* steps, OnCycle on_cycle, void* argument) noexcept {
  constexpr u32 kMostReports = 8;
  const NodeId target = steps_[0].from;
  u32 found = 0;
  u32 depth = 1;
  nodes_[steps_[0].to].on_path = search_;
  path_[1] = {nodes_[steps_[0].to].first_out, 0};
  while (depth > 0) {
    const NodeId node = steps_[depth - 1].to;
    Choice& choice = path_[depth];
    if (*steps == 0 || choice.edge == 0 || found >= kMostReports) {
      nodes_[node].on_path = 0;
      --depth;
      continue;
    }
    --*steps;
    const Edge& edge = edges_[choice.edge];
    const u32 left = length - depth;  // edges still to choose, this one included
    const Node& next = nodes_[edge.to];
    const bool leads_home = next.reached == search_ && next.distance < left &&
                            next.on_path != search_ && (edge.to == target) == (left == 1);
    if (leads_home && choice.context == 0) choice.context = edge.first_context;
    while (leads_home && choice.context != 0 && !fits(depth, contexts_[choice.context].request)) {
      choice.context = contexts_[choice.context].next;
    }
    if (!leads_home || choice.context == 0) {
      choice = {edge.next_out, 0};
      continue;
    }
    const Context& context = contexts_[choice.context];
    steps_[depth] = {node, edge.to, context.request};
    choice.context = context.next;
    if (choice.context == 0) choice.edge = edge.next_out;  // what to try when the search comes back
    if (left == 1) {
      if (report(length, on_cycle, argument)) ++found;
      continue;
    }
    nodes_[edge.to].on_path = search_;
    ++depth;
    path_[depth] = {nodes_[edge.to].first_out, 0};
  }
  return found;
}

bool LockOrderGraph::report(u32 length, OnCycle on_cycle, void* argument) noexcept {
  u64 key = length;
  for (u32 i = 0; i < length; ++i)
    key += mix(steps_[i].from);  // the set of locks, whatever the starting point
  key = mix(key) | 1;
  if (reported_.find(key) != nullptr) return false;
  reported_.insert(key, 1);
  on_cycle(&steps_[0], length, argument);
  return true;
}

}  // namespace gridlock::internal
