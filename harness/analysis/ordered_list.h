// SPDX-License-Identifier: Apache-2.0
//
// A list of numbered nodes that says in constant time which of two comes first: each has a place, a number that grows
// along the list, with room between two neighbours. Where there is none left the nodes around are given other
// places: O(log n) of them for each that is put in, in the long run (Bender, Cole, Demaine, Farach-Colton and Zito,
// "Two simplified algorithms for maintaining order in a list", 2002).
#pragma once

#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class OrderedList {
 public:
  /// False when there is no address space.
  bool init(u32 node_capacity) noexcept;
  void release() noexcept;
  /// Makes the next number known, 1, 2, 3 ..., as the last of the list. False when there is no memory.
  bool add() noexcept;
  /// Nothing is in the list.
  GRIDLOCK_INLINE void clear() noexcept { nodes_[0].before = nodes_[0].after = 0; }

  /// Of a node that is in the list. The places of others stay in their order, whatever is put in.
  GRIDLOCK_INLINE u64 place(u32 node) const noexcept { return nodes_[node].place; }
  /// The node before it; 0 of the first.
  GRIDLOCK_INLINE u32 before(u32 node) const noexcept { return nodes_[node].before; }
  /// The node is asked for soon.
  GRIDLOCK_INLINE void prefetch(u32 node) const noexcept { __builtin_prefetch(&nodes_[node]); }
  void take_out(u32 node) noexcept;
  /// Puts a node that is not in the list behind one that is; 0: at the beginning. `more`: so many are to come behind
  /// it, one after the other. Returns the node.
  u32 put_behind(u32 place, u32 node, u32 more) noexcept;

  GRIDLOCK_INLINE u64 bytes() const noexcept { return u64{nodes_.size()} * sizeof(Node); }

 private:
  struct Node {
    u64 place;
    u32 before;  // 0 is in front of the first and behind the last
    u32 after;
  };
  static constexpr u64 kApart = u64{1} << 38;  // places at the ends
  void make_room(u32 node, u64 gap) noexcept;

  Table<Node> nodes_;
};

}  // namespace gridlock::internal
