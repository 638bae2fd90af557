// SPDX-License-Identifier: Apache-2.0
//
// What one request needs to be part of a cycle, and what two of them need to be pending together.
#pragma once

#include "harness/analysis/holds_across_signals.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/order_store.h"
#include "harness/analysis/rejection.h"
#include "harness/analysis/search_budget.h"
#include "harness/analysis/segments.h"
#include "harness/platform/base.h"

namespace gridlock::internal {

/// Each question says yes, or blames the reason of the no.
class Compatibility {
 public:
  /// All of them must outlive it.
  void init(OrderStore* store, Segments* segments, SearchBudget* budget,
            Rejection* rejection) noexcept;

  /// Can the request from `from` to `to` be a step of a cycle at all?
  bool fits_alone(NodeId from, NodeId to, const RequestContext& context) noexcept;
  /// Can both requests be pending at once?
  bool compatible(const RequestContext& a, const RequestContext& b) noexcept;
  /// Or does something that is held in `a` keep `b` out, because another thread holds it all the while?
  bool meets_no_outer_gate(const RequestContext& a, const RequestContext& b) noexcept;
  GRIDLOCK_INLINE void set_outer_gates(HoldsAcrossSignals* gates) noexcept { outer_gates_ = gates; }
  /// Does `wants`, which asks for `node`, wait for `holds`, which holds it or has still to signal it?
  bool meet(NodeId node, const RequestContext& wants, const RequestContext& holds) noexcept;
  /// Can the segments overlap in time: two of them, or all of a long path, whose pairs are too many to
  /// ask for each?
  bool overlap(SegmentId a, SegmentId b) noexcept;
  bool all_overlap(const SegmentId* segments, u32 length) noexcept;
  /// Is `node` held in the set in a way that a request in this mode waits for?
  bool holds(u32 held_set, NodeId node, Mode wanted) const noexcept;

 private:
  bool disjoint(u32 set_a, u32 set_b) noexcept;

  OrderStore* store_ = nullptr;
  Segments* segments_ = nullptr;
  SearchBudget* budget_ = nullptr;
  Rejection* rejection_ = nullptr;
  HoldsAcrossSignals* outer_gates_ = nullptr;
};

}  // namespace gridlock::internal
