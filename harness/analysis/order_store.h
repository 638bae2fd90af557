// SPDX-License-Identifier: Apache-2.0
//
// What was seen: nodes, edges with the contexts in which they were seen, held sets, and which nodes lie
// on a common cycle. It decides which contexts are worth their room, and knows nothing of cycles that
// can hang.
#pragma once

#include "harness/analysis/held_chains.h"
#include "harness/analysis/held_sets.h"
#include "harness/analysis/held_ways.h"
#include "harness/analysis/lock_order_edges.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/order_nodes.h"
#include "harness/analysis/topological_order.h"
#include "harness/platform/base.h"

namespace gridlock::internal {

class OrderStore {
 public:
  static constexpr u32 kHeldSetsPerEdge = 8;
  using IsOver = bool (*)(const RequestContext& context, void* argument);

  /// False when there is no address space.
  bool init(const LockOrderLimits& limits) noexcept;
  void release() noexcept;
  /// See LockOrderGraph::forget_what().
  void forget_what(IsOver is_over, void* argument) noexcept;

  /// Makes nodes up to `node` known. False when there is no room.
  bool ensure(NodeId node) noexcept;
  u32 intern_held_set(const HeldNode* sorted, u32 length) noexcept;
  /// Adds an edge that is not there, between known nodes. 0 when full.
  EdgeId add_edge(NodeId from, NodeId to, const RequestContext& first) noexcept;
  /// One without a context, if there is none: it only says that the one node reaches the other. False
  /// when there is no room.
  bool link(NodeId lower, NodeId upper) noexcept;
  GRIDLOCK_INLINE EdgeId find(NodeId from, NodeId to) noexcept { return edges_.find(from, to); }

  /// An edge that is looked for soon, and perhaps added.
  GRIDLOCK_INLINE void prefetch(NodeId from, NodeId to) const noexcept {
    edges_.prefetch(from, to);
    components_.prefetch(from);
  }
  /// The same of a held set that is interned soon: step 1, then step 2.
  GRIDLOCK_INLINE void prefetch_held_set(const HeldNode* held, u32 count, u32 step) const noexcept {
    held_sets_.prefetch(held, count, step);
  }

  /// Is a context of the edge known that can take part in every cycle that this one can? Its id, else 0.
  ContextId dominated(EdgeId edge, const RequestContext& context) noexcept;
  /// Makes room for a further context of the edge, or counts it as dropped.
  Settled keep(EdgeId edge, const RequestContext& context) noexcept;
  /// See LockOrderGraph::note_writer().
  Added note_writer(NodeId node, const RequestContext& context) noexcept;

  GRIDLOCK_INLINE OrderNodes& nodes() noexcept { return nodes_; }
  GRIDLOCK_INLINE const OrderNodes& nodes() const noexcept { return nodes_; }
  GRIDLOCK_INLINE const LockOrderEdges& edges() const noexcept { return edges_; }
  GRIDLOCK_INLINE HeldSets::View held(u32 set) const noexcept {
    if (GRIDLOCK_UNLIKELY(HeldChains::is_chain(set))) set = chains_.sorted(set, held_sets_);
    return held_sets_.view(set);
  }
  /// Held sets of very many locks.
  GRIDLOCK_INLINE HeldChains& chains() noexcept { return chains_; }
  /// A path leads from it back to itself. Nearly constant time.
  GRIDLOCK_INLINE bool is_on_cycle(NodeId node) noexcept { return !components_.is_alone(node); }
  /// How many permits of the node are in the held set.
  u32 permits_held(u32 held_set, NodeId node) const noexcept;
  /// Does a path lead from each of the two to the other? Nearly constant time.
  GRIDLOCK_INLINE bool same_component(NodeId a, NodeId b) noexcept {
    return components_.same_component(a, b);
  }
  /// How often components have become one.
  GRIDLOCK_INLINE u32 merges() const noexcept { return components_.merges(); }
  /// Beside the one it is about, as many locks as anybody was ever seen to hold while asking, within limits: an edge
  /// on no cycle keeps what so many gates could tell apart. Grows.
  GRIDLOCK_INLINE u32 gates() const noexcept { return gates_; }

