// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/lock_order_edges.h"

namespace gridlock::internal {

bool LockOrderEdges::init(u32 nodes, u32 edges) noexcept {
  if (!nodes_.reserve(nodes + 1) || !ends_.reserve(edges + 1) || !edges_.reserve(edges + 1) ||
      !more_.reserve(edges + kBlock) || !index_.init(edges)) {
    return false;
  }
  nodes_.add();  // index 0 means "none" in each table
  ends_.add();
  edges_.add();
  more_.resize(kBlock);
  return true;
}

void LockOrderEdges::release() noexcept {
  nodes_.release();
  ends_.release();
  edges_.release();
  more_.release();
  index_.release();
}

u32 LockOrderEdges::count() const noexcept { return edges_.size() - 1; }
u64 LockOrderEdges::edge_bytes() const noexcept {
  return u64{edges_.size()} * (sizeof(Edge) + sizeof(Stored)) + u64{more_.size()} * sizeof(More) +
         index_.bytes();
}
u64 LockOrderEdges::node_bytes() const noexcept { return u64{nodes_.size()} * sizeof(Node); }

bool LockOrderEdges::ensure(NodeId node) noexcept {
  while (nodes_.size() <= node) {
    if (nodes_.full()) return false;
    nodes_.add();
  }
  return true;
}

EdgeId LockOrderEdges::find(NodeId from, NodeId to) noexcept {
  if (from >= nodes_.size() || to >= nodes_.size()) return 0;
  // Both are needed in any case, and of a new node the index need not be asked.
  if (nodes_[from].first_out == 0 || nodes_[to].first_in == 0) return 0;
  return index_.find(hash_of(from, to), [&](EdgeId id) noexcept {
    return ends_[id].from == from && ends_[id].to == to;
  });
}

LockOrderEdges::Packed LockOrderEdges::pack(const RequestContext& context) noexcept {
  u32 epoch = context.to_epoch;
  if (context.from_epoch != 0) epoch = context.from_epoch;
  u32 bits = fits_in_edge(context) ? epoch : kEmpty;
  if (context.from_epoch != 0) bits |= kFromEpoch;
  if (context.held_mode == Mode::kShared) bits |= kHeldShared;
  if (context.wanted_mode == Mode::kShared) bits |= kWantedShared;
  if (context.unpublished) bits |= kUnpublished;
  return {context.thread,    context.segment,     context.held_set,
          context.held_site, context.wanted_site, bits};
}

RequestContext LockOrderEdges::context(ContextId context) const noexcept {
  if ((context & kInEdge) == 0) return more_[context].context;
  const Packed& packed = edges_[context - kInEdge].first;
  const u32 epoch = packed.bits & kEpoch;
  RequestContext result;
  result.thread = packed.thread;
  result.segment = packed.segment;
  result.held_set = packed.held_set;
  result.held_site = packed.held_site;
  result.wanted_site = packed.wanted_site;
  ((packed.bits & kFromEpoch) != 0 ? result.from_epoch : result.to_epoch) = epoch;
  if ((packed.bits & kHeldShared) != 0) result.held_mode = Mode::kShared;
  if ((packed.bits & kWantedShared) != 0) result.wanted_mode = Mode::kShared;
  result.unpublished = (packed.bits & kUnpublished) != 0;
  return result;
}

bool LockOrderEdges::replace(ContextId old, const RequestContext& context,
                             HeldSets::Signs signs) noexcept {
  if ((old & kInEdge) != 0) return false;
  more_[old].context = context;
  more_[old].signs = signs;
  return true;
}

EdgeId LockOrderEdges::add_bare(NodeId from, NodeId to) noexcept {
  if (full()) return 0;
  EdgeId id = free_edge_;
  if (id != 0) {
    free_edge_ = ends_[id].next_out;
    --free_edges_;
    edges_[id].more = 0;
  } else {
    id = ends_.add();
    edges_.add();
  }
  ends_[id] = {from, to, nodes_[from].first_out, nodes_[to].first_in};
  nodes_[from].first_out = id;
  nodes_[to].first_in = id;
  index_.insert(id, hash_of(from, to));
  edges_[id].first.bits = kEmpty;
  return id;
}

EdgeId LockOrderEdges::add(NodeId from, NodeId to, const RequestContext& first,
                           HeldSets::Signs signs) noexcept {
  const EdgeId id = add_bare(from, to);
  if (id == 0) return 0;
  edges_[id].first = pack(first);
  if ((edges_[id].first.bits & kEmpty) != 0) add_context(id, first, signs);
  return id;
}

// First the edges say that they are gone, then every list passes over those, then their numbers are free: so a
// list is walked once, however many of its edges go.
void LockOrderEdges::remove_of(const IdSet& nodes) noexcept {
  EdgeId gone = 0;
  for (EdgeId id = 1; id < ends_.size(); ++id) {
    Edge& edge = ends_[id];
    if (edge.from == 0 || !(nodes.has(edge.from) || nodes.has(edge.to))) continue;
    index_.erase(id, hash_of(edge.from, edge.to));
    edge = {0, gone, edge.next_out, edge.next_in};
    gone = id;
    ContextId& more = edges_[id].more;
    while (more != 0) {
      const ContextId context = more;
      more = more_[context].next;
      --further_;
      if (context % kBlock != 0) continue;
      more_[context].next = free_more_;
      free_more_ = context;
    }
  }
  if (gone == 0) return;
  for (NodeId node = 1; node < nodes_.size(); ++node) unlink_removed(node);
  while (gone != 0) {
    const EdgeId next = ends_[gone].to;
    ends_[gone] = Edge{};
    edges_[gone] = Stored{};
    edges_[gone].first.bits = kEmpty;
    ends_[gone].next_out = free_edge_;
    free_edge_ = gone;
    ++free_edges_;
    gone = next;
  }
}

void LockOrderEdges::unlink_removed(NodeId node) noexcept {
  EdgeId* link = &nodes_[node].first_out;
  while (*link != 0) {
    Edge& edge = ends_[*link];
    if (edge.from == 0) {
      *link = edge.next_out;
    } else {
      link = &edge.next_out;
    }
  }
  link = &nodes_[node].first_in;
  while (*link != 0) {
    Edge& edge = ends_[*link];
    if (edge.from == 0) {
      *link = edge.next_in;
    } else {
      link = &edge.next_in;
    }
  }
}

bool LockOrderEdges::add_context(EdgeId edge, const RequestContext& context,
                                 HeldSets::Signs signs) noexcept {
  const ContextId newest = edges_[edge].more;
  ContextId id = newest + 1;  // the next of its block
  if (newest == 0 || id % kBlock == 0) {
    id = free_more_;
    if (id != 0) {
      free_more_ = more_[id].next;
    } else {
      if (more_.full(kBlock)) return false;
      id = more_.size();
      more_.resize(id + kBlock);
    }
  }
  more_[id] = {context, newest, signs};
  edges_[edge].more = id;
  ++further_;
  return true;
}

}  // namespace gridlock::internal
