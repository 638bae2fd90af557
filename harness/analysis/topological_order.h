// SPDX-License-Identifier: Apache-2.0
//
// Keeps the nodes of a growing directed graph in topological order and merges those that lie on a
// common cycle, so that the question "can this new edge close a cycle?" costs two loads for nearly
// every edge.
//
// An edge that goes against the order is searched from at both ends at once, nearest nodes first, until the two
// searches meet; only what they went through moves (Haeupler, Kavitha, Mathew, Sen and Tarjan, "Incremental
// cycle detection, topological ordering, and strong component maintenance", 2012, section 3). A cycle does not
// end the game, as it does in absl::Mutex, but merges its nodes into one component that has one
// place in the order (section 5).
#pragma once

#include "harness/analysis/lock_order_edges.h"
#include "harness/analysis/ordered_list.h"
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
  /// To be called for each edge between known nodes, before it is in `edges`. Nothing to do if they already stand
  /// right. Else it looks at no more than twice the edges of what stands between the two and is reached from `to`, or
  /// reaches `from`, whichever are fewer; m edges of an acyclic graph take O(m^1.5 log n) in all.
  void add(NodeId from, NodeId to) noexcept;
  /// True when a path leads from each of the two to the other. Nearly constant time.
  bool same_component(NodeId a, NodeId b) noexcept;
  /// No path leads from it back to itself. Nearly constant time.
  GRIDLOCK_INLINE bool is_alone(NodeId node) const noexcept {
    return node >= nodes_.size() || nodes_[node].next_member == node;
  }
  /// An edge from or to the node is added soon.
  GRIDLOCK_INLINE void prefetch(NodeId node) const noexcept {
    __builtin_prefetch(&nodes_[node]);
    list_.prefetch(node);  // nearly always it is alone
  }
  /// Edges were taken out: finds components and places anew. Linear in nodes and edges. What was in no component
  /// with others need not be told of.
  void rebuild() noexcept;
  /// How often components have become one.
  GRIDLOCK_INLINE u32 merges() const noexcept { return merges_; }
  /// How many edges the searches have looked at.
  GRIDLOCK_INLINE u64 looks() const noexcept { return looks_; }
  /// The node's place; edges between different components lead to higher places.
  u64 place(NodeId node) noexcept;
  /// Memory for the nodes; the work lists are not counted.
  u64 bytes() const noexcept;

 private:
  struct Node {
    u32 parent;       // union-find; itself at the root
    u32 next_member;  // circular list of the component's members
    u32 reached;      // at the root: the last search that came here from the new edge's head
    u32 reaching;     // at the root: the last search that came here backward from its tail
  };
  /// One of the two searches for an edge. What it has found and not looked at is a heap, the nearest on top.
  struct Search {
    bool forward;
    u32 node;    // being looked at
    u32 member;  // of it
    EdgeId edge;
    u64 end;  // the place where the other one began
    Table<u32> heap;
    Table<u32> done;  // in the order in which they were looked at
  };
  void begin(Search& search, u32 start, u32 end) noexcept;
  bool look(Search& search) noexcept;
  void find(Search& search, u32 node) noexcept;
  bool is_nearer(const Search& search, u32 a, u32 b) const noexcept;
  void push(Search& search, u32 node) noexcept;
  u32 pop(Search& search) noexcept;
  void reorder(u32 from, u32 to) noexcept;
  void meet() noexcept;
  void merge(u32 to) noexcept;
  void visit(u32 node) noexcept;
  void close_component(u32 root) noexcept;
  u32 root(u32 node) noexcept;

  Table<Node> nodes_;
  OrderedList list_;  // the roots
  const LockOrderEdges* edges_ = nullptr;
  Search forward_{true, 0, 0, 0, 0, {}, {}};
  Search backward_{false, 0, 0, 0, 0, {}, {}};
  bool cycle_ = false;  // the searches have met in a node
  u32 search_ = 0;
  u32 merges_ = 0;
  u64 looks_ = 0;
};

}  // namespace gridlock::internal