  /// Every edge from or to one of the nodes goes, and the writers that may wait there.
  void remove(const IdSet& nodes, const NodeId* list, u32 count) noexcept;
  /// Calls each(thread, segment, held_set) for all that is kept.
  template <typename Each>
  GRIDLOCK_INLINE void each_context(Each each) const noexcept {
    for (EdgeId edge = 1; edge <= edges_.count(); ++edge) {
      if (edges_.is_removed(edge)) continue;
      for (ContextId id = edges_.first_context(edge); id != 0; id = edges_.next_context(id)) {
        const RequestContext context = edges_.context(id);
        each(context.thread, context.segment, context.held_set);
      }
    }
    nodes_.each_writer(
        [&](const WaitingWriter& writer) { each(writer.thread, writer.segment, writer.held_set); });
  }
  /// Mark each set and chain that is in use; the others go, and each(node) is called for all that is in one.
  GRIDLOCK_INLINE void mark_held_set(u32 set) noexcept {
    if (HeldChains::is_chain(set)) return chains_.mark(HeldChains::chain_of(set), held_sets_);
    held_sets_.mark(set);
  }
  template <typename Each>
  GRIDLOCK_INLINE void forget_held_sets(Each each) noexcept {
    held_sets_.forget_unmarked(each);
    chains_.forget_unmarked(each);
  }

  u32 contexts_dropped() const noexcept;
  /// Memory for edges, contexts and held sets, and for nodes.
  u64 edge_bytes() const noexcept;
  u64 node_bytes() const noexcept;

 private:
  /// What an edge has for one more context, all of its contexts looked at once.
  struct Room {
    HeldSets::Signs signs = 0;  // of what the context holds
    u32 kept = 0;
    u32 alike = 0;                // of other threads or segments, and no more was held
    u32 threads = 0;              // different ones, up to kThreads
    u32 largest = 0;              // most that is held of those that can be replaced
    bool own = false;             // one of the same thread is there
    ContextId older = 0;          // of the same thread, with the same held
    ContextId largest_own = 0;    // of the same thread, with most held
    ContextId largest_other = 0;  // of a thread that has several, with most held
  };
  static constexpr u32 kThreads = 8;
  // What others can be seen to hold, for an edge on no cycle when there are many contexts.
  static constexpr u32 kFewGates = 3;
  static constexpr u32 kManyGates = 7;
  void look_for_room(EdgeId edge, const RequestContext& context, Room* room) noexcept;
  u32 most_contexts(EdgeId edge, u32 alike) noexcept;
  Settled drop(const Room& room, u32 others, const RequestContext& context) noexcept;
  u32 count_held(u32 set) const noexcept;
  HeldSets::Signs signs_of_set(u32 set) const noexcept;
  GRIDLOCK_INLINE HeldSets::Signs signs_of(ContextId context) const noexcept {
    return LockOrderEdges::is_first(context) ? signs_of_set(edges_.which(context).held_set)
                                             : edges_.signs(context);
  }
  GRIDLOCK_INLINE bool replace(ContextId old, const RequestContext& context,
                               const Room& room) noexcept {
    return edges_.replace(old, context, room.signs);
  }
  bool subset(u32 small_set, u32 large_set) const noexcept;
  static bool asks_alike(const RequestContext& known, const RequestContext& context) noexcept;
  bool holds_permits(u32 set) const noexcept;
  void add_ways(EdgeId edge, const RequestContext& context, bool own, HeldWays* ways) noexcept;
  bool says_no_more(EdgeId edge, const RequestContext& context, Settled* settled) noexcept;
  void note_depth(u32 held_set) noexcept;
  GRIDLOCK_INLINE bool is_of(ContextId known, const RequestContext& context) const noexcept {
    const LockOrderEdges::Which which = edges_.which(known);
    return which.thread == context.thread && which.segment == context.segment;
  }
  bool no_more_held(const RequestContext& known, const RequestContext& context) noexcept;
  bool same_permits(u32 set_a, u32 set_b) noexcept;

  u32 contexts_per_edge_ = 0;
  u64 many_ = 0;
  u64 plenty_ = 0;
  u32 contexts_dropped_ = 0;
  u32 gates_ = kFewGates;
  IsOver is_over_ = nullptr;
  void* is_over_argument_ = nullptr;
  OrderNodes nodes_;
  LockOrderEdges edges_;
  mutable HeldSets held_sets_;
  mutable HeldChains chains_;  // sorted when somebody looks
  TopologicalOrder components_;
};

}  // namespace gridlock::internal
