// SPDX-License-Identifier: Apache-2.0
//
// Which cycles a new context closes: breadth first for the distance, then depth first over paths
// and contexts. What makes a choice of contexts possible is in feasible.cc.
#include "harness/analysis/lock_order_graph.h"

namespace gridlock::internal {

namespace {

constexpr u32 kLonger = 12;  // how far beyond the shortest path a feasible cycle is looked for

}  // namespace

// How many edges lead from each node to `target`, breadth first, as far from it as a path from
// `start` may be long. False: no path from there, or out of steps before it was found. Half of the
// steps are kept for the paths themselves: of a component that is too large to measure the part
// near the target will do.
bool LockOrderGraph::measure_distances(NodeId target, NodeId start) noexcept {
  u32 left = budget_ / 2;
  queue_.resize(0);
  queue_[queue_.add()] = target;
  marks_[target].reached = search_;
  marks_[target].distance = 0;
  for (u32 i = 0; i < queue_.size() && left != 0; ++i) {
    const NodeId node = queue_[i];
    const bool found = marks_[start].reached == search_;
    if (found && marks_[node].distance >= marks_[start].distance + kLonger) break;
    const u32 expanded = expand_into(node);
    const u32 cost = expanded < left ? expanded : left;
    left -= cost;
    budget_ -= cost;
    for (EdgeId edge = edges_.first_in(node); edge != 0 && left != 0; edge = edges_[edge].next_in) {
      --left;
      --budget_;
      if (edges_.first_context(edge) == 0) continue;
      const NodeId previous = edges_[edge].from;
      if (marks_[previous].reached == search_ || !order_.same_component(previous, target)) continue;
      marks_[previous].reached = search_;
      marks_[previous].distance = marks_[node].distance + 1;
      queue_[queue_.add()] = previous;
    }
  }
  measured_ = left != 0;
  return marks_[start].reached == search_;
}

void LockOrderGraph::search(EdgeId edge, const RequestContext& context, OnCycle on_cycle,
                            void* argument) noexcept {
  causes_ = 0;
  reason_ = SafeReason::kNone;
  object_ = 0;
  keepers_.resize(0);
  steps_[0] = {edges_[edge].from, edges_[edge].to, context};
  const bool self = edges_[edge].from == edges_[edge].to;
  if (self) {
    find_self_cycles(edge, on_cycle, argument);
  } else {
    find_cycles(edge, on_cycle, argument);
  }
  if (causes_ != 0) remember_closer(edge);
}

// A reader behind a writer is one step, and so is one permit more; two upgrades, or two locks of one class, are two. Two locks of
// one class by one thread alone are reported as well, as lockdep does ("possible recursive locking"):
// the same code in another thread may have them the other way round. Not if more is held, because that
// may be the gate: then a second thread has to show that it is not.
void LockOrderGraph::find_self_cycles(EdgeId edge, OnCycle on_cycle, void* argument) noexcept {
  const CycleStep step = steps_[0];
  const bool reads_twice =
      step.context.held_mode == Mode::kShared && step.context.wanted_mode == Mode::kShared;
  const bool fits_alone = alone_fits(step.from, step.to, step.context);
  const bool alone =
      is_permits(step.from) || (kind_of(step.from) == NodeKind::kLock && reads_twice);
  if (alone) {
    const bool found = fits_alone && closes(1);
    if (!found && budget_ == 0) ++undecided_;
    if (!found) return list_safe(1);
    report(1, on_cycle, argument);
    return;
  }
  if (kind_of(step.from) == NodeKind::kClass && !reads_twice && fits_alone &&
      held_sets_.view(step.context.held_set).size() == 1) {
    report(1, on_cycle, argument);
    return;
  }
  choose(0, step);
  ContextId explained = 0;  // a context of another thread, and why it does not go with the new one
  SafeReason reason = SafeReason::kNone;
  u32 object = 0;
  bool found = false;
  for (ContextId id = edges_.first_context(edge); id != 0 && budget_ != 0 && !found;
       id = edges_.next_context(id)) {
    const RequestContext other = edges_.context(id);
    --budget_;
    if (other.thread == step.context.thread) continue;
    reason_ = SafeReason::kNone;
    steps_[1] = {step.from, step.to, other};
    found = alone_fits(step.from, step.to, step.context) && fits(1, step.to, other) && closes(2);
    explained = id;
    reason = reason_;
    object = object_;
  }
  unchoose(0);
  if (found) {
    report(2, on_cycle, argument);
  } else if (budget_ == 0) {
    ++undecided_;
  } else if (explained != 0) {
    steps_[1] = {step.from, step.to, edges_.context(explained)};
    reason_ = reason;
    object_ = object;
    list_safe(2);
  }
}

// Shortest first, and no longer than needed: a longer cycle through the same edge shows up once the
// shorter is mended.
void LockOrderGraph::find_cycles(EdgeId edge, OnCycle on_cycle, void* argument) noexcept {
  const Edge closing = edges_[edge];
  ++search_;
  if (!measure_distances(closing.from, closing.to)) {
    if (!measured_) ++undecided_;
    return;
  }
  const u32 shortest = marks_[closing.to].distance + 1;
  // What a cycle of that length costs however simple it is.
  granted_ = shortest * 4 + static_cast<u32>(u64{shortest} * shortest / 256);
  budget_ += granted_;
  if (alone_fits(closing.from, closing.to, steps_[0].context)) {
    for (u32 length = shortest; length <= shortest + kLonger && length < marks_.size(); ++length) {
      if (enumerate(length, on_cycle, argument) != 0) return;
      if (budget_ == 0) {
        ++undecided_;
        return;
      }
    }
  }
  if (!measured_) ++undecided_;  // a longer one may have been missed
  explain(shortest);
}

// Tries every path of exactly `length` edges (the closing edge is step 0), with every choice of
// contexts. A depth-first search with its own stack: a cycle of 10,000 locks must not overflow the
// stack of the thread that closed it.
u32 LockOrderGraph::enumerate(u32 length, OnCycle on_cycle, void* argument) noexcept {
  constexpr u32 kMostReports = 8;
  const NodeId target = steps_[0].from;
  u32 found = 0;
  u32 depth = 1;
  choose(0, steps_[0]);
  marks_[steps_[0].to].on_path = search_;
  path_[1] = {edges_.first_out(steps_[0].to), 0};
  while (depth > 0) {
    const NodeId node = steps_[depth - 1].to;
    Choice& choice = path_[depth];
    if (budget_ == 0 || choice.edge == 0 || found >= kMostReports) {
      marks_[node].on_path = 0;
      --depth;
      unchoose(depth);
      continue;
    }
    --budget_;
    const Edge edge = edges_[choice.edge];
    const u32 left = length - depth;  // edges still to choose, this one included
    const Mark& next = marks_[edge.to];
    const bool leads_home = next.reached == search_ && next.distance < left &&
                            next.on_path != search_ && (edge.to == target) == (left == 1);
    if (leads_home && choice.context == 0) choice.context = edges_.first_context(choice.edge);
    while (leads_home && choice.context != 0 &&
           !fits(depth, edge.to, edges_.context(choice.context))) {
      choice.context = edges_.next_context(choice.context);
    }
    if (!leads_home || choice.context == 0) {
      choice = {edge.next_out, 0};
      continue;
    }
    const CycleStep step{node, edge.to, edges_.context(choice.context)};
    choice.context = edges_.next_context(choice.context);
    if (choice.context == 0) choice.edge = edge.next_out;  // what to try when the search comes back
    if (left == 1) {
      steps_[depth] = step;
      if (closes(length) && report(length, on_cycle, argument)) ++found;
      continue;
    }
    marks_[edge.to].on_path = search_;
    choose(depth, step);
    ++depth;
    path_[depth] = {edges_.first_out(edge.to), 0};
  }
  return found;
}

// Of the set of locks, whatever the starting point. Two locks of one class are the same cycle, whether
// one thread or two show it.
u64 LockOrderGraph::key_of_steps(u32 length) noexcept {
  if (length == 2 && steps_[0].from == steps_[1].from &&
      kind_of(steps_[0].from) == NodeKind::kClass) {
    length = 1;
  }
  u64 key = length;
  for (u32 i = 0; i < length; ++i) key += mix(steps_[i].from);
  return mix(key) | 1;
}

bool LockOrderGraph::report(u32 length, OnCycle on_cycle, void* argument) noexcept {
  const u64 key = key_of_steps(length);
  if (reported_.find(key) != nullptr) return false;
  reported_.insert(key, 1);
  safe_.remove(key);
  u32 told = length;
  for (u32 i = 0; i < keepers_.size() && told < marks_.size(); ++i) steps_[told++] = keepers_[i];
  on_cycle(&steps_[0], told, argument);
  return true;
}

}  // namespace gridlock::internal
