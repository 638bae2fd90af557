// SPDX-License-Identifier: Apache-2.0
//
// Barriers, once flags and tasks, whose order has a shape of its own.
//
// A barrier that is only ever used by as many threads as it has parties orders every arrival before
// every departure of the same generation. The arrivals are chained on a hub, a segment that belongs
// to no thread; each departure begins after the hub. For who waits there holding something, every
// other party is a signaller that has to arrive.
//
// The body of a once flag is before whatever comes through the flag, but what the thread did before it
// ran the body is not: in another schedule another thread runs it.
#include "harness/analysis/prediction.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMostHeard = 16;  // of what a thread has heard, the newest

u64 both(NodeId object, const Actor& actor) noexcept { return (u64{object} << 32) | actor.thread; }

}  // namespace

Prediction::BarrierState* Prediction::barrier_of(NodeId object) noexcept {
  if (const u32* known = barrier_of_.find(object)) return &barriers_[*known];
  if (barriers_.full() || !barrier_of_.insert(object, barriers_.size())) return nullptr;
  graph_.describe(object, NodeKind::kSignal, false);
  return &barriers_[barriers_.add()];
}

Prediction::Party* Prediction::party_of(BarrierState& barrier, NodeId object,
                                        const Actor& actor) noexcept {
  if (const u32* known = party_of_.find(both(object, actor))) return &parties_[*known];
  if (parties_.full() || !party_of_.insert(both(object, actor), parties_.size())) return nullptr;
  ++barrier.threads;
  const u32 id = parties_.add();
  parties_[id] = {actor.thread, barrier.first_party, 0, 0};
  barrier.first_party = id;
  return &parties_[id];
}

// Edges to what a party requested before its latest arrival, or before it arrives next.
void Prediction::tell_party(Party& party, NodeId object) noexcept {
  if (party.arrivals == 0) return;
  party.told = add_signal_edges(object, party.thread, {nullptr, 0}, party.arrivals, party.told);
}

void Prediction::give_up_barrier(BarrierState& barrier, NodeId object) noexcept {
  barrier.luck = true;
  graph_.set_active(object, false);
  no_longer_orders(object);
}

bool Prediction::barrier_says_nothing(NodeId object) noexcept {
  const BarrierState* const barrier = barrier_of(object);
  return barrier == nullptr || barrier->luck;
}

void Prediction::arrives(Actor& actor, NodeId object, u32 parties, const Asking& asking) noexcept {
  if (barrier_says_nothing(object)) return;
  BarrierState* const barrier = barrier_of(object);
  Party* const party = party_of(*barrier, object, actor);
  if (party == nullptr || barrier->threads > parties) return give_up_barrier(*barrier, object);
  const u32 number = ++party->arrivals;
  if (asking.count != 0) {
    RequestContext context = context_of(actor, asking);
    context.to_epoch = number;
    add_edges(asking, object, object, context);
  }
  if (asking.count != 0 && !barrier->waited_for) {
    barrier->waited_for = true;
    for (u32 id = barrier->first_party; id != 0; id = parties_[id].next)
      tell_party(parties_[id], object);
  } else if (barrier->waited_for) {
    tell_party(*party, object);
  }
  Generation& generation = barrier->last[number & 1];
  if (generation.number != number) generation = {number, 0};
  generation.hub = segments_.add(generation.hub, actor.segment, object);
  next_segment(actor);
}

void Prediction::departs(Actor& actor, NodeId object) noexcept {
  if (barrier_says_nothing(object)) return;
  BarrierState* const barrier = barrier_of(object);
  const Party* const party = party_of(*barrier, object, actor);
  if (party == nullptr) return;
  const Generation& generation = barrier->last[party->arrivals & 1];
  if (generation.number == party->arrivals)
    actor.segment = segments_.add(actor.segment, generation.hub, object);
}

// What the thread has done itself is not before the body in every schedule, so the body stands apart
// from it. What it has heard from others is, if whoever might run the body has heard it, too.
void Prediction::once_body_begins(Actor& actor, NodeId flag) noexcept {
  const u32* known = body_of_.find(flag);
  if (known == nullptr) {
    if (bodies_.full() || !body_of_.insert(flag, bodies_.size())) return next_segment(actor);
    bodies_.add();
    known = body_of_.find(flag);
  }
  Body& body = bodies_[*known];
  SegmentId hub = 0;
  segments_.each_heard(actor.segment, kMostHeard,
                       [&](SegmentId heard, NodeId via) { hub = segments_.add(hub, heard, via); });
  body.via = hub != 0 ? hooks_.add_twin(flag, hooks_.argument) : 0;
  body.heard = hub;
  body.outer = actor.segment;
  body.first = segments_.add_apart(actor.segment, body.via != 0 ? hub : 0, body.via);
  actor.segment = body.first;
}

void Prediction::once_body_ended(Actor& actor, NodeId flag) noexcept {
  const u32* const known = body_of_.find(flag);
  if (known == nullptr) return next_segment(actor);
  Body& body = bodies_[*known];
  body.end = actor.segment;
  actor.segment = segments_.add(body.outer, body.end);
}

bool Prediction::has_heard_the_same(const Body& body, SegmentId segment) noexcept {
  bool same = true;
  segments_.each_heard(body.heard, kMostHeard, [&](SegmentId heard, NodeId) {
    same = same && segments_.ordered(heard, segment);
  });
  return same;
}

// The thread of that segment might have run the body itself: what is before the body in every schedule
// is at most what it has heard as well.
void Prediction::hear_less(Body& body, NodeId flag, SegmentId segment) noexcept {
  SegmentId hub = 0;
  segments_.each_heard(body.heard, kMostHeard, [&](SegmentId heard, NodeId via) {
    for (u32 i = 0; i < kMostHeard && heard != 0; ++i, heard = segments_.before(heard)) {
      if (!segments_.ordered(heard, segment)) continue;
      hub = segments_.add(hub, heard, via);
      return;
    }
  });
  const NodeId old = body.via;
  body.heard = hub;
  body.via = hub != 0 ? hooks_.add_twin(flag, hooks_.argument) : 0;
  segments_.hear_instead(body.first, body.via != 0 ? hub : 0, body.via);
  no_longer_orders(old);
}

void Prediction::passes_once(Actor& actor, NodeId flag) noexcept {
  actor.last_once = flag;
  const u32* const known = body_of_.find(flag);
  if (known == nullptr || passed_.find(both(flag, actor)) != nullptr) return;
  passed_.insert(both(flag, actor), 1);
  Body& body = bodies_[*known];
  if (!has_heard_the_same(body, actor.segment)) hear_less(body, flag, actor.segment);
  if (body.end != 0) actor.segment = segments_.add(actor.segment, body.end);
}

SegmentId Prediction::queues_task(Actor& actor) noexcept {
  const SegmentId submitted = actor.segment;
  next_segment(actor);
  return submitted;
}

SegmentId Prediction::task_begins(Actor& actor, SegmentId submitted,
                                  const Signal& result) noexcept {
  const SegmentId before = actor.segment;
  actor.segment = segments_.add(0, submitted);
  forget_earlier_requests(actor, result);
  return before;
}

// The next task does not come after this one, but whoever joins the thread comes after all of them.
void Prediction::task_ended(Actor& actor, SegmentId before) noexcept {
  actor.segment = segments_.add(before, actor.segment);
}

}  // namespace gridlock::internal
