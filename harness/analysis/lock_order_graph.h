// SPDX-License-Identifier: Apache-2.0
//
// "While holding `from`, a thread asked for `to`": the edges that were seen, each with the contexts
// it was seen in, and the search for cycles that can really hang. The idea of the graph is as old
// as Havelund's "Using runtime analysis to guide model checking of Java programs" (2000); which
// cycles count is section "feasible" in the .cc.
#pragma once

#include "harness/analysis/segments.h"
#include "harness/analysis/topological_order.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

/// Who made a request, when, and holding what.
struct RequestContext {
  u32 thread = 0;
  SegmentId segment = 0;
  u32 held_set = 0;     ///< from LockOrderGraph::intern_held_set
  u32 held_site = 0;    ///< opaque to the graph: where `from` was acquired
  u32 wanted_site = 0;  ///< opaque to the graph: where `to` was requested
};

/// One step of a cycle that was found.
struct CycleStep {
  NodeId from;
  NodeId to;
  RequestContext context;
};

/// Called for each cycle that was found, once for each set of locks, from inside add(); must not
/// call the graph.
using OnCycle = void (*)(const CycleStep* steps, u32 length, void* argument);

/// How much room there is, and how long a search may take.
struct LockOrderLimits {
  u32 nodes = 1u << 20;
  u32 edges = 1u << 22;
  u32 contexts_per_edge = 8;
  u32 search_steps =
      50'000;  ///< per added context; a search that needs more is counted in undecided()
};

class LockOrderGraph {
 public:
  using Limits = LockOrderLimits;

  enum class Added : u8 { kNew, kKnown, kFull };

  /// `segments` must outlive the graph. False when there is no address space.
  bool init(const Limits& limits, Segments* segments) noexcept;
  void release() noexcept;

  /// A sorted, duplicate-free list of nodes as a small number; the same list gives the same number.
  /// 0 when full.
  u32 intern_held_set(const NodeId* sorted, u32 length) noexcept;

  /// Adds a context to an edge (the edge too, if it is new), then reports every feasible cycle of
  /// the shortest length that it closes and that was not reported before. A context is kKnown when
  /// one of the same thread and segment with the same or a smaller held set is there: it can take
  /// part in every cycle that this one can. When an edge has contexts_per_edge of them, a further
  /// one is tried against the graph and then forgotten. Amortised constant time unless the edge
  /// lies on a cycle.
  Added add(NodeId from, NodeId to, const RequestContext& context, OnCycle on_cycle,
            void* argument) noexcept;

  u32 edges() const noexcept;
  /// Searches that ran out of steps: cycles may have been missed.
  u32 undecided() const noexcept;

 private:
  struct Edge {
    NodeId from;
    NodeId to;
    u32 next_out;
    u32 next_in;
    u32 first_context;
    u32 context_count;
  };
  struct Context {
    RequestContext request;
    u32 next;
  };
  struct Node {
    u32 first_out;
    u32 first_in;
    u32 distance;  // steps to the search's target; valid when reached == search_
    u32 reached;
    u32 on_path;  // == search_ while the search stands on it
  };
  struct Choice {  // one step of the path that the search stands on
    u32 edge;
    u32 context;
  };

  u32 find_or_add_edge(NodeId from, NodeId to) noexcept;
  bool dominated(const Edge& edge, const RequestContext& context) noexcept;
  bool store(Edge& edge, const RequestContext& context) noexcept;
  bool subset(u32 small_set, u32 large_set) noexcept;
  bool disjoint(u32 set_a, u32 set_b) noexcept;
  bool compatible(const RequestContext& a, const RequestContext& b) noexcept;
  bool fits(u32 depth, const RequestContext& context) noexcept;
  void find_cycles(u32 edge, const RequestContext& context, OnCycle on_cycle,
                   void* argument) noexcept;
  bool measure_distances(NodeId target, NodeId start, u32* steps) noexcept;
  u32 enumerate(u32 length, u32* steps, OnCycle on_cycle, void* argument) noexcept;
  bool report(u32 length, OnCycle on_cycle, void* argument) noexcept;

  Limits limits_;
  Segments* segments_ = nullptr;
  TopologicalOrder order_;
  Table<Node> nodes_;
  Table<Edge> edges_;
  Table<Context> contexts_;
  Table<u32> held_sets_;  // length, then the nodes
  KeyMap edge_index_;
  KeyMap held_set_index_;
  KeyMap reported_;
  Table<NodeId> queue_;
  Table<Choice> path_;
  Table<CycleStep> steps_;
  u32 search_ = 0;
  u32 undecided_ = 0;
};

}  // namespace gridlock::internal
