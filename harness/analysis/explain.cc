// SPDX-License-Identifier: Apache-2.0
//
// What becomes of a cycle that no choice of contexts makes possible: it is listed with a reason,
// and the edge that closed it is remembered with the objects that the judgement rests on, so that
// it is searched again when one of them changes.
#include "harness/analysis/lock_order_graph.h"

namespace gridlock::internal {

void LockOrderGraph::remember_closer(EdgeId edge) noexcept {
  if (const u32* known = closer_index_.find(edge)) {
    closers_[*known].causes |= causes_;
    return;
  }
  if (closers_.full() || !closer_index_.insert(edge, closers_.size())) return;
  closers_[closers_.add()] = {edge, causes_};
}

// The context of `edge` to show as step `depth`: one that goes with the steps before it; else one
// that says more than that a thread does not wait for itself. Leaves its reason, kNone if it fits.
void LockOrderGraph::choose_to_explain(u32 depth, EdgeId edge) noexcept {
  const Edge chosen = edges_[edge];
  ContextId best = edges_.first_context(edge);
  SafeReason reason = SafeReason::kOneThread;
  u32 object = 0;
  for (ContextId id = best; id != 0 && reason != SafeReason::kNone; id = edges_.next_context(id)) {
    reason_ = SafeReason::kNone;
    object_ = 0;
    const bool goes = fits(depth, chosen.to, edges_.context(id));
    if (!goes && (reason_ == SafeReason::kOneThread || reason != SafeReason::kOneThread)) continue;
    best = id;
    reason = reason_;
    object = object_;
  }
  steps_[depth] = {chosen.from, chosen.to, edges_.context(best)};
  reason_ = reason;
  object_ = object;
}

// Lists the shortest cycle through the closing edge, which is steps_[0]; the distances are still
// those of its search.
void LockOrderGraph::explain(u32 length) noexcept {
  reason_ = SafeReason::kNone;
  object_ = 0;
  alone_fits(steps_[0].from, steps_[0].to, steps_[0].context);
  choose(0, steps_[0]);
  u32 chosen = 1;
  u32 depth = 1;
  for (; depth < length && budget_ != 0; ++depth) {
    --budget_;
    EdgeId edge = edges_.first_out(steps_[depth - 1].to);
    while (edge != 0) {
      const Mark& next = marks_[edges_[edge].to];
      if (next.reached == search_ && next.distance + 1 == length - depth &&
          edges_.first_context(edge) != 0)
        break;
      edge = edges_[edge].next_out;
    }
    if (edge == 0) break;
    steps_[depth] = {edges_[edge].from, edges_[edge].to,
                     edges_.context(edges_.first_context(edge))};
    if (reason_ != SafeReason::kNone) continue;
    choose_to_explain(depth, edge);
    if (reason_ == SafeReason::kNone) choose(chosen++, steps_[depth]);
  }
  if (depth == length && reason_ == SafeReason::kNone) closes(length);
  while (chosen != 0) unchoose(--chosen);
  if (depth == length) list_safe(length);
}

// Nothing to list when the steps can hang after all: that cycle is known, and a longer one was
// looked for.
void LockOrderGraph::list_safe(u32 length) noexcept {
  const u64 key = key_of_steps(length);
  if (reason_ == SafeReason::kNone || reported_.find(key) != nullptr) return;
  safe_.add(key, reason_, object_, &steps_[0], length);
}

void LockOrderGraph::reconsider(u32 object, OnCycle on_cycle, void* argument) noexcept {
  const u64 bit = cause_bit(object);
  u32 left = limits_.reconsider_steps;
  safe_.remove_named(object);
  for (u32 i = 0; i < closers_.size(); ++i) {
    if ((closers_[i].causes & bit) == 0) continue;
    const EdgeId edge = closers_[i].edge;
    const u64 causes = closers_[i].causes;
    closers_[i].causes = 0;
    for (ContextId id = edges_.first_context(edge); id != 0; id = edges_.next_context(id)) {
      const u32 share = left < limits_.search_steps ? left : limits_.search_steps;
      if (share == 0) {
        closers_[i].causes = causes;
        ++undecided_;
        return;
      }
      const u32 undecided = undecided_;
      budget_ = share;
      granted_ = 0;
      search(edge, edges_.context(id), on_cycle, argument);
      if (undecided_ != undecided) closers_[i].causes |= causes;
      const u32 spent = share + granted_ - budget_;
      left -= spent < left ? spent : left;
    }
  }
}

}  // namespace gridlock::internal
