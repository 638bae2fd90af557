// SPDX-License-Identifier: Apache-2.0
//
// Can all permits that a cycle asks for be kept by threads that wait themselves: by the steps of the
// cycle, and by others, the holders?
#pragma once

#include "harness/analysis/chosen_steps.h"
#include "harness/analysis/compatibility.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/order_store.h"
#include "harness/analysis/rejection.h"
#include "harness/analysis/search_budget.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class PermitHolders {
 public:
  /// All of them must outlive it. False when there is no address space.
  bool init(u32 nodes, OrderStore* store, ChosenSteps* steps, Compatibility* compatibility,
            SearchBudget* budget, Rejection* rejection) noexcept;
  void release() noexcept;

  /// None are chosen.
  GRIDLOCK_INLINE void clear() noexcept { holders_.resize(0); }
  /// Chooses holders for each step of the cycle that asks for a permit. Blames kPermitsLeft.
  bool fit(u32 length) noexcept;
  /// The requests that were chosen.
  GRIDLOCK_INLINE u32 size() const noexcept { return holders_.size(); }
  GRIDLOCK_INLINE const CycleStep& operator[](u32 i) const noexcept { return holders_[i]; }

  /// Permits of the node that the steps and the holders hold.
  u32 taken(u32 length, NodeId node) noexcept;
  /// Can these permits be held beside all that are taken? Blames kGate.
  bool has_room_for(u32 held_set, u32 length) noexcept;

 private:
  struct Choice {
    EdgeId edge;
    ContextId context;
  };
  struct Owner {  // of permits
    u32 thread;
    u32 permits;
  };

  bool is_kept_waiting(const CycleStep& holder, u32 length) noexcept;
  bool fits(const CycleStep& holder, u32 length) noexcept;
  u32 most_kept_by_others(NodeId node, u32 length) noexcept;
  bool choose_next(NodeId node, u32 length, Choice* choice) noexcept;
  bool all_kept(NodeId node, u32 length) noexcept;

  OrderStore* store_ = nullptr;
  ChosenSteps* steps_ = nullptr;
  Compatibility* compatibility_ = nullptr;
  SearchBudget* budget_ = nullptr;
  Rejection* rejection_ = nullptr;
  Table<CycleStep> holders_;
  Table<Choice> choices_;
  Table<Owner> owners_;
};

}  // namespace gridlock::internal
