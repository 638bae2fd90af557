// SPDX-License-Identifier: Apache-2.0
//
// What a request becomes in the lock-order graph: its context, and an edge from each thing that is held.
#pragma once

#include "harness/analysis/lock_order_graph.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/prediction_types.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class RequestEdges {
 public:
  /// `graph` must outlive it. False when there is no address space.
  bool init(u32 objects, LockOrderGraph* graph, const PredictionHooks& hooks) noexcept;
  void release() noexcept;

  RequestContext context_of(const ThreadNode& thread_node, const PendingRequest& request) noexcept;
  /// From all that is held to `node`, which stands for `object`. True when something held was not
  /// published yet.
  bool add_held(const PendingRequest& request, NodeId object, NodeId node,
                RequestContext context) noexcept;
  void add(NodeId from, NodeId to, const RequestContext& context) noexcept;
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
  /// A table of the graph was full since the last call.
  bool take_full() noexcept;

 private:
  u32 intern(const PendingRequest& request) noexcept;
  bool is_left_to_tall(const HeldLock& held, NodeId object, NodeId node) noexcept;
  bool add_tall(const PendingRequest& request, NodeId object, NodeId node,
                const RequestContext& context) noexcept;

  LockOrderGraph* graph_ = nullptr;
  PredictionHooks hooks_{};
  bool full_ = false;
  Table<HeldNode> sorted_;
  Table<TallHeld> tall_held_;
  KeyMap permits_node_;  // by semaphore of several permits
};

}  // namespace gridlock::internal
