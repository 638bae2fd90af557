// SPDX-License-Identifier: Apache-2.0
//
// Shows why no choice of contexts makes a cycle possible: fills in its steps, and leaves the reason.
#pragma once

#include "harness/analysis/chosen_steps.h"
#include "harness/analysis/cycle_distances.h"
#include "harness/analysis/feasibility.h"
#include "harness/analysis/order_store.h"
#include "harness/analysis/search_budget.h"
#include "harness/platform/base.h"

namespace gridlock::internal {

class CycleExplainer {
 public:
  /// All of them must outlive it.
  void init(OrderStore* store, ChosenSteps* steps, CycleDistances* distances,
            Feasibility* feasibility, SearchBudget* budget) noexcept;
  /// Step 0 is there, and its distances are measured. The shortest cycle through it has `length` steps:
  /// fills in the others. No reason is left if they can hang after all. False: out of steps.
  bool explain(u32 length) noexcept;

 private:
  EdgeId edge_at(NodeId node, u32 distance) noexcept;
  void choose(u32 depth, EdgeId edge) noexcept;

  OrderStore* store_ = nullptr;
  ChosenSteps* steps_ = nullptr;
  CycleDistances* distances_ = nullptr;
  Feasibility* feasibility_ = nullptr;
  SearchBudget* budget_ = nullptr;
};

}  // namespace gridlock::internal
