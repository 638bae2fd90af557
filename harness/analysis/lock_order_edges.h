// SPDX-License-Identifier: Apache-2.0
//
// The edges of the lock-order graph, each once, and the contexts in which it was seen. Only
// storage: 44 bytes an edge with its first context and 15 in the index, 8 a node. Where an edge leads lies apart
// from how it came about, so that a walk through the graph finds several of them in a line of the processor's
// cache. What an edge means is said in lock_order_graph.h.
#pragma once

#include "harness/analysis/held_sets.h"
#include "harness/analysis/id_set.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/tagged_index.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

using EdgeId = u32;     // 1, 2, 3 ...; 0 is none
using ContextId = u32;  // 0 is none

/// Where an edge leads, and its place in the lists of its two nodes.
struct Edge {
  NodeId from;
  NodeId to;
  EdgeId next_out;
  EdgeId next_in;
};

class LockOrderEdges {
 public:
  /// False when there is no address space.
  bool init(u32 nodes, u32 edges) noexcept;
  void release() noexcept;

  /// Makes nodes up to `node` known. False when the table is full.
  bool ensure(NodeId node) noexcept;
  /// The edge, 0 if there is none. Constant time.
  EdgeId find(NodeId from, NodeId to) noexcept;
  /// An edge that is looked for soon.
  GRIDLOCK_INLINE void prefetch(NodeId from, NodeId to) const noexcept {
    index_.prefetch(hash_of(from, to));
    __builtin_prefetch(&nodes_[from]);
  }
  /// The first context of an edge is kept in the edge itself, without signs, if this is so.
  GRIDLOCK_INLINE static bool fits_in_edge(const RequestContext& first) noexcept {
    return (first.from_epoch == 0 || first.to_epoch == 0) && first.from_epoch <= kEpoch &&
           first.to_epoch <= kEpoch;
  }
  /// Adds an edge that is not there, between known nodes. 0 when full. Constant time, never more.
  EdgeId add(NodeId from, NodeId to, const RequestContext& first, HeldSets::Signs signs) noexcept;
  /// One without a context: it only says that the one node reaches the other. Constant time, too.
  EdgeId add_bare(NodeId from, NodeId to) noexcept;
  /// Takes out every edge from or to one of the nodes, with its contexts; the numbers are used again. Linear in
  /// nodes and edges.
  void remove_of(const IdSet& nodes) noexcept;
  /// Was it taken out?
  GRIDLOCK_INLINE bool is_removed(EdgeId edge) const noexcept { return ends_[edge].from == 0; }
  /// False when the table is full.
  bool add_context(EdgeId edge, const RequestContext& context, HeldSets::Signs signs) noexcept;

  GRIDLOCK_INLINE const Edge& operator[](EdgeId edge) const noexcept { return ends_[edge]; }
  GRIDLOCK_INLINE EdgeId first_out(NodeId node) const noexcept { return nodes_[node].first_out; }
  GRIDLOCK_INLINE EdgeId first_in(NodeId node) const noexcept { return nodes_[node].first_in; }
  /// The contexts of an edge: the first that was added, then the others, newest first.
  GRIDLOCK_INLINE ContextId first_context(EdgeId edge) const noexcept {
    return (edges_[edge].first.bits & kEmpty) != 0 ? edges_[edge].more : kInEdge | edge;
  }
  GRIDLOCK_INLINE ContextId next_context(ContextId context) const noexcept {
    return (context & kInEdge) != 0 ? edges_[context - kInEdge].more : more_[context].next;
  }
  RequestContext context(ContextId context) const noexcept;
  /// The part of it that is asked of each when one is looked for.
  struct Which {
    u32 thread;
    SegmentId segment;
    u32 held_set;
  };
  GRIDLOCK_INLINE Which which(ContextId context) const noexcept {
    if ((context & kInEdge) != 0) {
      const Packed& packed = edges_[context - kInEdge].first;
      return {packed.thread, packed.segment, packed.held_set};
    }
    const RequestContext& known = more_[context].context;
    return {known.thread, known.segment, known.held_set};
  }
  /// It is the first of its edge, which tells how that came about and stays.
  GRIDLOCK_INLINE static bool is_first(ContextId context) noexcept {
    return (context & kInEdge) != 0;
  }
  /// How many there are but for the first of each edge.
  GRIDLOCK_INLINE u32 further_contexts() const noexcept { return further_; }
  /// Puts another one in its place. False for the first of an edge, which tells how it came about.
  bool replace(ContextId old, const RequestContext& context, HeldSets::Signs signs) noexcept;
  /// Of its held set. For the first of an edge they say nothing: is_first().
  GRIDLOCK_INLINE HeldSets::Signs signs(ContextId context) const noexcept {
    return more_[context].signs;
  }

  GRIDLOCK_INLINE u32 node_limit() const noexcept { return nodes_.size(); }  ///< all are below it
  GRIDLOCK_INLINE bool full() const noexcept {
    return index_.full() || (free_edge_ == 0 && (ends_.full() || edges_.full()));
  }
  u32 count() const noexcept;  ///< of numbers; those of removed edges among them
  GRIDLOCK_INLINE u32 kept() const noexcept { return ends_.size() - 1 - free_edges_; }
  u64 edge_bytes() const noexcept;
  u64 node_bytes() const noexcept;

  GRIDLOCK_INLINE void prefetch(EdgeId edge) const noexcept { __builtin_prefetch(&ends_[edge]); }

 private:
  static constexpr u32 kInEdge = 1u << 31;  // in a ContextId: the context inside that edge

  // A context that is not between two signals has one epoch at most.
  static constexpr u32 kEpoch = (1u << 27) - 1;
  static constexpr u32 kFromEpoch = 1u << 27;
  static constexpr u32 kHeldShared = 1u << 28;
  static constexpr u32 kWantedShared = 1u << 29;
  static constexpr u32 kUnpublished = 1u << 30;
  static constexpr u32 kEmpty = 1u << 31;  // it did not fit and is among the others
  struct Packed {
    u32 thread;
    SegmentId segment;
    u32 held_set;
    u32 held_site;
    u32 wanted_site;
    u32 bits;
  };
  struct Stored {
    ContextId more;
    Packed first;
  };
  struct Node {
    EdgeId first_out;
    EdgeId first_in;
  };
  // Those of one edge that came one after the other lie side by side, kBlock of them, because nearly always all of them
  // are looked at. The newest is the last one in use of its block.
  static constexpr u32 kBlock = 4;
  struct More {
    RequestContext context;
    ContextId next;
    HeldSets::Signs signs;
  };
  void unlink_removed(NodeId node) noexcept;
  static Packed pack(const RequestContext& context) noexcept;
  GRIDLOCK_INLINE static u64 hash_of(NodeId from, NodeId to) noexcept {
    return mix((u64{from} << 32) | to);
  }

  Table<Node> nodes_;
  Table<Edge> ends_;
  Table<Stored> edges_;  // as long
  Table<More> more_;
  TaggedIndex index_;
  EdgeId free_edge_ = 0;     // removed ones, along next_out
  ContextId free_more_ = 0;  // blocks, along next of the first
  u32 free_edges_ = 0;       // how many
  u32 further_ = 0;
};

}  // namespace gridlock::internal
