// SPDX-License-Identifier: Apache-2.0
//
// A barrier that is only ever used by as many threads as it has parties orders every arrival before every
// departure of the same generation. The arrivals are chained on a hub, a segment that belongs to no thread; each
// departure begins after the hub. For who waits there holding something, every other party is a signaller that
// has to arrive.
#pragma once

#include "harness/analysis/followed_waits.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/prediction_types.h"
#include "harness/analysis/request_edges.h"
#include "harness/analysis/segments.h"
#include "harness/analysis/signal_orders.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

/// The operations are those of Prediction, which says what they mean.
class BarrierOrders {
 public:
  /// All of them must outlive it. False when there is no address space.
  bool init(u32 objects, Segments* segments, RequestEdges* edges, SignalOrders* orders,
            FollowedWaits* waits) noexcept;
  void release() noexcept;
  bool says_nothing(NodeId object) noexcept;
  void arrives(ThreadNode& thread_node, NodeId object, u32 parties,
               const PendingRequest& request) noexcept;
  void counts(ThreadNode& thread_node, NodeId object, u32 parties, const Coming& coming) noexcept;
  void awaits_others(const ThreadNode& thread_node, NodeId object,
                     const PendingRequest& request) noexcept;
  void departs(ThreadNode& thread_node, NodeId object) noexcept;
  /// A latch is a barrier of one generation, whose arrivals do not wait.
  void counts_down(ThreadNode& thread_node, NodeId object) noexcept;
  void awaits_zero(const ThreadNode& thread_node, NodeId object,
                   const PendingRequest& request) noexcept;
  void passes_zero(ThreadNode& thread_node, NodeId object) noexcept;
  /// These barriers are gone.
  void forget(const IdSet& nodes) noexcept;
  /// Calls each(thread) for those that may be waited for there.
  template <typename Each>
  GRIDLOCK_INLINE void each_party(Each each) noexcept {
    for (u32 i = 1; i < parties_.size(); ++i) {
      if (parties_[i].thread != 0) each(parties_[i].thread);
    }
  }
  /// Replaces the request of each that counts by what is kept of it.
  void keep_requests() noexcept;
  template <typename Each>
  GRIDLOCK_INLINE void each_segment(Each each) noexcept {
    for (u32 i = 1; i < barriers_.size(); ++i) {
      for (const Generation& generation : barriers_[i].last) each(generation.hub);
    }
  }

 private:
  struct Generation {
    u32 number;
    SegmentId hub;
  };
  struct BarrierState {
    u32 first_party;     // in parties_; 0: none
    u32 threads;         // that ever arrived
    bool by_chance;      // more of them than parties: who meets whom depends on the schedule
    bool waited_for;     // by a thread that held something
    bool counted;        // arrivals do not always wait, so that a thread could arrive twice
    Generation last[2];  // threads of the one before may still be leaving
  };
  struct Party {
    u32 thread;
    u32 next;  // of the same barrier
    u32 arrivals;
    u32 told;
    u32 asked;     // of a latch, or where the last arrival is early: its newest request before that
    bool early;    // it went on without waiting
    bool dropped;  // for good
  };

  BarrierState* barrier_of(NodeId object) noexcept;
  Party* party_of(BarrierState& barrier, NodeId object, const ThreadNode& thread_node) noexcept;
  void tell_party(Party& party, NodeId object) noexcept;
  void tell_counter(Party& party, NodeId object) noexcept;
  void arrive_at(ThreadNode& thread_node, NodeId object, Generation& generation) noexcept;
  void give_up(BarrierState& barrier, NodeId object) noexcept;
  bool in_step(const BarrierState& barrier, const Party& own, u32 parties) const noexcept;
  void needs_others(const ThreadNode& thread_node, NodeId object, BarrierState& barrier, u32 number,
                    const PendingRequest& request) noexcept;

  Segments* segments_ = nullptr;
  RequestEdges* edges_ = nullptr;
  SignalOrders* orders_ = nullptr;
  FollowedWaits* waits_ = nullptr;
  Table<BarrierState> barriers_;
  Table<Party> parties_;
  u32 free_barrier_ = 0;  // along threads
  u32 free_party_ = 0;
  KeyMap barrier_of_;  // by object
  KeyMap party_of_;    // by barrier and thread
};

}  // namespace gridlock::internal
