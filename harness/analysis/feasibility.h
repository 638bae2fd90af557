// SPDX-License-Identifier: Apache-2.0
//
// Can the steps of a cycle all be pending at once? The .cc says what that takes.
#pragma once

#include "harness/analysis/chosen_steps.h"
#include "harness/analysis/compatibility.h"
#include "harness/analysis/kept_back_givers.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/order_store.h"
#include "harness/analysis/permit_holders.h"
#include "harness/analysis/rejection.h"
#include "harness/analysis/search_budget.h"
#include "harness/analysis/segments.h"
#include "harness/analysis/waiting_writers.h"
#include "harness/platform/base.h"

namespace gridlock::internal {

/// Each question says yes, or leaves the reason of the no in rejection().
class Feasibility {
 public:
  /// All of them must outlive it. False when there is no address space.
  bool init(u32 nodes, OrderStore* store, Segments* segments, ChosenSteps* steps,
            SearchBudget* budget) noexcept;
  void release() noexcept;
  /// What other threads hold all the while; must outlive it. Without it nothing is.
  GRIDLOCK_INLINE void set_outer_gates(HoldsAcrossSignals* gates) noexcept {
    compatibility_.set_outer_gates(gates);
  }
  /// A new search, of which nothing is judged yet.
  void start() noexcept;

  /// Can the request be a step of a cycle at all?
  bool fits_alone(NodeId from, NodeId to, const RequestContext& context) noexcept;
  /// Can it be the next step behind the first `depth` of them, which are chosen?
  bool fits(u32 depth, NodeId to, const RequestContext& context) noexcept;
  /// Do the steps, which fit one behind the other, also fit from the last to the first?
  bool closes(u32 length) noexcept;

  GRIDLOCK_INLINE Rejection& rejection() noexcept { return rejection_; }
  /// Requests beside the steps that a cycle which closes() needs, too.
  GRIDLOCK_INLINE const PermitHolders& holders() const noexcept { return holders_; }

 private:
  bool meets_no_gate(u32 held_set) noexcept;
  bool meets_no_outer_gate(u32 length) noexcept;

  OrderStore* store_ = nullptr;
  ChosenSteps* steps_ = nullptr;
  SearchBudget* budget_ = nullptr;
  Rejection rejection_;
  Compatibility compatibility_;
  PermitHolders holders_;
  WaitingWriters writers_;
  KeptBackGivers givers_;
};

}  // namespace gridlock::internal
