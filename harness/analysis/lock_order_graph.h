// SPDX-License-Identifier: Apache-2.0
//
// "While holding `from`, a thread asked for `to`": the edges that were seen, each with the contexts
// it was seen in, and the search for cycles that can really hang. The idea of the graph is as old
// as Havelund's "Using runtime analysis to guide model checking of Java programs" (2000); which
// cycles count is section "feasible" in the .cc.
#pragma once

#include "harness/analysis/held_sets.h"
#include "harness/analysis/lock_order_edges.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/safe_cycles.h"
#include "harness/analysis/segments.h"
#include "harness/analysis/topological_order.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

/// How much room there is, and how long a search may take.
struct LockOrderLimits {
  u32 nodes = 1u << 20;
  u32 edges = 1u << 22;
  u32 contexts_per_edge = 8;
  u32 writers = 1u << 16;
  u32 writers_per_node = 8;
  u32 search_steps =
      50'000;  ///< per added context; a search that needs more is counted in undecided()
  u32 reconsider_steps = 500'000;  ///< per reconsider()
};

class LockOrderGraph {
 public:
  using Limits = LockOrderLimits;
  static constexpr u32 kHeldSetsPerEdge = 8;

  /// Can a request have nothing to do with any that is still to come? Then it makes room for another
  /// one, once its edge has contexts_per_edge.
  using IsOver = bool (*)(const RequestContext& context, void* argument);
  void forget_what(IsOver is_over, void* argument) noexcept;

  enum class Added : u8 { kNew, kKnown, kFull };

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
  /// goes to safe_cycles(), once for each set of locks; it leaves that list when it becomes real.
  Added add(NodeId from, NodeId to, const RequestContext& context, OnCycle on_cycle,
            void* argument) noexcept;

  /// As add(from, to) for each of the `count` locks, in the order in which they were acquired; what is held
  /// beside them, too, is in the context. Costs a few steps for each and not an edge for each, see
  /// tall_requests.cc. False when there is no room: nothing was added.
  static constexpr u32 kTall = 64;  // fewer are not worth it
  bool add_tall(const TallHeld* held, u32 count, NodeId to, const RequestContext& context,
                OnCycle on_cycle, void* argument) noexcept;

  /// Something about an object has changed: Segments::distrust(object), set_active(object), a
  /// writer of it was noted. Searches again wherever a cycle was rejected because of it (which also
  /// finds those that found no room in safe_cycles()) and reports what has become real; what is
  /// still safe is listed with the reason that it has now. Bounded by reconsider_steps for all the
  /// searches together; what they do not reach is counted in undecided() and left for the next call
  /// with this object.
  void reconsider(u32 object, OnCycle on_cycle, void* argument) noexcept;
  SafeCycles& safe_cycles() noexcept;

  u32 edges() const noexcept;
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
  struct Mark {    // a node in the search; written only where searches come
    u32 distance;  // steps to the search's target; valid when reached == search_
    u32 reached;
    u32 on_path;  // == search_ while the search stands on it
    u32 writers;  // chosen steps that hold it exclusively
    u32 readers;  // and shared
  };
  struct Choice {  // one step of the path that the search stands on
    EdgeId edge;
    ContextId context;
  };

  struct Keeper {  // of permits
    u32 thread;
    u32 permits;
  };

  struct Closer {  // an edge from which a search rejected a cycle
    EdgeId edge;
    u64 causes;  // filter (cause_bit) of the objects on which any of the rejections rests
  };

