// SPDX-License-Identifier: Apache-2.0
//
// What each node of the lock-order graph is: its kind, how many permits it has, which writers may wait
// there, and which other threads give its signal.
#pragma once

#include "harness/analysis/lock_order_types.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

using WriterId = u32;  // 0 is none

/// An exclusive request for a node that prefers writers.
struct WaitingWriter {
  u32 thread;
  SegmentId segment;
  u32 held_set;
  WriterId next;
};

class OrderNodes {
 public:
  /// False when there is no address space.
  bool init(u32 nodes, u32 writers, u32 writers_per_node) noexcept;
  void release() noexcept;
  /// Makes nodes up to `node` known, as locks. False when the table is full.
  bool ensure(NodeId node) noexcept;

  // The node is known:
  void describe(NodeId node, NodeKind kind, bool prefers_writers) noexcept;
  void set_permits(NodeId node, u32 permits) noexcept;
  void set_active(NodeId node, bool active) noexcept;
  /// False when there is no room.
  bool add_giver(NodeId node, NodeId giver) noexcept;
  void forget_writers(NodeId node) noexcept;
  /// It is another node from now on, of which nothing is known.
  void forget(NodeId node) noexcept;
  /// How often it was forgotten: tells apart what had the same number.
  GRIDLOCK_INLINE u32 incarnation(NodeId node) const noexcept { return traits_[node].incarnation; }
  template <typename Each>
  GRIDLOCK_INLINE void each_writer(Each each) const noexcept {
    for (NodeId node = 1; node < traits_.size(); ++node) {
      for (WriterId id = traits_[node].first_writer; id != 0; id = writers_[id].next)
        each(writers_[id]);
    }
  }
  /// False when there is no room, which is counted.
  bool add_writer(NodeId node, const RequestContext& context) noexcept;

  GRIDLOCK_INLINE NodeKind kind(NodeId node) const noexcept {
    return static_cast<NodeKind>(traits_[node].kind);
  }
  GRIDLOCK_INLINE bool is_permits(NodeId node) const noexcept {
    return kind(node) == NodeKind::kPermits;
  }
  GRIDLOCK_INLINE bool is_signal(NodeId node) const noexcept {
    const NodeKind known = kind(node);
    return known == NodeKind::kSignal || known == NodeKind::kAnySignal ||
           known == NodeKind::kWakeup;
  }
  GRIDLOCK_INLINE u32 permits(NodeId node) const noexcept { return traits_[node].permits; }
  GRIDLOCK_INLINE bool is_active(NodeId node) const noexcept { return !traits_[node].inactive; }
  /// Does a holder of the node keep others from it? Not that of a class, which is many locks.
  GRIDLOCK_INLINE bool keeps_out(NodeId node) const noexcept {
    return kind(node) != NodeKind::kClass && !traits_[node].inactive;
  }
  GRIDLOCK_INLINE bool prefers_writers(NodeId node) const noexcept {
    return traits_[node].prefers_writers;
  }
  /// The writers that may wait there, newest first.
  GRIDLOCK_INLINE WriterId first_writer(NodeId node) const noexcept {
    return traits_[node].first_writer;
  }
  GRIDLOCK_INLINE const WaitingWriter& writer(WriterId id) const noexcept { return writers_[id]; }
  /// The other threads that give the signal of a kAnySignal; 0 ends the list.
  NodeId first_giver(NodeId node) noexcept;
  NodeId next_giver(NodeId giver) noexcept;

  GRIDLOCK_INLINE u32 limit() const noexcept { return traits_.size(); }  ///< all are below it
  u32 writers_dropped() const noexcept;
  u64 bytes() const noexcept;

 private:
  struct Traits {
    u8 kind;
    bool prefers_writers;
    bool inactive;
    u8 writer_count;
    u32 permits;
    WriterId first_writer;
    u32 incarnation;
  };

  Table<Traits> traits_;
  Table<WaitingWriter> writers_;
  KeyMap next_giver_;
  WriterId free_writer_ = 0;
  u32 writers_per_node_ = 0;
  u32 writers_dropped_ = 0;
};

}  // namespace gridlock::internal
