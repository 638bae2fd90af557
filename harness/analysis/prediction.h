// SPDX-License-Identifier: Apache-2.0
//
// What could hang, learned from what threads do. Told of each operation in the order in which they
// happen, it keeps the lock-order graph and the segments: what is held while something is asked for,
// which signals a wait needs and who gives them, what a barrier, a once flag, a start or a join puts
// before what. It knows no thread, no lock word and no clock, so a trace written by hand
// (tests/analysis/traces) runs through the same code as a program.
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

#include <atomic>

#include "harness/analysis/lock_order_graph.h"
#include "harness/analysis/prediction_types.h"
#include "harness/analysis/segments.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class Prediction {
 public:
  /// Room for that many objects (threads among them). False when there is no address space.
  bool init(const LockOrderLimits& limits, const PredictionHooks& hooks) noexcept;
  void release() noexcept;

  Segments& segments() noexcept { return segments_; }
  LockOrderGraph& graph() noexcept { return graph_; }
  /// A table of the graph was full since the last call.
  bool take_full() noexcept;

  // --- threads (prediction.cc) ------------------------------------------------------------------

  /// A thread that nobody was seen to start.
  void appears(Actor& actor) noexcept;
  /// What the parent did before is before all that the child does.
  void starts(Actor& parent, Actor& child) noexcept;
  /// Its life begins, or ends: from now on `actor` stays where it is, and is looked at when others ask
  /// for something. What an ended thread asked for, and is before all that live, is forgotten first.
  void begins(Actor& actor) noexcept;
  void ends(Actor& actor) noexcept;
  /// All others are gone (fork); nullptr: all are.
  void only(Actor* actor) noexcept;
  /// The other thread's last segment is before what comes.
  void joined(Actor& actor, SegmentId last) noexcept;
  /// Asks for the end of thread `number`, which is `node` in the graph. `again`: the same was asked
  /// in the same segment before.
  void asks_to_join(const Actor& actor, const Asking& asking, u32 number, NodeId node) noexcept;

  // --- locks (prediction.cc) --------------------------------------------------------------------

  /// May wait for it without limit. False: something held is not published yet, and the same request
  /// has to be told again the next time.
  bool asks(const Actor& actor, const Asking& asking, const Wanted& wanted) noexcept;

  /// A semaphore whose permits are only ever released by who holds them behaves as a lock, of as many
  /// holders as it had `permits` at first (1 to kMostPermits): from the first such release on, until
  /// somebody else releases one. asked_for_permit: before the first request; permit_released: before
  /// each release.
  static constexpr u32 kMostPermits = 1024;
  void asked_for_permit(NodeId object, u32 permits) noexcept;
  void permit_released(NodeId object, u32 permits, bool by_holder) noexcept;
  /// Would these two change anything? May be asked at any time.
  bool permit_request_is_news(NodeId object) const noexcept;
  bool permit_release_is_news(NodeId object, bool by_holder) const noexcept;
  /// It does not behave as a lock, now and for ever. May be asked at any time.
  bool is_no_lock(NodeId object) const noexcept;

  // --- signals (prediction_signals.cc) ----------------------------------------------------------

  /// Nothing is concluded from the channel any more. May be asked at any time.
  bool says_nothing(const Signal& signal) const noexcept;
  /// One more signal of this thread would say nothing new. May be asked at any time.
  bool signal_is_known(const Actor& actor, const Signal& signal) const noexcept;
  /// One more wait of this thread would say nothing new, or one more receipt. May be asked at any time.
  bool wait_is_known(const Actor& actor, const Signal& signal) const noexcept;
  bool receipt_is_known(const Actor& actor, const Signal& signal) const noexcept;

  /// Before a signal is given, by the thread that gives it.
  void signals(Actor& actor, const Signal& signal) noexcept;
  /// Which signal the thread's next receipt needs; 0: none, or one that is not followed.
  u32 needed_by(const Actor& actor, const Signal& signal) noexcept;
  /// May wait for signal number `needed` without limit, holding what `asking` says. `known`: the
  /// same wait was told before in this segment and with the same held.
  void awaits(const Actor& actor, const Asking& asking, const Signal& signal, u32 needed,
              bool known) noexcept;
  /// The signal was received, however (also at once, by a try or in time).
  void received(Actor& actor, const Signal& signal) noexcept;
  /// The thread takes the signal back (Event::clear). What it has received, it waits for anew.
  void cleared(Actor& actor, const Signal& signal) noexcept;
  /// Whoever waits now or later goes on without a signal (Queue::close).
  void ends_waits(Actor& actor, const Signal& signal) noexcept;
  /// The thread goes on without one. It will not wait there again.
  void received_end(Actor& actor, const Signal& signal) noexcept;

  // --- conditions (prediction_conditions.cc) ----------------------------------------------------

  /// A wait without limit under `lock` will be told by awaits() in a moment, when the lock has been
  /// released: notifications that come before that count for it.
  void will_await(const Signal& signal) noexcept;
  /// A wait with a test ended without waiting, because the test was true, under `lock`; it would have
  /// had no limit if `no_timeout`. `asking`: what would have been held meanwhile. True: the same would say
  /// nothing new in this segment.
  bool finds_true(const Actor& actor, const Asking& asking, const Signal& signal,
                  const Wanted& lock, bool no_timeout) noexcept;

  // --- locks that are held across a signal (prediction_holds.cc) --------------------------------

  /// The thread has started another one, or signalled, or arrived, while it held the lock: segment
  /// `during` ended then. Whoever comes after that segment gets the lock only after the thread's next
  /// release of it. Told once for each time that the lock is held.
  void holds_across(const Actor& actor, NodeId object, Mode mode, SegmentId during) noexcept;
  /// It is about to release that lock.
  void releases_held_across(Actor& actor, NodeId object) noexcept;
  /// Will got_after_hold() say something once the thread has got the lock?
  bool comes_after_hold(const Actor& actor, NodeId object, Mode mode) noexcept;
  void got_after_hold(Actor& actor, NodeId object, Mode mode) noexcept;

  // --- barriers, once flags, tasks (prediction_barriers.cc) -------------------------------------

  /// A barrier of `parties`: each departure is after all arrivals, as long as no more than `parties`
  /// threads ever use it. `asking` of an arrival that waits without limit, else an empty one.
  bool barrier_says_nothing(NodeId object) noexcept;
  void arrives(Actor& actor, NodeId object, u32 parties, const Asking& asking) noexcept;
  void departs(Actor& actor, NodeId object) noexcept;

  /// The body of a once flag runs between these two, in the thread that runs it; the flag is held
  /// meanwhile like a lock. passes_once: the thread has come through the flag, whoever ran the body.
  void once_body_begins(Actor& actor, NodeId flag) noexcept;
  void once_body_ended(Actor& actor, NodeId flag) noexcept;
  void passes_once(Actor& actor, NodeId flag) noexcept;

  /// A task's order with others is that of its submission, whichever thread of the pool ran it this
  /// time: it comes after what its submitter did before, not after what the same worker did before.
  /// queues_task returns what task_begins() needs, that what task_ended() needs.
  SegmentId queues_task(Actor& actor) noexcept;
  SegmentId task_begins(Actor& actor, SegmentId submitted, const Signal& result) noexcept;
  void task_ended(Actor& actor, SegmentId before) noexcept;

 private:
  static constexpr u32 kChannels = 3;

  // What each thread has asked for so far, whatever it held. Others that wait for this thread (by a
  // join, or because it alone gives a signal) wait for all of it as well, so it becomes edges: but
  // only once somebody waits while holding something, which is rare.
  struct Asked {
    RequestContext context;
    NodeId node;
    u32 before;  // the one before it of the same thread; 0: none
    u32 same;    // the one before it for the same node
  };
  struct Asker {
    u32 newest;
    bool ended;
    NodeId followed_as;  // 0: nobody waits for it while holding something
  };
  struct Living {
    Actor* actor;
  };
  // Before which signal a request came: the first whose mark (the segment that it ended) is not
  // before the request's segment.
  struct Marks {
    const SegmentId* marks;
    u32 count;
  };
  struct Source {
    Signal signal;
    NodeId node;      // stands for the channel in the lock-order graph
    u32 signaller;    // the first thread that signalled; 0: nobody yet
    u32 signals;      // given by it as long as it was the only one
    u32 first_mark;   // of kMostMarks in marks_; 0: none yet
    u32 told;         // its newest request that has an edge
    u32 others;       // that signalled, in givers_; 0: none
    u32 firm;         // signals of the first that come before any of another thread's; of several
    NodeId later;     // orders by signals beyond the first; 0: nothing yet
    u32 farthest;     // the last signal by which something was ordered
    u32 total;        // signals of all threads
    SegmentId all;    // after all of them
    u32 completions;  // in completions_; 0: none
    u32 closer;       // the first thread that let everybody go on without a signal
    SegmentId end_mark;  // before it did
    NodeId end;          // orders by that
    u32 first_round;     // kWakeup, in rounds_; 0: none
    u32 last_round;
    u32 told_round;
    bool true_at_first;  // kWakeup: a test was true when nobody could have made it so
    bool waited_for;     // by a thread that held something
  };
  // Another thread that signals, beside the first.
  struct Giver {
    NodeId node;
    u32 newest;  // its newest request before its first signal
    u32 next;    // of the same source
    bool told;   // they have edges
  };
  // A thread had received all signals that there were, and so each of them.
  struct Completion {
    SegmentId after;
    NodeId via;  // 0: another signal came that could have been in the place of one
    u32 next;    // of the same source
  };
  // Something that was concluded from `first` being before `second`, which other objects say.
  struct Lean {
    u64 causes;
    SegmentId first;
    SegmentId second;
    u32 source;      // says nothing without it; or
    u32 completion;  // orders nothing without it
  };
  // Of a condition: the notifier's requests up to here came before this notification.
  struct Round {
    u32 requests;  // all that any thread had made by then
    u32 newest;    // of the notifier
    u32 number;    // of the notification
    u32 next;      // of the same source
  };
  // A time for which a thread held a lock across a signal.
  struct Hold {
    SegmentId during;
    SegmentId released;  // 0: it holds it still
    u32 thread;
    Mode mode;
  };
  struct Holds {
    static constexpr u32 kMost = 8;
    Hold last[kMost];
    u32 count;  // that there ever were
  };
  // Of a once flag, the last time that its body ran.
  struct Body {
    SegmentId end;    // 0: not yet
    SegmentId outer;  // of the thread that ran it: before the body
    SegmentId first;  // of the body
    SegmentId
        heard;  // after all that this thread, and all who came through since, have heard from others
    NodeId via;  // orders by that; 0: nothing does
  };
  struct Generation {
    u32 number;
    SegmentId hub;
  };
  struct BarrierState {
    u32 first_party;     // in parties_; 0: none
    u32 threads;         // that ever arrived
    bool luck;           // more of them than parties: who meets whom depends on the schedule
    bool waited_for;     // by a thread that held something
    Generation last[2];  // threads of the one before may still be leaving
  };
  struct Party {
    u32 thread;
    u32 next;  // of the same barrier
    u32 arrivals;
    u32 told;
  };

  void add_edge(NodeId from, NodeId to, const RequestContext& context) noexcept;
  void reconsider(NodeId object) noexcept;
  u32 intern(const Asking& asking) noexcept;
  RequestContext context_of(const Actor& actor, const Asking& asking) noexcept;
  static u32 releases_of(NodeId object) noexcept;
  NodeId permits_node(NodeId object) noexcept;
  NodeId describe_permits(NodeId object, u32 permits) noexcept;
  bool is_left_to_tall(const Holding& held, NodeId object, NodeId node) noexcept;
  bool add_tall_edges(const Asking& asking, NodeId object, NodeId node,
                      const RequestContext& context) noexcept;
  bool add_edges(const Asking& asking, NodeId object, NodeId node, RequestContext context) noexcept;
  void remember(NodeId node, const RequestContext& context) noexcept;
  u32 newest_asked(u32 thread) const noexcept;
  void add_signal_edge(NodeId signal, const Asked& asked, u32 epoch) noexcept;
  u32 add_signal_edges(NodeId signal, u32 thread, Marks marks, u32 fixed, u32 told) noexcept;
  void follow_thread(u32 thread, NodeId node) noexcept;
  void follow_wait(NodeId node) noexcept;
  void next_segment(Actor& actor) noexcept;
  bool is_over(const RequestContext& context) noexcept;

  static u32 index_of(const Signal& signal) noexcept;
  static u64 key_of(const Actor& actor, const Signal& signal) noexcept;
  bool is_sole(const Signal& signal) const noexcept;
  bool is_followed(const Signal& signal) const noexcept;
  Source* known_source(const Signal& signal) noexcept;
  Source* source_of(const Signal& signal) noexcept;
  NodeId later_of(Source& source) noexcept;
  void distrust(NodeId& via) noexcept;
  void no_longer_orders(NodeId via) noexcept;
  void lean_on(const SegmentOrder& order, const Lean& lean) noexcept;
  void give_up(const Signal& signal, Source* source) noexcept;
  u32 receipts(const Actor& actor, const Signal& signal) noexcept;
  void count_receipt(const Actor& actor, const Signal& signal) noexcept;
  u32 next_needed(const Actor& actor, const Signal& signal) noexcept;
  u32 own_items(const Actor& actor, const Signal& signal) noexcept;
  u32 marks_before(SegmentId segment, Source& source) noexcept;
  void give(Actor& actor, const Signal& signal, bool counts) noexcept;
  void sole_signal(Actor& actor, const Signal& signal, Source& source, bool counts) noexcept;
  void another_signal(Actor& actor, const Signal& signal, Source& source) noexcept;
  bool add_giver(const Actor& actor, u64 key, Source& source) noexcept;
  bool add_signaller(Actor& actor, const Signal& signal, u64 key, Source& source) noexcept;
  bool comes_after_all(SegmentId segment, const Source& source) noexcept;
  void count_signal(SegmentId before, Source& source) noexcept;
  void order_by_mark(Actor& actor, Source& source, u32 needed) noexcept;
  void order_by_all(Actor& actor, Source& source) noexcept;
  bool received_all(const Actor& actor, const Signal& signal, u32 needed,
                    const Source& source) noexcept;
  void tell_givers(Source& source) noexcept;
  bool mark(Actor& actor, Source& source, Rule rule) noexcept;
  void go_beyond_marks(Actor& actor, Source& source) noexcept;
  void tell_requests(Source& source, u32 signaller) noexcept;
  void forget_earlier_requests(const Actor& actor, const Signal& signal) noexcept;

  void notifies(const Actor& actor, const Signal& signal, Source& source) noexcept;
  void tell_rounds(Source& source) noexcept;
  u32 first_made_true(const Actor& actor, NodeId lock) noexcept;
  u32 number_of_round(const Source& source, const Signal& signal, u32 first) const noexcept;

  bool has_heard_the_same(const Body& body, SegmentId segment) noexcept;
  void hear_less(Body& body, NodeId flag, SegmentId segment) noexcept;
  bool comes_after(const Actor& actor, const Hold& hold, Mode mode, NodeId* through) noexcept;

  BarrierState* barrier_of(NodeId object) noexcept;
  Party* party_of(BarrierState& barrier, NodeId object, const Actor& actor) noexcept;
  void tell_party(Party& party, NodeId object) noexcept;
  void give_up_barrier(BarrierState& barrier, NodeId object) noexcept;

  Segments segments_;
  LockOrderGraph graph_;
  PredictionHooks hooks_{};
  bool full_ = false;
  Table<HeldNode> sorted_;
  Table<TallHeld> tall_held_;

  Table<Living> live_;  // from 1 on
  Table<Asked> asked_;
  Table<Asker> askers_;  // by number of the thread
  KeyMap permits_node_;  // by semaphore of several permits: stands for them in the lock-order graph
  KeyMap thread_of_node_;  // of those that somebody joins

  Table<std::atomic<u32>> signaller_;  // number of the thread, by object and channel; 0: nobody yet
  Table<Source> sources_;
  Table<SegmentId> marks_;
  Table<Giver> givers_;
  Table<Completion> completions_;
  Table<Lean> leans_;
  Table<Round> rounds_;
  Table<u32> newest_for_;  // by node: in asked_
  KeyMap source_of_;       // by object and channel
  KeyMap source_of_node_;  // by node
  KeyMap giver_of_;        // by object, channel and thread
  KeyMap receipts_;        // by object, channel and thread: how many
  u32 following_ = 0;      // how deep follow_wait() is in itself

  Table<BarrierState> barriers_;
  Table<Party> parties_;
  KeyMap barrier_of_;  // by object
  KeyMap party_of_;    // by barrier and thread
  Table<Body> bodies_;
  KeyMap body_of_;  // by once flag
  KeyMap passed_;   // by once flag and thread
  Table<Holds> holds_;
  KeyMap holds_of_;  // by lock
};

}  // namespace gridlock::internal
