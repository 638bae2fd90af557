// SPDX-License-Identifier: Apache-2.0
//
// "While holding `from`, a thread asked for `to`": the edges that were seen, each with the contexts
// it was seen in, and the search for cycles that can really hang. The idea of the graph is as old
// as Havelund's "Using runtime analysis to guide model checking of Java programs" (2000); which
// cycles count is said in feasibility.cc.
//
// What was seen is in OrderStore, what very many held locks add to it in TallRequests, and the search in
// CycleSearch, which asks Feasibility. This class is how the others use them.
#pragma once

#include "harness/analysis/cycle_search.h"
#include "harness/analysis/held_sets.h"
#include "harness/analysis/infeasible_cycles.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/order_store.h"
#include "harness/analysis/search_budget.h"
#include "harness/analysis/segments.h"
#include "harness/analysis/tall_requests.h"
#include "harness/platform/base.h"

namespace gridlock::internal {

class LockOrderGraph {
 public:
  using Limits = LockOrderLimits;
  static constexpr u32 kHeldSetsPerEdge = OrderStore::kHeldSetsPerEdge;

  /// Can a request have nothing to do with any that is still to come? Then it makes room for another
  /// one, once its edge has contexts_per_edge.
  using IsOver = OrderStore::IsOver;
  void forget_what(IsOver is_over, void* argument) noexcept;

  using Added = internal::Added;

  /// `segments` must outlive the graph. False when there is no address space.
  bool init(const Limits& limits, Segments* segments) noexcept;
  void release() noexcept;

  /// A list of what is held, sorted by node, each node once (exclusively if it is held both ways),
  /// as a small number; the same list gives the same number. 0 when full.
  u32 intern_held_set(const HeldNode* sorted, u32 length) noexcept;
  HeldSets::View held_set(u32 set) const noexcept;

  /// What a node is, before the first edge to or from it; a kLock without this. A shared request
  /// waits behind a waiting writer where `prefers_writers`. False when there is no room.
  bool describe(NodeId node, NodeKind kind, bool prefers_writers) noexcept;
  /// The same of a kPermits, which has so many. False when there is no room.
  bool describe_permits(NodeId node, u32 permits) noexcept;
  /// An inactive node takes part in no cycle and is no gate: a semaphore that somebody else
  /// releases, an object that several threads signal. What was reported stays; after a change call
  /// reconsider(). False when there is no room.
  bool set_active(NodeId node, bool active) noexcept;
  /// `giver` is another thread that gives the signal of `node`, a kAnySignal from now on. No edge leads
  /// to it; those from it are what that thread asked for before its first signal. A cycle through
  /// `node` then counts only if each giver is kept from its first signal by what the cycle's threads
  /// hold; after a change call reconsider(node). False when there is no room.
  bool add_giver(NodeId node, NodeId giver) noexcept;
  /// An exclusive request (an upgrade too) for a node that prefers writers, which readers may find
  /// waiting; thread, segment and held_set count. kKnown for other nodes, and when the same is
  /// there; after kNew call reconsider(). kFull: forgotten, see writers_dropped().
  Added note_writer(NodeId node, const RequestContext& context) noexcept;
  /// Contexts that found no room, or made room: cycles that they close later are missed.
  u32 contexts_dropped() const noexcept;
  u32 writers_dropped() const noexcept;

  /// Adds a context to an edge (the edge too, if it is new), then reports every feasible cycle of
  /// the shortest length that it closes and that was not reported before. A context is kKnown when
  /// one of the same thread and segment with the same or a smaller held set is there: it can take
  /// part in every cycle that this one can. An edge keeps contexts_per_edge of them that were made with
  /// the same locks held, and kHeldSetsPerEdge times as many in all; a further one takes the place of
  /// one that is over (forget_what), or of an older one of the same thread, which fewer of the requests
  /// that are still to come can overlap. Else it is tried against the graph and then forgotten; both of
  /// these are counted in contexts_dropped(). One that was made before its lock was published takes no
  /// room. Amortised constant time unless the edge lies on a cycle. When it closes a cycle and no choice of contexts is feasible, the shortest
  /// goes to infeasible_cycles(), once for each set of locks; it leaves that list when it becomes real.
  /// `settled`, if given: what is known now of further contexts; `dominating`: held by the one of the
  /// same thread that this one is no more than.
  Added add(NodeId from, NodeId to, const RequestContext& context, OnCycle on_cycle, void* argument,
            Settled* settled = nullptr, u32* dominating = nullptr) noexcept;
  /// OrderStore::prefetch() of an edge that is added soon, and of what a request holds.
  GRIDLOCK_INLINE void prefetch(NodeId from, NodeId to) const noexcept {
    store_.prefetch(from, to);
  }
  GRIDLOCK_INLINE void prefetch_held_set(const HeldNode* held, u32 count, u32 step) const noexcept {
    store_.prefetch_held_set(held, count, step);
  }

