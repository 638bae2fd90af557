// SPDX-License-Identifier: Apache-2.0
//
// What could hang, learned from what threads do. Told of each operation in the order in which they
// happen, it keeps the lock-order graph and the segments: what is held while something is asked for,
// which signals a wait needs and who gives them, what a barrier, a once flag, a start or a join puts
// before what. It knows no thread, no lock word and no clock.
//
// Not thread-safe: the runtime holds graph_mutex(). What may be asked without it is said.
//
// Signals. What some threads signal and others wait for: permits, events, futures, items of a queue.
// A signal orders (what the signaller did before is before what the receiver does after) only where
// every schedule has that order, and a wait for it needs what the signaller needs before it signals.
// The order is known while one single thread signals; with the second signaller it is taken back,
// unless that one cannot signal before the first one has, or a receiver needed every signal that there
// was. A wait then needs one of several, and they are all looked at. A finding that was written cannot
// be taken back: where a second signaller shows up only after a cycle through the first one was
// reported, the report stands (docs/design/filters.md).
#pragma once

#include "harness/analysis/asked_requests.h"
#include "harness/analysis/barrier_orders.h"
#include "harness/analysis/channel_states.h"
#include "harness/analysis/condition_rounds.h"
#include "harness/analysis/conditions.h"
#include "harness/analysis/followed_waits.h"
#include "harness/analysis/holds_across_signals.h"
#include "harness/analysis/live_threads.h"
#include "harness/analysis/lock_order_graph.h"
#include "harness/analysis/once_orders.h"
#include "harness/analysis/permit_releases.h"
#include "harness/analysis/prediction_types.h"
#include "harness/analysis/request_edges.h"
#include "harness/analysis/segments.h"
#include "harness/analysis/signal_channels.h"
#include "harness/analysis/signal_orders.h"
#include "harness/analysis/signal_sources.h"
#include "harness/platform/base.h"

namespace gridlock::internal {

class Prediction {
 public:
  /// Room for that many objects (threads among them). False when there is no address space.
  bool init(const LockOrderLimits& limits, const PredictionHooks& hooks) noexcept;
  void release() noexcept;

  Segments& segments() noexcept { return segments_; }
  LockOrderGraph& graph() noexcept { return graph_; }
  /// Memory in use for the graph, for what is known to be no news, and for the segments.
  u64 bytes() const noexcept;
  /// A table of the graph was full since the last call.
  bool take_full() noexcept;

  // --- threads -----------------------------------------------------------------------------------

  /// A thread that nobody was seen to start.
  void appears(ThreadNode& thread_node) noexcept;
  /// What the parent did before is before all that the child does.
  void starts(ThreadNode& parent, ThreadNode& child) noexcept;
  /// Its life begins, or ends: from now on `thread_node` stays where it is, and is looked at when others ask
  /// for something. What an ended thread asked for, and is before all that live, is forgotten first.
  void begins(ThreadNode& thread_node) noexcept;
  void ends(ThreadNode& thread_node) noexcept;
  /// All others are gone (fork); nullptr: all are.
  void only(ThreadNode* thread_node) noexcept;
  /// The other thread's last segment is before what comes.
  void joined(ThreadNode& thread_node, SegmentId last) noexcept;
  /// Asks for the end of thread `number`, which is `node` in the graph. `again`: the same was asked
  /// in the same segment before.
  void asks_to_join(const ThreadNode& thread_node, const PendingRequest& request, u32 number,
                    NodeId node) noexcept;

  // --- locks -------------------------------------------------------------------------------------

  /// What asks() would find out: nothing, where the request is no more than one that is known. `held` is all
  /// that behaves as a lock, up to News::kMax locks and no permits. May be asked at any time.
  GRIDLOCK_INLINE News news_of(const ThreadNode& thread_node, const HeldNode* held, u32 count,
                               const Wanted& wanted) noexcept {
    return edges_.news().of(thread_node, held, count, wanted);
  }
  /// Before asks() of such a request, with the graph's mutex held: RequestEdges::prefetch().
  GRIDLOCK_INLINE void expects(const HeldNode* held, u32 count, const News& news, NodeId node,
                               u32 step) const noexcept {
    edges_.prefetch(held, count, news.edges, node, step);
  }
  /// The same at a glance: not 0 only if nothing is news. See RequestNews::none_at_a_glance().
  template <typename Entry>
  GRIDLOCK_INLINE u32 no_news_at_a_glance(u64 place, u32 notifications, u32 count,
                                          const Wanted& wanted, Entry entry) const noexcept {
    return edges_.news().none_at_a_glance(place, notifications, count, wanted, entry);
  }
  /// What was said so holds as long as this is the same: RequestNews::stamp_of().
  GRIDLOCK_INLINE u64 stamp_of_glances(u64 place, u32 notifications) const noexcept {
    return edges_.news().stamp_of(place, notifications);
  }
  GRIDLOCK_INLINE void forget_glances() noexcept { edges_.news().forget_glances(); }
  /// May wait for it without limit. False: something held is not published yet, and the same request
  /// has to be told again the next time.
  bool asks(const ThreadNode& thread_node, const PendingRequest& request,
            const Target& target) noexcept;

