// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/signal_orders.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMarksPerObject = 16;

}  // namespace

bool SignalOrders::init(u32 objects, Segments* segments, ChannelStates* states,
                        SignalSources* sources, RequestEdges* edges) noexcept {
  segments_ = segments;
  states_ = states;
  sources_ = sources;
  edges_ = edges;
  if (!marks_.reserve(objects * kMarksPerObject + kMaxMarks + 1) ||
      !completions_.reserve(objects + 1) || !leans_.reserve(objects + 1)) {
    return false;
  }
  marks_.add();  // index 0 means "none" in each table
  completions_.add();
  return true;
}

void SignalOrders::release() noexcept {
  marks_.release();
  completions_.release();
  leans_.release();
}

void SignalOrders::distrust(NodeId& via) noexcept {
  const NodeId old = via;
  via = 0;
  no_longer_orders(old);
}

void SignalOrders::no_longer_orders(NodeId via) noexcept {
  if (via == 0 || segments_->distrusted(via)) return;
  segments_->distrust(via);
  for (u32 id = 0; id < leans_.size(); ++id) {
    const Lean lean = leans_[id];
    u32 steps = kMaxSignalSteps;
    if ((lean.causes & cause_bit(via)) == 0 ||
        segments_->order(lean.first, lean.second, &steps).ordered) {
      continue;
    }
    leans_[id].causes = 0;
    if (lean.completion != 0) {
      distrust(completions_[lean.completion].via);
    } else {
      SignalSource& source = (*sources_)[lean.source];
      give_up(source.signal, &source);
    }
  }
  edges_->reconsider(via);
}

void SignalOrders::lean_on(const SegmentOrder& order, const Lean& lean) noexcept {
  if (order.causes == 0 || leans_.full()) return;
  const u32 id = leans_.add();
  leans_[id] = lean;
  leans_[id].causes = order.causes;
}

// A thread that had received all that there were did not need each of them, if this one could have come in
// the place of one.
void SignalOrders::count_signal(SegmentId before, SignalSource& source) noexcept {
  ++source.total;
  source.all = segments_->add(source.all, before);
  for (u32 id = source.completions; id != 0; id = completions_[id].next) {
    const SegmentId after = completions_[id].after;
    u32 steps = kMaxSignalSteps;
    const SegmentOrder order = segments_->order(after, before, &steps);
    if (!order.ordered) {
      distrust(completions_[id].via);
    } else if (completions_[id].via != 0) {
      lean_on(order, {0, after, before, 0, id});
    }
  }
}

u32 SignalOrders::marks_before(SegmentId segment, SignalSource& source) noexcept {
  u32 count = source.signals;
  for (; count != 0; --count) {
    const SegmentId mark = marks_[source.first_mark + count - 1];
    u32 steps = kMaxSignalSteps;
    SegmentOrder order = segments_->order(mark, segment, &steps);
    if (!order.ordered || order.undecided) continue;
    order.causes &= ~(cause_bit(source.node) | cause_bit(source.later));
    lean_on(order, {0, mark, segment, sources_->number_of(source), 0});
    break;
  }
  return count;
}

// 0: no room.
u32 SignalOrders::take_marks(u32 room) noexcept {
  u32& free = room == 1 ? free_single_mark_ : free_marks_;
  const u32 first = free != 0 ? free : marks_.size();
  if (free != 0) {
    free = marks_[free];
  } else if (marks_.full(room) || !marks_.resize(first + room)) {
    return 0;
  }
  for (u32 i = 0; i < room; ++i) marks_[first + i] = 0;
  return first;
}

void SignalOrders::free_marks(u32 first, u32 room) noexcept {
  u32& free = room == 1 ? free_single_mark_ : free_marks_;
  marks_[first] = free;
  free = first;
}