  bool dominated(EdgeId edge, const RequestContext& context) noexcept;
  bool dominates(const RequestContext& known, const RequestContext& context) noexcept;
  void store(EdgeId edge, const RequestContext& context) noexcept;
  bool blame(SafeReason reason, u32 object, u64 causes) noexcept;
  bool keeps_out(NodeId node) noexcept;
  void choose(u32 depth, const CycleStep& step) noexcept;
  void unchoose(u32 depth) noexcept;
  bool no_gate(u32 held_set) noexcept;
  bool disjoint(u32 set_a, u32 set_b) noexcept;
  bool overlap(SegmentId a, SegmentId b) noexcept;
  bool all_overlap(u32 length) noexcept;
  bool compatible(const RequestContext& a, const RequestContext& b) noexcept;
  bool meet(NodeId node, const RequestContext& wants, const RequestContext& holds) noexcept;
  bool alone_fits(NodeId from, NodeId to, const RequestContext& context) noexcept;
  bool fits(u32 depth, NodeId to, const RequestContext& context) noexcept;
  bool writer_fits(u32 writer, u32 length, u32 chosen) noexcept;
  bool writers_fit(u32 length) noexcept;
  bool kept_back(NodeId giver, u32 length) noexcept;
  bool kept_back_at(NodeId node, const RequestContext& context, u32 length) noexcept;
  bool givers_fit(u32 length) noexcept;
  bool is_permits(NodeId node) noexcept;
  u32 permits_held(u32 held_set, NodeId node) noexcept;
  u32 permits_taken(u32 length, NodeId node) noexcept;
  bool same_permits(u32 set_a, u32 set_b) noexcept;
  bool permits_for(u32 held_set, u32 length) noexcept;
  bool is_kept_waiting(const CycleStep& keeper, u32 length) noexcept;
  bool keeper_fits(const CycleStep& keeper, u32 length) noexcept;
  u32 most_permits_kept(NodeId node, u32 length) noexcept;
  bool next_keeper(NodeId node, u32 length, Choice* choice) noexcept;
  bool all_permits_kept(NodeId node, u32 length) noexcept;
  bool keepers_fit(u32 length) noexcept;
  bool closes(u32 length) noexcept;
  void search(EdgeId edge, const RequestContext& context, OnCycle on_cycle,
              void* argument) noexcept;
  void find_self_cycles(EdgeId edge, OnCycle on_cycle, void* argument) noexcept;
  void find_cycles(EdgeId edge, OnCycle on_cycle, void* argument) noexcept;
  bool measure_distances(NodeId target, NodeId start) noexcept;
  u32 enumerate(u32 length, OnCycle on_cycle, void* argument) noexcept;
  u64 key_of_steps(u32 length) noexcept;
  void remember_closer(EdgeId edge) noexcept;
  void choose_to_explain(u32 depth, EdgeId edge) noexcept;
  void explain(u32 length) noexcept;
  void list_safe(u32 length) noexcept;
  bool report(u32 length, OnCycle on_cycle, void* argument) noexcept;

  bool list_tall(const TallHeld* held, u32 count) noexcept;
  bool link(NodeId lower, NodeId upper) noexcept;
  u32 expand_into(NodeId to) noexcept;

  struct TallRequest {
    RequestContext context;
    u32 first;  // of tall_held_
    u32 count;
    u32 before;  // for the same lock
    u32 merges;  // of components, when it was last expanded
  };
  struct Traits {
    u8 kind;
    bool prefers_writers;
    bool inactive;
    u8 writer_count;
    u32 permits;
    u32 first_writer;
  };
  struct Writer {
    u32 thread;
    SegmentId segment;
    u32 held_set;
    u32 next;
  };
  GRIDLOCK_INLINE NodeKind kind_of(NodeId node) noexcept {
    return static_cast<NodeKind>(traits_[node].kind);
  }
  bool ensure(NodeId node) noexcept;

  Limits limits_;
  Segments* segments_ = nullptr;
  IsOver is_over_ = nullptr;
  void* is_over_argument_ = nullptr;
  TopologicalOrder order_;
  LockOrderEdges edges_;
  HeldSets held_sets_;
  Table<Mark> marks_;
  Table<Traits> traits_;
  Table<Writer> writers_;
  Table<Closer> closers_;
  Table<TallHeld> tall_held_;  // lists, one behind the other
  Table<TallRequest> tall_;
  KeyMap tall_of_;      // by the lock that is asked for: the newest
  u32 tall_first_ = 0;  // of the newest list
  u32 tall_count_ = 0;
  KeyMap closer_index_;  // by edge
  KeyMap next_giver_;    // by node: the others that give its signal, as a list
  SafeCycles safe_;
  KeyMap reported_;
  Table<NodeId> queue_;
  Table<Choice> path_;
  Table<CycleStep> steps_;
  Table<u32> threads_;        // of the chosen steps, close together
  Table<SegmentId> moments_;  // their segments
  Table<CycleStep> keepers_;  // of the permits that the cycle asks for, beside its own steps
  Table<Choice> keeper_choices_;
  Table<Keeper> keepers_seen_;
  Table<u32> junctions_;  // steps that wait for a reader behind a writer, and the writer chosen
  u32 search_ = 0;
  u32 undecided_ = 0;
  u32 budget_ = 0;        // steps left
  u32 granted_ = 0;       // of them, beyond the limit, for a cycle that is long
  bool measured_ = true;  // the search saw all that leads to its target
  u32 contexts_dropped_ = 0;
  u32 writers_dropped_ = 0;
  // Of the search that runs:
  u64 causes_ = 0;
  SafeReason reason_ = SafeReason::kNone;
  u32 object_ = 0;
};

}  // namespace gridlock::internal
