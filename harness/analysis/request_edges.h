// SPDX-License-Identifier: Apache-2.0
//
// What a request becomes in the lock-order graph: its context, and an edge from each thing that is held.
#pragma once

#include "harness/analysis/lock_order_graph.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/prediction_types.h"
#include "harness/analysis/request_news.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class RequestEdges {
 public:
  /// `graph` must outlive it. False when there is no address space.
  bool init(u32 objects, LockOrderGraph* graph, const PredictionHooks& hooks) noexcept;
  void release() noexcept;

  RequestContext context_of(const ThreadNode& thread_node, const PendingRequest& request) noexcept;
  /// What is looked for in the graph when the request comes: in step 1, and once that is there in step 2. Bit i of `edges`: the one
  /// from the i-th lock.
  void prefetch(const HeldNode* held, u32 count, u64 edges, NodeId node, u32 step) const noexcept;
  /// From all that is held to `node`, which stands for `object`. True when something held was not
  /// published yet. `wanted`: of a request whose edges RequestNews is told of.
  bool add_held(const PendingRequest& request, NodeId object, NodeId node, RequestContext context,
                const ThreadNode* thread_node = nullptr, const Wanted& wanted = {0}) noexcept;
  void add(NodeId from, NodeId to, const RequestContext& context) noexcept;
  /// LockOrderGraph::add_tall().
  bool add_chain(ChainId chain, u32 made, NodeId to, const RequestContext& context) noexcept;
  /// Something about an object has changed: LockOrderGraph::reconsider().
  void reconsider(NodeId object) noexcept;

  /// Another node with the same name; 0: no room.
  NodeId add_alias(NodeId object) noexcept;
  /// The node of a semaphore of several permits, 0 of anything else.
  NodeId permits_node(NodeId object) noexcept;
  /// Describes it in the graph, the first time. The node: of several permits one of their own, because
  /// the object itself is the channel of their signals. 0: no room, or more than `most`.
  NodeId describe_permits(NodeId object, u32 permits, u32 most) noexcept;

  /// These semaphores are gone.
  void forget(const IdSet& nodes) noexcept;

  GRIDLOCK_INLINE LockOrderGraph& graph() noexcept { return *graph_; }
  GRIDLOCK_INLINE RequestNews& news() noexcept { return news_; }
  GRIDLOCK_INLINE const RequestNews& news() const noexcept { return news_; }
  /// What the request that context_of() was asked for last holds.
  GRIDLOCK_INLINE const HeldNode* held() noexcept { return sorted_.data(); }
  GRIDLOCK_INLINE u32 held_count() const noexcept { return sorted_.size(); }
  /// A table of the graph was full since the last call.
  bool take_full() noexcept;

 private:
  u32 intern(const PendingRequest& request) noexcept;
  void add_keyed(NodeId from, NodeId node, const RequestContext& context,
                 const ThreadNode& thread_node, const Wanted& wanted) noexcept;
  void prefetch(const PendingRequest& request, NodeId node) const noexcept;
  bool is_left_to_tall(const HeldLock& held, NodeId object, NodeId node) noexcept;
  bool add_tall(const PendingRequest& request, NodeId object, NodeId node,
                const RequestContext& context) noexcept;

  LockOrderGraph* graph_ = nullptr;
  PredictionHooks hooks_{};
  bool full_ = false;
  u32 demands_ = 0;  // of the graph, as `news_` knows it
  RequestNews news_;
  Table<HeldNode> sorted_;
  Table<TallHeld> tall_held_;
  KeyMap permits_node_;  // by semaphore of several permits
};

}  // namespace gridlock::internal
