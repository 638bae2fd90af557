// SPDX-License-Identifier: Apache-2.0
//
// The search for cycles that can hang, from a context that has just come to an edge.
#pragma once

#include "harness/analysis/chosen_steps.h"
#include "harness/analysis/cycle_closers.h"
#include "harness/analysis/cycle_distances.h"
#include "harness/analysis/cycle_explainer.h"
#include "harness/analysis/feasibility.h"
#include "harness/analysis/known_cycles.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/order_store.h"
#include "harness/analysis/search_budget.h"
#include "harness/analysis/segments.h"
#include "harness/analysis/tall_requests.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

/// What is told of a cycle.
struct CycleListener {
  OnCycle on_cycle;
  void* argument;
};

class CycleSearch {
 public:
  /// `store`, `segments` and `tall` must outlive it. False when there is no address space.
  bool init(const LockOrderLimits& limits, OrderStore* store, Segments* segments,
            TallRequests* tall, SearchBudget* budget) noexcept;
  void release() noexcept;

  /// Reports every feasible cycle of the shortest length that the context closes at the edge and that
  /// was not reported before; if none is feasible, the shortest is listed as infeasible.
  void search(EdgeId edge, const RequestContext& context, const CycleListener& listener) noexcept;
  /// Searches again from each edge at which a cycle was rejected because of the object, with steps of
  /// its own. See LockOrderGraph::reconsider().
  void reconsider(u32 object, const CycleListener& listener) noexcept;
  GRIDLOCK_INLINE void set_outer_gates(HoldsAcrossSignals* gates) noexcept {
    feasibility_.set_outer_gates(gates);
  }
  GRIDLOCK_INLINE InfeasibleCycles& infeasible_cycles() noexcept { return known_.infeasible(); }
  /// Edges of these nodes were taken out of the store.
  void forget(const IdSet& nodes) noexcept;
  /// Memory beside that of the store: for edges, and for each node.
  u64 edge_bytes() const noexcept;
  static constexpr u32 kBytesPerNode = ChosenSteps::kBytesPerNode + CycleDistances::kBytesPerNode;

 private:
  struct Choice {  // one step of the path that the search stands on
    EdgeId edge;
    ContextId context;
  };

  bool make_room() noexcept;
  void search_from(EdgeId edge, const RequestContext& context,
                   const CycleListener& listener) noexcept;
  void find_self_cycles(EdgeId edge, const CycleListener& listener) noexcept;
  void find_pair(EdgeId edge, const CycleListener& listener) noexcept;
  void find_cycles(EdgeId edge, const CycleListener& listener) noexcept;
  u32 enumerate(u32 length, const CycleListener& listener) noexcept;
  bool next_context_fits(u32 depth, NodeId to, Choice* choice) noexcept;
  void list_infeasible(u32 length) noexcept;
  bool report(u32 length, const CycleListener& listener) noexcept;

  u32 search_steps_ = 0;
  u32 reconsider_steps_ = 0;
  OrderStore* store_ = nullptr;
  SearchBudget* budget_ = nullptr;
  ChosenSteps steps_;
  Feasibility feasibility_;
  CycleDistances distances_;
  CycleExplainer explainer_;
  KnownCycles known_;
  CycleClosers closers_;
  Table<Choice> path_;
};

}  // namespace gridlock::internal
