// SPDX-License-Identifier: Apache-2.0
//
// Which cycles a new context closes: breadth first for the distance, then depth first over paths
// and contexts.
#include "harness/analysis/cycle_search.h"

namespace gridlock::internal {

bool CycleSearch::init(const LockOrderLimits& limits, OrderStore* store, Segments* segments,
                       TallRequests* tall, SearchBudget* budget) noexcept {
  search_steps_ = limits.search_steps;
  reconsider_steps_ = limits.reconsider_steps;
  store_ = store;
  budget_ = budget;
  explainer_.init(store, &steps_, &distances_, &feasibility_, budget);
  return steps_.init(limits.nodes, store) &&
         feasibility_.init(limits.nodes, store, segments, &steps_, budget) &&
         distances_.init(limits.nodes, store, tall, budget) && known_.init(store) &&
         closers_.init(limits.edges) && path_.reserve(limits.nodes + 2);
}

void CycleSearch::release() noexcept {
  steps_.release();
  feasibility_.release();
  distances_.release();
  known_.release();
  closers_.release();
  path_.release();
}

bool CycleSearch::make_room() noexcept {
  const u32 nodes = store_->nodes().limit() - 1;
  return steps_.make_room(nodes) && distances_.make_room(nodes) && path_.reach(nodes + 2);
}

void CycleSearch::forget(const IdSet& nodes) noexcept {
  closers_.forget_removed(store_->edges());
  known_.forget(nodes);
}

u64 CycleSearch::edge_bytes() const noexcept { return closers_.bytes(); }

void CycleSearch::search(EdgeId edge, const RequestContext& context,
                         const CycleListener& listener) noexcept {
  budget_->start(search_steps_);
  search_from(edge, context, listener);
}

void CycleSearch::search_from(EdgeId edge, const RequestContext& context,
                              const CycleListener& listener) noexcept {
  const Edge closing = store_->edges()[edge];
  if (!make_room()) return budget_->note_undecided();
  feasibility_.start();
  steps_[0] = {closing.from, closing.to, context};
  if (closing.from == closing.to) {
    find_self_cycles(edge, listener);
  } else {
    find_cycles(edge, listener);
  }
  const u64 causes = feasibility_.rejection().causes();
  if (causes != 0) closers_.add(edge, causes);
}

// A reader behind a writer is one step, and so is one permit more; two upgrades, or two locks of one
// class, are two. Two locks of one class by one thread alone are reported as well, as lockdep does
// ("possible recursive locking"): the same code in another thread may have them the other way round. Not
// if more is held, because that may be the gate: then a second thread has to show that it is not.
void CycleSearch::find_self_cycles(EdgeId edge, const CycleListener& listener) noexcept {
  const CycleStep step = steps_[0];
  const NodeKind kind = store_->nodes().kind(step.from);
  const bool reads_twice =
      step.context.held_mode == Mode::kShared && step.context.wanted_mode == Mode::kShared;
  const bool fits_alone = feasibility_.fits_alone(step.from, step.to, step.context);
  const bool alone = kind == NodeKind::kPermits || (kind == NodeKind::kLock && reads_twice);
  if (alone) {
    const bool found = fits_alone && feasibility_.closes(1);
    if (!found && budget_->used_up()) budget_->note_undecided();
    if (!found) return list_infeasible(1);
    report(1, listener);
    return;
  }
  if (kind == NodeKind::kClass && !reads_twice && fits_alone &&
      store_->held(step.context.held_set).size() == 1) {
    report(1, listener);
    return;
  }
  find_pair(edge, listener);
}

// Another thread's context of the same edge, that goes with the new one.
void CycleSearch::find_pair(EdgeId edge, const CycleListener& listener) noexcept {
  const LockOrderEdges& edges = store_->edges();
  Rejection& rejection = feasibility_.rejection();
  const CycleStep step = steps_[0];
  steps_.choose(0, step);
  ContextId explained = 0;  // a context of another thread, and why it does not go with the new one
  Rejection::Why why;
  bool found = false;
  for (ContextId id = edges.first_context(edge); id != 0 && !budget_->used_up() && !found;
       id = edges.next_context(id)) {
    const RequestContext other = edges.context(id);
    budget_->spend();
    if (other.thread == step.context.thread) continue;
    rejection.set_why({});
    steps_[1] = {step.from, step.to, other};
    found = feasibility_.fits_alone(step.from, step.to, step.context) &&
            feasibility_.fits(1, step.to, other) && feasibility_.closes(2);
    explained = id;
    why = rejection.why();
  }
  steps_.unchoose(0);
  if (found) {
    report(2, listener);
  } else if (budget_->used_up()) {
    budget_->note_undecided();
  } else if (explained != 0) {
    steps_[1] = {step.from, step.to, edges.context(explained)};
    rejection.set_why(why);
    list_infeasible(2);
  }
}

// Shortest first, and no longer than needed: a longer cycle through the same edge shows up once the
// shorter is mended.
void CycleSearch::find_cycles(EdgeId edge, const CycleListener& listener) noexcept {
  const Edge closing = store_->edges()[edge];
  if (!distances_.measure(closing.from, closing.to)) {
    if (!distances_.is_complete()) budget_->note_undecided();
    return;
  }
  const u32 shortest = distances_.distance(closing.to) + 1;
  const u32 longest = shortest + CycleDistances::kLonger;
  // What a cycle of that length costs however simple it is.
  budget_->grant(shortest * 4 + static_cast<u32>(u64{shortest} * shortest / 256));
  if (feasibility_.fits_alone(closing.from, closing.to, steps_[0].context)) {
    for (u32 length = shortest; length <= longest && length < store_->nodes().limit(); ++length) {
      if (enumerate(length, listener) != 0) return;
      if (budget_->used_up()) return budget_->note_undecided();
    }
  }
  if (!distances_.is_complete()) budget_->note_undecided();  // a longer one may have been missed
  if (explainer_.explain(shortest)) list_infeasible(shortest);
}

// The next context of the choice's edge that fits behind the steps before it; none is left: false.
bool CycleSearch::next_context_fits(u32 depth, NodeId to, Choice* choice) noexcept {
  const LockOrderEdges& edges = store_->edges();
  if (choice->context == 0) choice->context = edges.first_context(choice->edge);
  while (choice->context != 0 && !feasibility_.fits(depth, to, edges.context(choice->context))) {
    choice->context = edges.next_context(choice->context);
  }
  return choice->context != 0;
}

// Tries every path of exactly `length` edges (the closing edge is step 0), with every choice of
// contexts. A depth-first search with its own stack: a cycle of 10,000 locks must not overflow the
// stack of the thread that closed it.
u32 CycleSearch::enumerate(u32 length, const CycleListener& listener) noexcept {
  constexpr u32 kMaxReports = 8;
  const LockOrderEdges& edges = store_->edges();
  const NodeId target = steps_[0].from;
  u32 found = 0;
  u32 depth = 1;
  steps_.choose(0, steps_[0]);
  distances_.enter(steps_[0].to);
  path_[1] = {edges.first_out(steps_[0].to), 0};
  while (depth > 0) {
    const NodeId node = steps_[depth - 1].to;
    Choice& choice = path_[depth];
    if (budget_->used_up() || choice.edge == 0 || found >= kMaxReports) {
      distances_.leave(node);
      --depth;
      steps_.unchoose(depth);
      continue;
    }
    budget_->spend();
    const Edge edge = edges[choice.edge];
    const u32 left = length - depth;  // edges still to choose, this one included
    const bool leads_home =
        distances_.is_free_below(edge.to, left) && (edge.to == target) == (left == 1);
    if (!leads_home || !next_context_fits(depth, edge.to, &choice)) {
      choice = {edge.next_out, 0};
      continue;
    }
    const CycleStep step{node, edge.to, edges.context(choice.context)};
    choice.context = edges.next_context(choice.context);
    if (choice.context == 0) choice.edge = edge.next_out;  // what to try when the search comes back
    if (left == 1) {
      steps_[depth] = step;
      if (feasibility_.closes(length) && report(length, listener)) ++found;
      continue;
    }
    distances_.enter(edge.to);
    steps_.choose(depth, step);
    ++depth;
    path_[depth] = {edges.first_out(edge.to), 0};
  }
  return found;
}

void CycleSearch::list_infeasible(u32 length) noexcept {
  known_.add_safe(steps_.all(), length, feasibility_.rejection().why());
}

bool CycleSearch::report(u32 length, const CycleListener& listener) noexcept {
  if (!known_.add(steps_.all(), length)) return false;
  const PermitHolders& holders = feasibility_.holders();
  u32 told = length;
  for (u32 i = 0; i < holders.size() && told < store_->nodes().limit(); ++i)
    steps_[told++] = holders[i];
  listener.on_cycle(steps_.all(), told, listener.argument);
  return true;
}

void CycleSearch::reconsider(u32 object, const CycleListener& listener) noexcept {
  const LockOrderEdges& edges = store_->edges();
  const u64 bit = cause_bit(object);
  u32 left = reconsider_steps_;
  known_.infeasible().remove_named(object);
  for (u32 i = 0; i < closers_.size(); ++i) {
    const u64 causes = closers_.causes(i);
    if ((causes & bit) == 0) continue;
    const EdgeId edge = closers_.edge(i);
    closers_.set_causes(i, 0);
    for (ContextId id = edges.first_context(edge); id != 0; id = edges.next_context(id)) {
      const u32 share = left < search_steps_ ? left : search_steps_;
      if (share == 0) {
        closers_.set_causes(i, causes);
        return budget_->note_undecided();
      }
      const u32 undecided = budget_->undecided();
      budget_->start(share);
      search_from(edge, edges.context(id), listener);
      if (budget_->undecided() != undecided) closers_.set_causes(i, closers_.causes(i) | causes);
      left -= budget_->spent() < left ? budget_->spent() : left;
    }
  }
}

}  // namespace gridlock::internal
