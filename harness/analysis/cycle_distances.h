// SPDX-License-Identifier: Apache-2.0
//
// How far each node is from the node at which a cycle would close, and which nodes the search stands on.
#pragma once

#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/order_store.h"
#include "harness/analysis/search_budget.h"
#include "harness/analysis/tall_requests.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class CycleDistances {
 public:
  static constexpr u32 kLonger = 12;  ///< how far beyond the shortest path nodes are measured

  /// All of them must outlive it. False when there is no address space.
  bool init(u32 nodes, OrderStore* store, TallRequests* tall, SearchBudget* budget) noexcept;
  void release() noexcept;
  /// For nodes up to `nodes`; at most what init() was told. False when there is no memory.
  bool make_room(u32 nodes) noexcept;

  /// How many edges lead from each node to `target`, as far from it as a path from `start` may be long.
  /// False: no path from there, or out of steps before it was found.
  bool measure(NodeId target, NodeId start) noexcept;
  /// The last measure() saw all that leads to its target.
  GRIDLOCK_INLINE bool is_complete() const noexcept { return complete_; }
  /// The node was reached.
  GRIDLOCK_INLINE u32 distance(NodeId node) const noexcept { return marks_[node].distance; }
  GRIDLOCK_INLINE bool is_at(NodeId node, u32 distance) const noexcept {
    return marks_[node].reached == search_ && marks_[node].distance == distance;
  }
  /// Is it nearer than that, and not on the path?
  GRIDLOCK_INLINE bool is_free_below(NodeId node, u32 distance) const noexcept {
    const Mark& mark = marks_[node];
    return mark.reached == search_ && mark.distance < distance && mark.on_path != search_;
  }
  GRIDLOCK_INLINE void enter(NodeId node) noexcept { marks_[node].on_path = search_; }
  GRIDLOCK_INLINE void leave(NodeId node) noexcept { marks_[node].on_path = 0; }

  static constexpr u32 kBytesPerNode = 3 * sizeof(u32);

 private:
  struct Mark {    // written only where searches come
    u32 distance;  // valid when reached == search_
    u32 reached;
    u32 on_path;  // == search_ while the search stands on it
  };

  OrderStore* store_ = nullptr;
  TallRequests* tall_ = nullptr;
  SearchBudget* budget_ = nullptr;
  Table<Mark> marks_;
  Table<NodeId> queue_;
  u32 search_ = 0;
  bool complete_ = true;
};

}  // namespace gridlock::internal
