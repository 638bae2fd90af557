// SPDX-License-Identifier: Apache-2.0
//
// A reader waits for a reader only behind a waiting writer. Can a writer be waiting at each place of the
// cycle where that is so?
#pragma once

#include "harness/analysis/chosen_steps.h"
#include "harness/analysis/compatibility.h"
#include "harness/analysis/order_store.h"
#include "harness/analysis/permit_holders.h"
#include "harness/analysis/rejection.h"
#include "harness/analysis/search_budget.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class WaitingWriters {
 public:
  /// All of them must outlive it. False when there is no address space.
  bool init(u32 nodes, OrderStore* store, ChosenSteps* steps, Compatibility* compatibility,
            PermitHolders* holders, SearchBudget* budget, Rejection* rejection) noexcept;
  void release() noexcept;
  /// A writer for each such place: threads of their own, which could all be waiting at that moment.
  /// Blames kNoWriter.
  bool fit(u32 length) noexcept;

 private:
  struct Place {
    NodeId node;
    WriterId writer;  // that is chosen
  };
  bool fits(WriterId writer, u32 length, u32 chosen) noexcept;
  u32 list_places(u32 length) noexcept;

  OrderStore* store_ = nullptr;
  ChosenSteps* steps_ = nullptr;
  Compatibility* compatibility_ = nullptr;
  PermitHolders* holders_ = nullptr;
  SearchBudget* budget_ = nullptr;
  Rejection* rejection_ = nullptr;
  Table<Place> places_;
};

}  // namespace gridlock::internal
