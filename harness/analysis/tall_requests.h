// SPDX-License-Identifier: Apache-2.0
//
// Requests that were made with very many locks held, whose edges are added when a search needs them. The
// .cc says why no cycle is missed.
#pragma once

#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/order_store.h"
#include "harness/analysis/search_budget.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class TallRequests {
 public:
  /// Both must outlive it; what it has no room for is noted in `budget`. False when there is no address
  /// space.
  bool init(u32 edges, OrderStore* store, SearchBudget* budget) noexcept;
  void release() noexcept;

  /// Lists what the next request holds, and links each lock to the next. False when there is no room.
  bool list(const TallHeld* held, u32 count) noexcept;
  /// A request for `to` that holds the `count` locks that were listed last.
  void add(NodeId to, u32 count, const RequestContext& context) noexcept;
  /// Adds the edges into `to` that were left out and may lie on a cycle. Returns how many locks it
  /// looked at.
  u32 expand_into(NodeId to) noexcept;
  /// These nodes are gone: requests for them, and they themselves in the lists of others.
  void forget(const IdSet& nodes) noexcept;
  /// Calls each(thread, segment, held_set) for all that is kept.
  template <typename Each>
  GRIDLOCK_INLINE void each_context(Each each) const noexcept {
    for (u32 id = 1; id < requests_.size(); ++id) {
      const RequestContext& context = requests_[id].context;
      if (requests_[id].count != 0) each(context.thread, context.segment, context.held_set);
    }
  }
  u64 bytes() const noexcept;

 private:
  struct TallRequest {
    RequestContext context;
    u32 first;  // of held_
    u32 count;
    u32 before;  // for the same lock
    u32 merges;  // of components, when it was last expanded
  };

  OrderStore* store_ = nullptr;
  SearchBudget* budget_ = nullptr;
  Table<TallHeld> held_;  // lists, one behind the other
  Table<TallRequest> requests_;
  KeyMap newest_;  // by the lock that is asked for
  u32 first_ = 0;  // of the newest list
  u32 count_ = 0;  // of it; the last one listed may be a part
};

}  // namespace gridlock::internal
