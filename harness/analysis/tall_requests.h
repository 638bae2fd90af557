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

  /// The chain of what a request holds, with a link in the graph from each lock to the next. 0 when there is
  /// no room.
  ChainId list(const TallHeld* held, u32 count) noexcept;
  /// One lock more on top of a chain.
  ChainId add_link(u64 key, ChainId below, HeldNode held, u32 site, u32 made) noexcept;
  /// A request for `to` with that held, but for the locks that were made at `made`.
  void add(NodeId to, ChainId chain, u32 made, const RequestContext& context) noexcept;
  /// Adds the edges into `to` that were left out and may lie on a cycle. Returns how many locks it
  /// looked at.
  u32 expand_into(NodeId to) noexcept;
  /// These nodes are gone, and so are their edges: requests for them, and they themselves in what others hold
  /// (HeldChains::count_gone() has counted them).
  void forget(const IdSet& nodes) noexcept;
  /// Calls each(context, chain) for all that is kept.
  template <typename Each>
  GRIDLOCK_INLINE void each(Each each) const noexcept {
    for (u32 id = 1; id < requests_.size(); ++id) {
      if (requests_[id].chain != 0) each(requests_[id].context, requests_[id].chain);
    }
  }
  u64 bytes() const noexcept;

 private:
  struct TallRequest {
    RequestContext context;
    ChainId chain;  // 0: it is free
    u32 made;
    u32 before;  // for the same lock
    u32 merges;  // of components, when it was last expanded
  };

  bool is_known(u32 newest, ChainId chain, u32 made, const RequestContext& context) noexcept;
  u32 forget_some(u32 newest, bool all) noexcept;
  void link_what_is_left() noexcept;

  OrderStore* store_ = nullptr;
  SearchBudget* budget_ = nullptr;
  Table<TallRequest> requests_;
  KeyMap newest_;  // by the lock that is asked for
  u32 free_ = 0;   // along before
};

}  // namespace gridlock::internal