  /// The same of a thread that holds very much, all of it locks (LockOrderGraph::add_chain), of which those
  /// that were made at `made` are not published. False: there is no room.
  bool asks_holding(const ThreadNode& thread_node, ChainId chain, u32 made, u32 site,
                    const Target& target) noexcept;

  /// A semaphore whose permits are only ever released by who holds them behaves as a lock, of as many
  /// holders as it had `permits` at first (1 to kMaxPermits): from the first such release on, until
  /// somebody else releases one. asked_for_permit: before the first request; permit_released: before
  /// each release.
  static constexpr u32 kMaxPermits = PermitReleases::kMaxPermits;
  void asked_for_permit(NodeId object, u32 permits) noexcept;
  void permit_released(NodeId object, u32 permits, bool by_holder) noexcept;
  /// Would these two change anything? May be asked at any time.
  bool permit_request_is_news(NodeId object) const noexcept;
  bool permit_release_is_news(NodeId object, bool by_holder) const noexcept;
  /// It does not behave as a lock, now and forever. May be asked at any time.
  bool is_no_lock(NodeId object) const noexcept;

  // --- signals -----------------------------------------------------------------------------------

  /// Nothing is concluded from the channel any more. May be asked at any time.
  bool says_nothing(const Signal& signal) const noexcept;
  /// One more signal of this thread would say nothing new. May be asked at any time.
  bool signal_is_known(const ThreadNode& thread_node, const Signal& signal) const noexcept;
  /// One more wait of this thread would say nothing new, or one more receipt. May be asked at any time.
  bool wait_is_known(const ThreadNode& thread_node, const Signal& signal) const noexcept;
  bool receipt_is_known(const ThreadNode& thread_node, const Signal& signal) const noexcept;

  /// Before a signal is given, by the thread that gives it.
  void signals(ThreadNode& thread_node, const Signal& signal) noexcept;
  /// Which signal the thread's next receipt needs; 0: none, or one that is not followed.
  u32 needed_by(const ThreadNode& thread_node, const Signal& signal) noexcept;
  /// May wait for signal number `needed` without limit, holding what `request` says. `known`: the
  /// same wait was told before in this segment and with the same held.
  void awaits(const ThreadNode& thread_node, const PendingRequest& request, const Signal& signal,
              u32 needed, bool known) noexcept;
  /// The signal was received, however (also at once, by a try or in time).
  void received(ThreadNode& thread_node, const Signal& signal) noexcept;
  /// The thread takes the signal back (Event::clear). What it has received, it waits for anew.
  void cleared(ThreadNode& thread_node, const Signal& signal) noexcept;
  /// Whoever waits now or later goes on without a signal (Queue::close).
  void ends_waits(ThreadNode& thread_node, const Signal& signal) noexcept;
  /// The thread goes on without one. It will not wait there again.
  void received_end(ThreadNode& thread_node, const Signal& signal) noexcept;
  /// The thread found the waits ended and gives nothing; had it come before, it would have given the signal.
  void comes_too_late(ThreadNode& thread_node, const Signal& signal) noexcept;

  // --- conditions --------------------------------------------------------------------------------

  /// A wait without limit under `lock` will be told by awaits() in a moment, when the lock has been
  /// released: notifications that come before that count for it.
  void will_await(const Signal& signal) noexcept;
  /// A wait with a test ended without waiting, because the test was true, under `lock`; it would have
  /// had no limit if `no_timeout`. `request`: what would have been held meanwhile. True: the same would say
  /// nothing new in this segment.
  bool finds_true(const ThreadNode& thread_node, const PendingRequest& request,
                  const Signal& signal, const Target& lock, bool no_timeout) noexcept;

  // --- locks that are held across a signal -------------------------------------------------------

  /// The thread has started another one, or signalled, or arrived, while it held the lock: segment
  /// `during` ended then. Whoever comes after that segment gets the lock only after the thread's next
  /// release of it. Told once for each time that the lock is held.
  void holds_across(const ThreadNode& thread_node, NodeId object, Mode mode,
                    SegmentId during) noexcept;
  /// It is about to release that lock.
  void releases_held_across(ThreadNode& thread_node, NodeId object) noexcept;
  /// Could comes_after_hold() say yes? May be asked at any time.
  GRIDLOCK_INLINE bool was_held_across(NodeId object) const noexcept {
    return holds_.may_know(object);
  }
  /// Will got_after_hold() say something once the thread has got the lock?
  bool comes_after_hold(const ThreadNode& thread_node, NodeId object, Mode mode) noexcept;
  void got_after_hold(ThreadNode& thread_node, NodeId object, Mode mode) noexcept;