  /// As add(from, to) for each of the `count` locks, in the order in which they were acquired; what is held
  /// beside them, too, is in the context. Costs a few steps for each and not an edge for each, see
  /// tall_requests.cc. False when there is no room: nothing was added.
  static constexpr u32 kTall = 64;  // fewer are not worth it
  bool add_tall(const TallHeld* held, u32 count, NodeId to, const RequestContext& context,
                OnCycle on_cycle, void* argument) noexcept;

  /// The same of a chain of all that is held (HeldChains), of locks only. A lock that was made at `made`, and
  /// only those, nobody else can know yet; 0: none. False when there is no room.
  bool add_tall(ChainId chain, u32 made, NodeId to, const RequestContext& context, OnCycle on_cycle,
                void* argument) noexcept;
  /// The chain with one more lock on top, and the edge or link to it from the one below. `key`: of all that
  /// is held up to that one. 0 when there is no room.
  ChainId find_chain(u64 key) noexcept;
  ChainId add_chain(u64 key, ChainId below, HeldNode held, u32 site, u32 made) noexcept;
  const HeldChains::Link& chain(ChainId chain) noexcept;

  /// Something about an object has changed: Segments::distrust(object), set_active(object), a
  /// writer of it was noted. Searches again wherever a cycle was rejected because of it (which also
  /// finds those that found no room in infeasible_cycles()) and reports what has become real; what is
  /// still infeasible is listed with the reason that it has now. Bounded by reconsider_steps for all the
  /// searches together; what they do not reach is counted in undecided() and left for the next call
  /// with this object.
  void reconsider(u32 object, OnCycle on_cycle, void* argument) noexcept;
  /// Asked for each cycle; must outlive the graph. Without it a step is kept out by what the other one holds alone.
  GRIDLOCK_INLINE void set_outer_gates(HoldsAcrossSignals* gates) noexcept {
    search_.set_outer_gates(gates);
  }
  InfeasibleCycles& infeasible_cycles() noexcept;

  /// The objects behind these nodes are gone: so are their edges, which can close no cycle any more, and cycles
  /// through them that were judged infeasible. What was reported stays known. Other edges keep them in their held
  /// sets: a node may stand for another object only after forget_node(), which only one that
  /// forget_held_sets() does not tell of may be given to.
  void remove(const IdSet& nodes, const NodeId* list, u32 count) noexcept;
  /// Calls each(thread, segment, held_set) for all that is kept.
  template <typename Each>
  GRIDLOCK_INLINE void each_context(Each each) noexcept {
    store_.each_context(each);
    tall_.each([&](const RequestContext& context, ChainId chain) {
      each(context.thread, context.segment, context.held_set);
      each(context.thread, context.segment, HeldChains::as_set(chain));
    });
    InfeasibleCycles& safe = search_.infeasible_cycles();
    for (u32 i = 0; i < safe.size(); ++i) {
      for (u32 step = 0; step < safe[i].length && step < kInfeasibleSteps; ++step) {
        const RequestContext& context = safe[i].steps[step].context;
        each(context.thread, context.segment, context.held_set);
      }
    }
  }
  /// Mark each set that is in use; then the others are forgotten, and each(node) is called for all that is in one.
  GRIDLOCK_INLINE void mark_held_set(u32 set) noexcept { store_.mark_held_set(set); }
  template <typename Each>
  GRIDLOCK_INLINE void forget_held_sets(Each each) noexcept {
    store_.forget_held_sets(each);
  }
  void forget_node(NodeId node) noexcept;

  u32 edges() const noexcept;  ///< numbers of them; some may have been taken out
  u32 kept_edges() const noexcept;
  /// Ways in which they were seen, that are kept.
  u64 contexts() const noexcept;
  /// Grows when edges have to keep more than they had to: some have come to lie on a common cycle, or more is held.
  u32 demands() const noexcept;
  /// Do edges lead from each of the two to the other, whoever made them? Nearly constant time.
  bool on_common_cycle(NodeId a, NodeId b) noexcept;
  /// Edge `number` (1 .. edges(), oldest first) in the first context that it was seen in.
  CycleStep edge(u32 number) const noexcept;
  /// Searches that ran out of steps: cycles may have been missed.
  u32 undecided() const noexcept;
  /// Memory in use for edges (with contexts, held sets and the index) and for nodes.
  u64 edge_bytes() const noexcept;
  u64 node_bytes() const noexcept;

 private:
  OrderStore store_;
  SearchBudget budget_;
  TallRequests tall_;
  CycleSearch search_;
};

}  // namespace gridlock::internal
