// SPDX-License-Identifier: Apache-2.0
//
// Keeps the nodes of a growing directed graph in topological order and merges those that lie on a
// common cycle, so that the question "can this new edge close a cycle?" costs two loads for nearly
// every edge.
//
// Pearce and Kelly, "A dynamic topological sort algorithm for directed acyclic graphs" (2007), for
// the order; a cycle does not end the game, as it does in absl::Mutex, but merges its nodes into
// one component that takes one place in the order (Haeupler et al., "Incremental cycle detection,
// topological ordering, and strong component maintenance", 2012).
#pragma once

#include "harness/analysis/lock_order_edges.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class TopologicalOrder {
 public:
  /// `edges` must outlive it.
  bool init(u32 node_capacity, const LockOrderEdges* edges) noexcept;
  void release() noexcept;
  /// Makes nodes up to `node` known. False when the table is full.
  bool ensure(NodeId node) noexcept;
  /// To be called for each edge between known nodes, before it is in `edges`. Cost: proportional to
  /// the part of the graph that lies between the two nodes in the order; none if they already stand
  /// right.
  void add(NodeId from, NodeId to) noexcept;
  /// True when a path leads from each of the two to the other. Nearly constant time.
  bool same_component(NodeId a, NodeId b) noexcept;
  /// No path leads from it back to itself. Nearly constant time.
  GRIDLOCK_INLINE bool is_alone(NodeId node) const noexcept {
    return node >= nodes_.size() || nodes_[node].next_member == node;
  }
  /// Edges were taken out: finds components and places anew. Linear in nodes and edges. What was in no component
  /// with others need not be told of.
  void rebuild() noexcept;
  /// For now and then: deals the places out anew in the same order, if those at the ends are used up soon.
  void spread() noexcept;
  /// How often components have become one.
  GRIDLOCK_INLINE u32 merges() const noexcept { return merges_; }
  /// The node's place; edges between different components lead to higher places.
  u32 place(NodeId node) noexcept;
  /// Memory for the nodes; the work lists are not counted.
  u64 bytes() const noexcept;

 private:
  struct Node {
    u32 parent;       // union-find; itself at the root
    u32 place;        // valid at the root
    u32 next_member;  // circular list of the component's members
    u32 reached;      // at the root: the last search that came here from the new edge's head
    u32 reaching;     // at the root: the last search that came here backward from its tail
  };
  // A node is made at kMiddle + its id. Those that can stand anywhere below, or above, all others go there.
  static constexpr u32 kMiddle = 1u << 31;
  static constexpr u32 kUpper = kMiddle + (1u << 30);
  static constexpr u32 kReserve = 1u << 28;  // places at an end that are still enough
  bool move_to_end(u32 from, u32 to) noexcept;
  void visit(u32 node) noexcept;
  void close_component(u32 root) noexcept;
  u32 root(u32 node) noexcept;
  void collect(u32 start, bool forward, u32 bound, Table<u32>& found) noexcept;
  void sink(Table<u32>& roots, u32 hole, u32 size) noexcept;
  void sort_by_place(Table<u32>& roots) noexcept;
  void reorder(u32 from, u32 to) noexcept;
  bool on_new_cycle(u32 component) noexcept;
  void deal_places() noexcept;
  void merge_into(u32 component) noexcept;

  Table<Node> nodes_;
  const LockOrderEdges* edges_ = nullptr;
  Table<u32> forward_;
  Table<u32> backward_;
  Table<u32> places_;
  u32 search_ = 0;
  u32 merges_ = 0;
  u32 lowest_ = kMiddle;
  u32 highest_ = kUpper;
};

}  // namespace gridlock::internal
