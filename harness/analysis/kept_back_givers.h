// SPDX-License-Identifier: Apache-2.0
//
// An "or": where several threads could give a signal, a wait for it hangs only if all of them are kept
// back by what the threads of the cycle hold.
#pragma once

#include "harness/analysis/chosen_steps.h"
#include "harness/analysis/compatibility.h"
#include "harness/analysis/order_store.h"
#include "harness/analysis/permit_holders.h"
#include "harness/analysis/rejection.h"
#include "harness/analysis/search_budget.h"
#include "harness/platform/base.h"

namespace gridlock::internal {

class KeptBackGivers {
 public:
  /// All of them must outlive it.
  void init(OrderStore* store, ChosenSteps* steps, Compatibility* compatibility,
            PermitHolders* holders, SearchBudget* budget, Rejection* rejection) noexcept;
  /// For each step that waits for a kAnySignal. Blames kInactive.
  bool fit(u32 length) noexcept;

 private:
  bool is_kept_back(NodeId giver, u32 length) noexcept;
  bool is_kept_back_at(NodeId node, const RequestContext& context, u32 length) noexcept;

  OrderStore* store_ = nullptr;
  ChosenSteps* steps_ = nullptr;
  Compatibility* compatibility_ = nullptr;
  PermitHolders* holders_ = nullptr;
  SearchBudget* budget_ = nullptr;
  Rejection* rejection_ = nullptr;
};

}  // namespace gridlock::internal