  // --- barriers, once flags, tasks ---------------------------------------------------------------

  /// A barrier of `parties`: each departure is after all arrivals, as long as no more than `parties`
  /// threads ever use it. `request` of an arrival that waits without limit, else an empty one.
  bool barrier_says_nothing(NodeId object) noexcept;
  void arrives(ThreadNode& thread_node, NodeId object, u32 parties,
               const PendingRequest& request) noexcept;
  /// An arrival that does not wait, and the wait for it without limit, before departs().
  void counts(ThreadNode& thread_node, NodeId object, u32 parties, const Coming& coming) noexcept;
  void awaits_others(const ThreadNode& thread_node, NodeId object,
                     const PendingRequest& request) noexcept;
  void departs(ThreadNode& thread_node, NodeId object) noexcept;
  /// A latch: each wait that is over is after all counts. awaits_zero: a wait without limit.
  void counts_down(ThreadNode& thread_node, NodeId latch) noexcept;
  void awaits_zero(const ThreadNode& thread_node, NodeId latch,
                   const PendingRequest& request) noexcept;
  void passes_zero(ThreadNode& thread_node, NodeId latch) noexcept;

  /// The body of a once flag runs between these two, in the thread that runs it; the flag is held
  /// meanwhile like a lock. passes_once: the thread has come through the flag, whoever ran the body.
  void once_body_begins(ThreadNode& thread_node, NodeId flag) noexcept;
  void once_body_ended(ThreadNode& thread_node, NodeId flag) noexcept;
  void passes_once(ThreadNode& thread_node, NodeId flag) noexcept;

  /// A task's order with others is that of its submission, whichever thread of the pool ran it this
  /// time: it comes after what its submitter did before, not after what the same worker did before.
  /// queues_task returns what task_begins() needs, that what task_ended() needs.
  SegmentId queues_task(ThreadNode& thread_node) noexcept;
  SegmentId task_begins(ThreadNode& thread_node, SegmentId submitted,
                        const Signal& result) noexcept;
  void task_ended(ThreadNode& thread_node, SegmentId before) noexcept;

  // --- forgetting --------------------------------------------------------------------------------

  /// For objects up to that one. False when there is no memory.
  GRIDLOCK_INLINE bool reach(NodeId object) noexcept { return states_.reach(object); }
  /// So much has come since the last time, or so much room is used up, that it is worth while.
  bool should_forget() const noexcept;
  /// What only the runtime knows. `gone`: objects that are dead, each with those that add_alias() has made of it.
  struct Forgetting {
    const NodeId* gone;
    u32 count;
    /// May somebody wait for the end of this thread, which has ended?
    bool (*may_be_joined)(u32 thread) noexcept;
    /// Calls mark(segment) for each that joined(), or task_begins(), may still bring.
    void (*mark_segments)(void (*mark)(SegmentId segment, void* argument), void* argument) noexcept;
  };
  /// Whatever only they had a part in is forgotten; and what ended threads did, as far as nothing that is still to
  /// come can have to do with it. Afterwards is_free(node) says which of them may stand for another object; the
  /// others are to be told of again the next time. Linear in all that is kept, so not to be done often.
  void forget(const Forgetting& what) noexcept;
  GRIDLOCK_INLINE bool is_free(NodeId node) const noexcept {
    return !none_is_free_ && !in_use_.has(node);
  }
  /// Is the thread named by anything that is kept?
  GRIDLOCK_INLINE bool names_thread(u32 thread) noexcept {
    return named_threads_.find(thread) != nullptr;
  }

 private:
  void forget_channels() noexcept;
  void forget_requests(const Forgetting& what) noexcept;
  void mark_what_is_kept(const Forgetting& what) noexcept;
  void clear_thread_nodes() noexcept;
  void note_in_use(NodeId node) noexcept;
  void mark_context(u32 thread, SegmentId segment, u32 held_set) noexcept;
  void next_segment(ThreadNode& thread_node) noexcept;

  Segments segments_;
  LockOrderGraph graph_;
  RequestEdges edges_;
  AskedRequests asked_;
  LiveThreads threads_;
  ChannelStates states_;
  PermitReleases permits_;
  SignalSources sources_;
  SignalOrders orders_;
  ConditionRounds rounds_;
  FollowedWaits waits_;
  SignalChannels signals_;
  Conditions conditions_;
  HoldsAcrossSignals holds_;
  BarrierOrders barriers_;
  OnceOrders once_;
  IdSet gone_;    // while forgetting
  IdSet in_use_;  // of those that are gone: in a held set that is kept
  bool none_is_free_ = false;
  bool in_vain_ = false;  // the last time gave a full table no room
  KeyMap named_threads_;  // by what is kept
  KeyMap signallers_;     // while forgetting: threads whose requests somebody may ask for
};

}  // namespace gridlock::internal
