// SPDX-License-Identifier: Apache-2.0
//
// Which sets of locks were reported as a cycle, and which were judged infeasible: each once.
#pragma once

#include "harness/analysis/infeasible_cycles.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/order_store.h"
#include "harness/analysis/rejection.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class KnownCycles {
 public:
  /// `store` must outlive it. False when there is no address space.
  bool init(OrderStore* store) noexcept;
  void release() noexcept;

  /// True once for each set of locks: it is to be reported, and is not infeasible any more.
  bool add(const CycleStep* steps, u32 length) noexcept;
  /// Lists it with its reason, unless it is known to be possible.
  void add_safe(const CycleStep* steps, u32 length, const Rejection::Why& why) noexcept;
  /// Cycles through one of these, or judged by one, are not listed any more.
  void forget(const IdSet& nodes) noexcept;
  GRIDLOCK_INLINE InfeasibleCycles& infeasible() noexcept { return infeasible_; }

 private:
  u64 key_of(const CycleStep* steps, u32 length) noexcept;

  OrderStore* store_ = nullptr;
  InfeasibleCycles infeasible_;
  KeyMap reported_;
};

}  // namespace gridlock::internal