// Most channels see one signal in their life.
void SignalOrders::mark(ThreadNode& thread_node, SignalSource& source) noexcept {
  const bool has_room = source.first_mark != 0 && source.signals > 2;
  if (!has_room && (source.signals == 1 || source.first_mark != 0)) {
    const u32 before = source.first_mark;
    source.first_mark = take_marks(source.signals == 1 ? 1 : kMaxMarks);
    if (before != 0 && source.first_mark != 0) marks_[source.first_mark] = marks_[before];
    if (before != 0) free_marks(before, 1);
  }
  if (source.first_mark == 0) {
    thread_node.segment = kUnknownSegment;
    return;
  }
  marks_[source.first_mark + source.signals - 1] = thread_node.segment;
  thread_node.segment = segments_->add(thread_node.segment, 0);
}

void SignalOrders::go_beyond_marks(ThreadNode& thread_node, SignalSource& source) noexcept {
  thread_node.segment = segments_->add(thread_node.segment, 0);
  segments_->tag(thread_node.segment, sources_->later_of(source));
}

const SegmentId* SignalOrders::marks(const SignalSource& source) const noexcept {
  return source.first_mark != 0 ? &marks_[source.first_mark] : nullptr;
}

void SignalOrders::order_by_mark(ThreadNode& thread_node, SignalSource& source,
                                 u32 needed) noexcept {
  const u32 known = states_->is_sole(source.signal) ? source.signals : source.firm;
  const u32 number = needed < known ? needed : known;
  if (number == 0 || source.signaller == thread_node.thread) return;
  if (source.first_mark == 0) {  // there was no room for it
    thread_node.segment = kUnknownSegment;
    return;
  }
  const SegmentId before = marks_[source.first_mark + number - 1];
  const NodeId via = number == 1 ? source.node : sources_->later_of(source);
  if (before == 0 || via == 0) return;
  thread_node.segment = segments_->add(thread_node.segment, before, via);
  if (number > source.farthest) source.farthest = number;
}

void SignalOrders::order_by_all(ThreadNode& thread_node, SignalSource& source) noexcept {
  if (free_completion_ == 0 && completions_.full()) return;
  const NodeId via = edges_->add_alias(source.node);
  if (via == 0) return;
  thread_node.segment = segments_->add(thread_node.segment, source.all, via);
  const u32 id = free_completion_ != 0 ? free_completion_ : completions_.add();
  if (free_completion_ != 0) free_completion_ = completions_[id].next;
  completions_[id] = {thread_node.segment, via, source.completions};
  source.completions = id;
}

void SignalOrders::forget(const SignalSource& source) noexcept {
  if (source.first_mark != 0) free_marks(source.first_mark, source.signals == 1 ? 1 : kMaxMarks);
  const u32 number = sources_->number_of(source);
  for (Lean* lean = leans_.data(); lean != leans_.data() + leans_.size(); ++lean) {
    if (lean->source == number) lean->causes = 0;
    for (u32 id = source.completions; lean->completion != 0 && id != 0;
         id = completions_[id].next) {
      if (lean->completion == id) lean->causes = 0;
    }
  }
  for (u32 id = source.completions; id != 0;) {
    const u32 next = completions_[id].next;
    completions_[id].next = free_completion_;
    free_completion_ = id;
    id = next;
  }
}

void SignalOrders::forget_leans() noexcept {
  u32 kept = 0;
  for (u32 i = 0; i < leans_.size(); ++i) {
    if (leans_[i].causes != 0) leans_[kept++] = leans_[i];
  }
  leans_.resize(kept);
}

bool SignalOrders::comes_after_all(SegmentId segment, const SignalSource& source) noexcept {
  bool after = true;
  segments_->each_heard(source.all, kMaxMarks, [&](SegmentId signal, NodeId) {
    u32 steps = kMaxSignalSteps;
    after = after && segments_->order(signal, segment, &steps).ordered;
  });
  return after;
}

void SignalOrders::distrust_all(const SignalSource& source) noexcept {
  for (u32 id = source.completions; id != 0; id = completions_[id].next)
    distrust(completions_[id].via);
}

void SignalOrders::give_up(const Signal& signal, SignalSource* source) noexcept {
  states_->store(ChannelStates::index_of(signal), kSaysNothing);
  if (source == nullptr) return;
  distrust_all(*source);
  distrust(source->later);
  distrust(source->end);
  edges_->graph().set_active(source->node, false);
  no_longer_orders(source->node);
  edges_->reconsider(source->node);
}

}  // namespace gridlock::internal
