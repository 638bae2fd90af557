// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/waiting_writers.h"

namespace gridlock::internal {
namespace {

RequestContext context_of(const WaitingWriter& writer) noexcept {
  RequestContext context;
  context.thread = writer.thread;
  context.segment = writer.segment;
  context.held_set = writer.held_set;
  return context;
}

}  // namespace

bool WaitingWriters::init(u32 nodes, OrderStore* store, ChosenSteps* steps,
                          Compatibility* compatibility, PermitHolders* holders,
                          SearchBudget* budget, Rejection* rejection) noexcept {
  store_ = store;
  steps_ = steps;
  compatibility_ = compatibility;
  holders_ = holders;
  budget_ = budget;
  rejection_ = rejection;
  return places_.reserve(nodes + 1);
}

void WaitingWriters::release() noexcept { places_.release(); }

bool WaitingWriters::fits(WriterId writer, u32 length, u32 chosen) noexcept {
  const RequestContext context = context_of(store_->nodes().writer(writer));
  budget_->spend(length / 16);
  for (u32 i = 0; i < length; ++i) {
    if (!compatibility_->compatible((*steps_)[i].context, context)) return false;
  }
  if (!holders_->has_room_for(context.held_set, length)) return false;
  for (u32 i = 0; i < chosen; ++i) {
    const RequestContext earlier = context_of(store_->nodes().writer(places_[i].writer));
    if (!compatibility_->compatible(earlier, context)) return false;
  }
  return true;
}

// Returns how many there are.
u32 WaitingWriters::list_places(u32 length) noexcept {
  places_.resize(0);
  for (u32 i = 0; i < length; ++i) {
    const CycleStep& step = (*steps_)[i];
    if (store_->nodes().is_signal(step.to) || step.context.wanted_mode == Mode::kExclusive ||
        (*steps_)[(i + 1) % length].context.held_mode == Mode::kExclusive) {
      continue;
    }
    if (places_.full()) return 0;  // no memory: as if somebody can be waiting
    places_[places_.add()] = {step.to, 0};
  }
  return places_.size();
}

// Tries all choices, without recursion.
bool WaitingWriters::fit(u32 length) noexcept {
  const OrderNodes& nodes = store_->nodes();
  const u32 count = list_places(length);
  if (count == 0) return true;
  const Rejection::Why before = rejection_->why();
  for (u32 at = 0;;) {
    WriterId& writer = places_[at].writer;
    writer = writer == 0 ? nodes.first_writer(places_[at].node) : nodes.writer(writer).next;
    while (writer != 0 && !budget_->used_up() && !fits(writer, length, at)) {
      budget_->spend();
      writer = nodes.writer(writer).next;
    }
    if (writer != 0 && !budget_->used_up()) {
      if (++at == count) return true;
      places_[at].writer = 0;
      continue;
    }
    if (at == 0 || budget_->used_up()) break;
    --at;
  }
  rejection_->set_why(before);  // a writer's own reason is not the cycle's
  for (u32 i = 0; i < count; ++i) rejection_->rests_on(places_[i].node);
  return rejection_->blame(InfeasibleReason::kNoWriter, places_[0].node);
}

}  // namespace gridlock::internal
