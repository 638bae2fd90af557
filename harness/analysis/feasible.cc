// SPDX-License-Identifier: Apache-2.0
//
// A cycle of edges is a deadlock that can happen only if its requests can all be pending at once.
// For each two of its steps that means:
//   - different threads: one thread makes one request at a time (kOneThread);
//   - no lock held in both, unless both hold it for reading: whoever holds it keeps the other out
//     (kGate); asked of every pair and not of the cycle as a whole, this covers partial gates.
//     Neither a class, which is many locks, nor an inactive node keeps anybody out; a semaphore of
//     several permits does when the steps would hold more than there are;
//   - segments that can overlap (kOrdered).
// And where two steps meet at a node, the first must really wait for the second: meet(). What it takes
// to wait for a permit is in permits.cc.
#include "harness/analysis/lock_order_graph.h"

namespace gridlock::internal {
namespace {

// Up to this length every pair of steps is asked for its order as soon as it is chosen.
constexpr u32 kShort = 64;

bool is_signal(NodeKind kind) noexcept {
  return kind == NodeKind::kSignal || kind == NodeKind::kAnySignal || kind == NodeKind::kWakeup;
}

bool holds(const HeldSets::View& held, NodeId node, Mode wanted) noexcept {
  for (u32 i = 0; i < held.size(); ++i) {
    if (node_of(held[i]) == node && (wanted == Mode::kExclusive || !is_shared(held[i])))
      return true;
  }
  return false;
}

}  // namespace

// Keeps the first reason of a choice, and every object that any rejection rests on. Always false.
bool LockOrderGraph::blame(SafeReason reason, u32 object, u64 causes) noexcept {
  causes_ |= causes | cause_bit(object);
  if (reason_ == SafeReason::kNone) {
    reason_ = reason;
    object_ = object;
  }
  return false;
}

bool LockOrderGraph::keeps_out(NodeId node) noexcept {
  return kind_of(node) != NodeKind::kClass && !traits_[node].inactive;
}

// The chosen steps are counted at every node that they hold, so that a gate is found in the time
// that it takes to look at one held set, however long the path is.
void LockOrderGraph::choose(u32 depth, const CycleStep& step) noexcept {
  steps_[depth] = step;
  threads_[depth] = step.context.thread;
  moments_[depth] = step.context.segment;
  const HeldSets::View held = held_sets_.view(step.context.held_set);
  for (u32 i = 0; i < held.size(); ++i) {
    Mark& mark = marks_[node_of(held[i])];
    ++(is_shared(held[i]) ? mark.readers : mark.writers);
  }
}

void LockOrderGraph::unchoose(u32 depth) noexcept {
  const HeldSets::View held = held_sets_.view(steps_[depth].context.held_set);
  for (u32 i = 0; i < held.size(); ++i) {
    Mark& mark = marks_[node_of(held[i])];
    --(is_shared(held[i]) ? mark.readers : mark.writers);
  }
}

bool LockOrderGraph::no_gate(u32 held_set) noexcept {
  const HeldSets::View held = held_sets_.view(held_set);
  u32 same = 0;  // entries of the node so far
  for (u32 i = 0; i < held.size(); ++i) {
    const NodeId node = node_of(held[i]);
    const Mark& mark = marks_[node];
    same = i != 0 && node_of(held[i - 1]) == node ? same + 1 : 1;
    const bool met = mark.writers != 0 || (mark.readers != 0 && !is_shared(held[i]));
    if (!met || !keeps_out(node)) continue;
    if (is_permits(node) && mark.writers + same <= traits_[node].permits) continue;
    return blame(SafeReason::kGate, node, 0);
  }
  return true;
}

bool LockOrderGraph::disjoint(u32 set_a, u32 set_b) noexcept {
  const HeldSets::View in_a = held_sets_.view(set_a);
  const HeldSets::View in_b = held_sets_.view(set_b);
  u32 a = 0;
  u32 b = 0;
  while (a < in_a.size() && b < in_b.size()) {
    const NodeId node = node_of(in_a[a]);
    const NodeId other = node_of(in_b[b]);
    const bool both_read = is_shared(in_a[a]) && is_shared(in_b[b]);
    if (node == other && !both_read && keeps_out(node) &&
        !(is_permits(node) &&
          permits_held(set_a, node) + permits_held(set_b, node) <= traits_[node].permits)) {
      return blame(SafeReason::kGate, node, 0);
    }
    if (node <= other) ++a;
    if (other <= node) ++b;
  }
  return true;
}

bool LockOrderGraph::overlap(SegmentId a, SegmentId b) noexcept {
  const SegmentOrder order = segments_->order(a < b ? a : b, a < b ? b : a, &budget_);
  return !order.ordered || blame(SafeReason::kOrdered, order.through, order.causes);
}

// Of a long path, whose pairs are too many to ask for each.
bool LockOrderGraph::all_overlap(u32 length) noexcept {
  const SegmentOrder order = segments_->any_ordered(&moments_[0], length, &budget_);
  return !order.ordered || blame(SafeReason::kOrdered, order.through, order.causes);
}

bool LockOrderGraph::compatible(const RequestContext& a, const RequestContext& b) noexcept {
  if (a.thread == b.thread) return blame(SafeReason::kOneThread, 0, 0);
  return disjoint(a.held_set, b.held_set) && overlap(a.segment, b.segment);
}

// Does `wants`, which asks for `node`, wait for `holds`, which holds it or has still to signal it?
// A reader waits for a reader only behind a writer (after lockdep's recursive reads):
// writers_fit().
bool LockOrderGraph::meet(NodeId node, const RequestContext& wants,
                          const RequestContext& holds) noexcept {
  const NodeKind kind = kind_of(node);
  if (is_signal(kind)) {
    const bool exactly = kind == NodeKind::kWakeup && (wants.to_epoch & kOrEarlier) == 0;
    const bool before = exactly ? holds.from_epoch == wants.to_epoch
                                : holds.from_epoch <= (wants.to_epoch & ~kOrEarlier);
    return before || blame(SafeReason::kOrdered, node, 0);
  }
  if (wants.wanted_mode == Mode::kExclusive || holds.held_mode == Mode::kExclusive) return true;
  if (!traits_[node].prefers_writers) return blame(SafeReason::kReadersOnly, node, 0);
  return traits_[node].first_writer != 0 || blame(SafeReason::kNoWriter, node, 0);
}

bool LockOrderGraph::alone_fits(NodeId from, NodeId to, const RequestContext& context) noexcept {
  if (context.unpublished) return blame(SafeReason::kUnpublished, from, 0);
  if (traits_[from].inactive) return blame(SafeReason::kInactive, from, 0);
  return !traits_[to].inactive || blame(SafeReason::kInactive, to, 0);
}

// As the next step behind the first `depth` of them, which are chosen.
bool LockOrderGraph::fits(u32 depth, NodeId to, const RequestContext& context) noexcept {
  const CycleStep& last = steps_[depth - 1];
  if (!alone_fits(last.to, to, context)) return false;
  u32 same = 0;  // without a branch, so that the compiler takes many at once
  for (u32 i = 0; i < depth; ++i) same |= threads_[i] == context.thread ? 1 : 0;
  const u32 cost = depth / 256;
  budget_ -= cost < budget_ ? cost : budget_;
  if (same != 0) return blame(SafeReason::kOneThread, 0, 0);
  if (!no_gate(context.held_set)) return false;
  for (u32 i = 0; i < depth && depth < kShort; ++i) {
    if (!overlap(moments_[i], context.segment)) return false;
  }
  return meet(last.to, last.context, context);
}

bool LockOrderGraph::writer_fits(u32 writer, u32 length, u32 chosen) noexcept {
  RequestContext context;
  context.thread = writers_[writer].thread;
  context.segment = writers_[writer].segment;
  context.held_set = writers_[writer].held_set;
  const u32 cost = length / 16;
  budget_ -= cost < budget_ ? cost : budget_;
  for (u32 i = 0; i < length; ++i) {
    if (!compatible(steps_[i].context, context)) return false;
  }
  if (!permits_for(context.held_set, length)) return false;
  for (u32 i = 0; i < chosen; ++i) {
    const Writer& other = writers_[junctions_[2 * i + 1]];
    RequestContext earlier;
    earlier.thread = other.thread;
    earlier.segment = other.segment;
    earlier.held_set = other.held_set;
    if (!compatible(earlier, context)) return false;
  }
  return true;
}

// A writer for each place where a reader waits for a reader: threads of their own, which could all
// be waiting at that moment. Tries all choices, without recursion.
bool LockOrderGraph::writers_fit(u32 length) noexcept {
  u32 count = 0;
  for (u32 i = 0; i < length; ++i) {
    const NodeId node = steps_[i].to;
    const RequestContext& holds = steps_[(i + 1) % length].context;
    if (is_signal(kind_of(node)) || steps_[i].context.wanted_mode == Mode::kExclusive ||
        holds.held_mode == Mode::kExclusive) {
      continue;
    }
    junctions_[2 * count] = node;
    junctions_[2 * count++ + 1] = 0;
  }
  if (count == 0) return true;
  const SafeReason before = reason_;
  const u32 object = object_;
  for (u32 at = 0;;) {
    u32& writer = junctions_[2 * at + 1];
    writer = writer == 0 ? traits_[junctions_[2 * at]].first_writer : writers_[writer].next;
    while (writer != 0 && budget_ != 0 && !writer_fits(writer, length, at)) {
      --budget_;
      writer = writers_[writer].next;
    }
    if (writer != 0 && budget_ != 0) {
      if (++at == count) return true;
      junctions_[2 * at + 1] = 0;
      continue;
    }
    if (at == 0 || budget_ == 0) break;
    --at;
  }
  reason_ = before;  // a writer's own reason is not the cycle's
  object_ = object;
  for (u32 i = 0; i < count; ++i) causes_ |= cause_bit(junctions_[2 * i]);
  return blame(SafeReason::kNoWriter, junctions_[0], 0);
}

// Is this request of a giver, made before its first signal, one that cannot be granted while the chosen
// steps are pending: for what one of their threads holds? A giver that is one of these threads is kept
// back if the step itself came before its first signal. (Of two givers that keep each other back only
// the second waits for something else, and it does wait; so they need not fit each other.)
bool LockOrderGraph::kept_back_at(NodeId node, const RequestContext& context, u32 length) noexcept {
  bool held = false;
  for (u32 i = 0; i < length; ++i) {
    const RequestContext& step = steps_[i].context;
    if (step.thread == context.thread)
      return steps_[i].to == node && step.segment == context.segment;
    if (!compatible(step, context)) return false;
    held = held || holds(held_sets_.view(step.held_set), node, context.wanted_mode);
  }
  if (is_permits(node)) held = permits_taken(length, node) == traits_[node].permits;
  return held && keeps_out(node) && permits_for(context.held_set, length);
}

bool LockOrderGraph::kept_back(NodeId giver, u32 length) noexcept {
  for (EdgeId edge = edges_.first_out(giver); edge != 0; edge = edges_[edge].next_out) {
    for (ContextId id = edges_.first_context(edge); id != 0; id = edges_.next_context(id)) {
      const u32 cost = 1 + length / 16;
      budget_ -= cost < budget_ ? cost : budget_;
      if (budget_ == 0) return false;
      if (kept_back_at(edges_[edge].to, edges_.context(id), length)) return true;
    }
  }
  return false;
}

// An "or": where several could give the signal, all of them have to be kept back. That is asked of
// their first signals only, and so of a wait for the first one.
bool LockOrderGraph::givers_fit(u32 length) noexcept {
  const SafeReason before = reason_;
  const u32 object = object_;
  for (u32 i = 0; i < length; ++i) {
    const NodeId node = steps_[i].to;
    if (kind_of(node) != NodeKind::kAnySignal) continue;
    bool all = steps_[i].context.to_epoch == 1;
    for (const u32* giver = next_giver_.find(node); all && giver != nullptr && *giver != 0;
         giver = next_giver_.find(*giver)) {
      all = kept_back(*giver, length);
    }
    reason_ = before;  // a giver's own reason is not the cycle's
    object_ = object;
    if (!all) return blame(SafeReason::kInactive, node, 0);
  }
  return true;
}

// Do the chosen steps, which fit one behind the other, also fit from the last to the first?
bool LockOrderGraph::closes(u32 length) noexcept {
  const CycleStep& last = steps_[length - 1];
  keepers_.resize(0);
  moments_[length - 1] = last.context.segment;
  if (length > kShort && !all_overlap(length)) return false;
  return meet(last.to, last.context, steps_[0].context) && givers_fit(length) &&
         writers_fit(length) && keepers_fit(length);
}

}  // namespace gridlock::internal
