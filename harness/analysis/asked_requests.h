// SPDX-License-Identifier: Apache-2.0
//
// What each thread has asked for so far, whatever it held. Others that wait for this thread (by a join, or
// because it alone gives a signal) wait for all of it as well.
#pragma once

#include "harness/analysis/aging_table.h"
#include "harness/analysis/id_set.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

struct AskedRequest {
  RequestContext context;
  NodeId node;
  u32 before;  ///< the one before it of the same thread; 0: none
  u32 same;    ///< the one before it for the same node; 0: none
};

class AskedRequests {
 public:
  /// False when there is no address space.
  bool init(u32 nodes, u32 edges) noexcept;
  void release() noexcept;
  /// Its number, which grows with time; 0 when there is no room.
  u32 add(NodeId node, const RequestContext& context) noexcept;
  /// A request that was forgotten has no node, and none before it.
  GRIDLOCK_INLINE const AskedRequest& operator[](u32 number) const noexcept {
    return asked_[number];
  }
  /// The newest of a thread, and the newest for a node; 0: none.
  u32 newest_by(u32 thread) noexcept;
  u32 newest_for(NodeId node) const noexcept;
  GRIDLOCK_INLINE u64 bytes() const noexcept { return u64{asked_.size()} * sizeof(AskedRequest); }
  /// Requests for the node were forgotten, and nobody knows which.
  bool has_forgotten(NodeId node) const noexcept;
  /// The newest of all.
  GRIDLOCK_INLINE u32 newest() const noexcept { return asked_.limit() - 1; }
  /// How many there are, and how many came since forget_dropped().
  GRIDLOCK_INLINE u32 size() const noexcept { return asked_.size(); }
  GRIDLOCK_INLINE u32 added() const noexcept { return asked_.added(); }
  GRIDLOCK_INLINE bool nearly_full() const noexcept { return asked_.nearly_full(); }

  // Forgetting, in this order.
  /// drop(request): is it of no use any more? The node of such a one may be gone. sort_of(request): of one thread,
  /// for one node, and with the same held as far as that is there, but in different segments.
  template <typename Sort, typename Drop>
  GRIDLOCK_INLINE void drop_if(const IdSet& gone_nodes, Sort sort_of, Drop drop) noexcept {
    alike_.release();
    asked_.each([&](u32, const AskedRequest& asked) {
      if (!gone_nodes.has(asked.node)) count_alike(sort_of(asked));
    });
    asked_.each([&](u32 number, AskedRequest& asked) {
      asked.before = kept(asked.before);
      asked.same = kept_same(asked.same);
      const bool gone = gone_nodes.has(asked.node);
      if (!gone && !is_one_of_many(sort_of(asked)) && !drop(asked)) return;
      if (!gone) note_forgotten(asked.node);
      take_out(number, asked, gone);
    });
  }
  /// The request, or the newest one before it of the same thread that is kept.
  u32 kept(u32 number) noexcept;
  void forget_dropped() noexcept;
  template <typename Each>
  GRIDLOCK_INLINE void each(Each each) noexcept {
    asked_.each([&](u32, AskedRequest& asked) {
      if (asked.node != 0) each(asked);
    });
  }
  /// The node stands for another object from now on.
  void forget_node(NodeId node) noexcept;

 private:
  static constexpr u32 kForgotten = 1u << 31;  // with the newest for a node: older ones are gone
  u32 kept_same(u32 number) noexcept;
  void count_alike(u64 sort) noexcept;
  bool is_one_of_many(u64 sort) noexcept;
  void note_forgotten(NodeId node) noexcept;
  void take_out(u32 number, AskedRequest& asked, bool gone) noexcept;

  AgingTable<AskedRequest> asked_;
  KeyMap newest_by_;       // by thread
  Table<u32> newest_for_;  // by node
  KeyMap alike_;           // only while forgetting: how many there are of a sort
};

}  // namespace gridlock::internal
