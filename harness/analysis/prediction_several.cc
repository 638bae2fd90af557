// SPDX-License-Identifier: Apache-2.0
//
// A channel that several threads signal, or close. Some order is left then:
//   - the second one cannot signal before the first has given k signals, because it comes after the
//     k-th of them itself (it received it, or was started by who did). Then the first k are firm: they
//     are the first k of all, in every schedule, and a later receipt, too, comes after the k-th;
//   - a thread has received as many signals as there ever were: then it needed each of them, whoever
//     gave it (semaphores and queues; a latch). That holds until one more signal comes that is not
//     itself after that receipt.
// Who waits for his first signal waits for every signaller that is not kept back by the first one: each
// gets a node beside the channel's, with edges to what it requested before its first signal. What comes
// after that is not followed, so that it costs nothing.
#include "harness/analysis/prediction.h"
#include "harness/analysis/signal_state.h"

namespace gridlock::internal {

void Prediction::distrust(NodeId& via) noexcept {
  const NodeId old = via;
  via = 0;
  no_longer_orders(old);
}

// What was concluded from an order through it goes, too.
void Prediction::no_longer_orders(NodeId via) noexcept {
  if (via == 0 || segments_.distrusted(via)) return;
  segments_.distrust(via);
  for (u32 id = 0; id < leans_.size(); ++id) {
    const Lean lean = leans_[id];
    u32 steps = kMostSignalSteps;
    if ((lean.causes & cause_bit(via)) == 0 ||
        segments_.order(lean.first, lean.second, &steps).ordered) {
      continue;
    }
    leans_[id].causes = 0;
    if (lean.completion != 0) {
      distrust(completions_[lean.completion].via);
    } else {
      give_up(sources_[lean.source].signal, &sources_[lean.source]);
    }
  }
  reconsider(via);
}

void Prediction::lean_on(const SegmentOrder& order, const Lean& lean) noexcept {
  if (order.causes == 0 || leans_.full()) return;
  const u32 id = leans_.add();
  leans_[id] = lean;
  leans_[id].causes = order.causes;
}

// One more signal, after segment `before`. Who had received all that there were need not have needed
// each of them if this one could have come in the place of one.
void Prediction::count_signal(SegmentId before, Source& source) noexcept {
  ++source.total;
  source.all = segments_.add(source.all, before);
  for (u32 id = source.completions; id != 0; id = completions_[id].next) {
    const SegmentId after = completions_[id].after;
    u32 steps = kMostSignalSteps;
    const SegmentOrder order = segments_.order(after, before, &steps);
    if (!order.ordered) {
      distrust(completions_[id].via);
    } else if (completions_[id].via != 0) {
      lean_on(order, {0, after, before, 0, id});
    }
  }
}

// How many of the first thread's signals come before the segment in every schedule.
u32 Prediction::marks_before(SegmentId segment, Source& source) noexcept {
  u32 count = source.signals;
  for (; count != 0; --count) {
    const SegmentId mark = marks_[source.first_mark + count - 1];
    u32 steps = kMostSignalSteps;
    SegmentOrder order = segments_.order(mark, segment, &steps);
    if (!order.ordered || order.undecided) continue;
    order.causes &= ~(cause_bit(source.node) | cause_bit(source.later));
    lean_on(order, {0, mark, segment, static_cast<u32>(&source - &sources_[0]), 0});
    break;
  }
  return count;
}

// Another thread that gives the signal without having to wait for the first one.
bool Prediction::add_giver(const Actor& actor, u64 key, Source& source) noexcept {
  const NodeId node = hooks_.add_twin(source.node, hooks_.argument);
  if (node == 0 || givers_.full() || !giver_of_.insert(key, givers_.size()) ||
      !graph_.add_giver(source.node, node)) {
    return false;
  }
  const u32 giver = givers_.add();
  givers_[giver] = {node, newest_asked(actor.thread), source.others, false};
  source.others = giver;
  return true;
}

// False: there is no room.
bool Prediction::add_signaller(Actor& actor, const Signal& signal, u64 key,
                               Source& source) noexcept {
  const bool second = is_sole(signal);
  const bool may_be_firm = second ? source.first_mark != 0 : source.firm != 0;
  const u32 firm = may_be_firm ? marks_before(actor.segment, source) : 0;
  if (firm != 0) {
    if (!giver_of_.insert(key, 0)) return false;
    graph_.describe(source.node, NodeKind::kAnySignal, false);
    if (second || firm < source.firm) source.firm = firm;
    if (source.firm < source.farthest) {
      distrust(source.later);
      source.farthest = source.firm;
    }
  } else {
    source.firm = 0;
    if (!add_giver(actor, key, source)) return false;
    no_longer_orders(source.node);
    distrust(source.later);
  }
  const bool follows = is_counted(signal.rule) && source.total < kMostMarks;
  if (second) {
    signaller_[index_of(signal)].store(follows ? kFollowed : kSeveral, std::memory_order_relaxed);
  }
  if (source.waited_for) tell_givers(source);
  reconsider(source.node);
  return true;
}

void Prediction::another_signal(Actor& actor, const Signal& signal, Source& source) noexcept {
  const u32 index = index_of(signal);
  actor.given[index % 8] = index;
  const u64 key = key_of(actor, signal);
  const bool known = actor.thread == source.signaller || giver_of_.find(key) != nullptr;
  if (known && !is_followed(signal)) return;
  if (!known && !add_signaller(actor, signal, key, source)) return give_up(signal, &source);
  if (is_followed(signal)) {
    count_signal(actor.segment, source);
    if (source.total >= kMostMarks) signaller_[index].store(kSeveral, std::memory_order_relaxed);
  }
  next_segment(actor);
}

void Prediction::tell_givers(Source& source) noexcept {
  for (u32 id = source.others; id != 0; id = givers_[id].next) {
    Giver& giver = givers_[id];
    if (giver.told) continue;
    giver.told = true;
    for (u32 asked = giver.newest; asked != 0; asked = asked_[asked].before)
      add_signal_edge(giver.node, asked_[asked], 1);
  }
}

bool Prediction::received_all(const Actor& actor, const Signal& signal, u32 needed,
                              const Source& source) noexcept {
  if (!is_followed(signal)) return false;
  return needed == source.total &&
         (signal.rule == Rule::kCounted || own_items(actor, signal) == needed);
}

void Prediction::order_by_all(Actor& actor, Source& source) noexcept {
  const NodeId via = hooks_.add_twin(source.node, hooks_.argument);
  if (via == 0 || completions_.full()) return;
  actor.segment = segments_.add(actor.segment, source.all, via);
  const u32 id = completions_.add();
  completions_[id] = {actor.segment, via, source.completions};
  source.completions = id;
}

bool Prediction::comes_after_all(SegmentId segment, const Source& source) noexcept {
  bool after = true;
  segments_.each_heard(source.all, kMostMarks, [&](SegmentId signal, NodeId) {
    u32 steps = kMostSignalSteps;
    after = after && segments_.order(signal, segment, &steps).ordered;
  });
  return after;
}

// To end the waits of a queue is as good as any number of signals: who receives nothing goes on as well.
void Prediction::ends_waits(Actor& actor, const Signal& signal) noexcept {
  if (says_nothing(signal)) return;
  Source* const source = source_of(signal);
  if (source == nullptr) return give_up(signal, source);
  const SegmentId before = actor.segment;
  const u64 key = key_of(actor, signal) | kCloser;
  if (source->signaller == 0 || source->signaller == actor.thread) {
    if (is_sole(signal) && !signal_is_known(actor, signal)) give(actor, signal, false);
  } else if (giver_of_.find(key) == nullptr && !add_signaller(actor, signal, key, *source)) {
    return give_up(signal, source);
  }
  if (is_followed(signal) && !comes_after_all(before, *source)) {
    signaller_[index_of(signal)].store(kSeveral, std::memory_order_relaxed);
    for (u32 id = source->completions; id != 0; id = completions_[id].next)
      distrust(completions_[id].via);
  }
  if (source->closer == 0) {
    source->closer = actor.thread;
    source->end_mark = before;
    source->end = hooks_.add_twin(source->node, hooks_.argument);
    if (actor.segment == before) next_segment(actor);
  } else if (source->closer != actor.thread) {
    distrust(source->end);
  }
}

void Prediction::received_end(Actor& actor, const Signal& signal) noexcept {
  if (receipt_is_known(actor, signal) || says_nothing(signal)) return;
  const Source* const source = source_of(signal);
  if (source == nullptr) return;
  actor.sated[index_of(signal) % 8] = index_of(signal);
  if (source->end != 0 && source->closer != actor.thread)
    actor.segment = segments_.add(actor.segment, source->end_mark, source->end);
}

// Items that the thread itself has put, if nobody else has put any: all of them have to be done.
u32 Prediction::own_items(const Actor& actor, const Signal& signal) noexcept {
  const Signal items{signal.object, Channel::kSignal, Rule::kCounted};
  const Source* const source = known_source(items);
  const bool mine = source != nullptr && is_sole(items) && source->signaller == actor.thread;
  return mine ? source->total : 0;
}

}  // namespace gridlock::internal
