// SPDX-License-Identifier: Apache-2.0
//
// What a wait for a thread or a signal waits for: all that this thread, or the signal's giver, asks for before
// it. That becomes edges only once somebody waits while holding something, which is rare; from then on the wait
// is followed.
#pragma once

#include "harness/analysis/asked_requests.h"
#include "harness/analysis/channel_states.h"
#include "harness/analysis/condition_rounds.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/prediction_types.h"
#include "harness/analysis/request_edges.h"
#include "harness/analysis/signal_orders.h"
#include "harness/analysis/signal_sources.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class FollowedWaits {
 public:
  /// All of them must outlive it. False when there is no address space.
  bool init(u32 objects, AskedRequests* asked, RequestEdges* edges, ChannelStates* states,
            SignalSources* sources, SignalOrders* orders, ConditionRounds* rounds) noexcept;
  void release() noexcept;

  /// A request that may wait, for others that wait for its thread.
  void remember(NodeId node, const RequestContext& context) noexcept;
  /// The thread is `node` in the graph; it is waited for by one that may be waited for itself.
  void know_thread(u32 thread, NodeId node) noexcept;
  /// From the thread to all that it asks for, what is to come included.
  void follow_thread(u32 thread, NodeId node) noexcept;
  /// Somebody waits for this node of the lock-order graph while others wait for him: what its signaller
  /// needs is asked for from now on. Nothing if the node is a lock.
  void follow(NodeId node) noexcept;

  /// Edges from a channel that is waited for to what its only signaller, each other giver, or its
  /// notifier has requested since the last time.
  void tell_requests(SignalSource& source, u32 signaller) noexcept;
  void tell_givers(SignalSource& source) noexcept;
  void tell_rounds(SignalSource& source) noexcept;
  /// Edges from `signal` to all that a thread asked for after request `told`, before signal number
  /// `epoch`. Returns its newest request, for the next call's `told`.
  u32 tell_all(NodeId signal, u32 thread, u32 epoch, u32 told) noexcept;
  /// The same up to request `newest` of that thread.
  void tell_up_to(NodeId signal, u32 newest, u32 epoch, u32 told) noexcept;
  /// The newest request of the thread; 0: none.
  u32 newest_by(u32 thread) const noexcept;
  /// Another thread that gives the signal without having to wait for the first one. False when there is
  /// no room.
  bool add_giver(u32 thread, SignalSource& source) noexcept;

  /// The channel is gone, and so are its givers.
  void forget_givers(const SignalSource& source) noexcept;
  /// Threads that one of these nodes stands for are waited for no more.
  void forget(const IdSet& nodes) noexcept;
  /// Calls each(giver's thread); and replaces its newest request by what is kept of it.
  template <typename Each>
  GRIDLOCK_INLINE void each_giver(const SignalSource& source, Each each) noexcept {
    for (u32 id = source.others; id != 0; id = givers_[id].next) each(givers_[id].thread);
  }
  void keep_requests(const SignalSource& source) noexcept;
  /// The request, or what is kept before it.
  u32 kept(u32 request) noexcept;

 private:
  // Another thread that signals, beside the first.
  struct Giver {
    u32 thread;
    NodeId node;
    u32 newest;  // its newest request before its first signal
    u32 next;    // of the same source
    bool told;   // they have edges
  };
  bool has_done_all(const SignalSource& source, const AskedRequest& asked, u32 epoch) noexcept;
  void add_edge(NodeId signal, const AskedRequest& asked, u32 epoch) noexcept;

  AskedRequests* asked_ = nullptr;
  RequestEdges* edges_ = nullptr;
  ChannelStates* states_ = nullptr;
  SignalSources* sources_ = nullptr;
  SignalOrders* orders_ = nullptr;
  ConditionRounds* rounds_ = nullptr;
  KeyMap followed_as_;     // by thread: of those that somebody waits for while holding something
  KeyMap thread_of_node_;  // of those that somebody joins
  static constexpr u32 kMaxGivers = 1024;  // of one source; with more nothing is concluded from it
  Table<Giver> givers_;
  u32 free_giver_ = 0;
  u32 depth_ = 0;  // how deep follow() is in itself
};

}  // namespace gridlock::internal
