// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/barrier_orders.h"

namespace gridlock::internal {
namespace {

u64 both(NodeId object, const ThreadNode& thread_node) noexcept {
  return (u64{object} << 32) | thread_node.thread;
}

}  // namespace

bool BarrierOrders::init(u32 objects, Segments* segments, RequestEdges* edges, SignalOrders* orders,
                         FollowedWaits* waits) noexcept {
  segments_ = segments;
  edges_ = edges;
  orders_ = orders;
  waits_ = waits;
  if (!barriers_.reserve(objects + 1) || !parties_.reserve(objects + 1)) return false;
  barriers_.add();  // index 0 means "none" in each table
  parties_.add();
  return true;
}

void BarrierOrders::release() noexcept {
  barriers_.release();
  parties_.release();
  barrier_of_.release();
  party_of_.release();
}

BarrierOrders::BarrierState* BarrierOrders::barrier_of(NodeId object) noexcept {
  if (const u32* known = barrier_of_.find(object)) return &barriers_[*known];
  if (free_barrier_ == 0 && barriers_.full()) return nullptr;
  const u32 id = free_barrier_ != 0 ? free_barrier_ : barriers_.add();
  if (free_barrier_ != 0) free_barrier_ = barriers_[id].threads;
  barriers_[id] = BarrierState{};
  if (!barrier_of_.insert(object, id)) return nullptr;
  edges_->graph().describe(object, NodeKind::kSignal, false);
  return &barriers_[id];
}

BarrierOrders::Party* BarrierOrders::party_of(BarrierState& barrier, NodeId object,
                                              const ThreadNode& thread_node) noexcept {
  if (const u32* known = party_of_.find(both(object, thread_node))) return &parties_[*known];
  if (free_party_ == 0 && parties_.full()) return nullptr;
  const u32 id = free_party_ != 0 ? free_party_ : parties_.add();
  if (free_party_ != 0) free_party_ = parties_[id].next;
  if (!party_of_.insert(both(object, thread_node), id)) return nullptr;
  ++barrier.threads;
  parties_[id] = {thread_node.thread, barrier.first_party, 0, 0, 0, false, false};
  barrier.first_party = id;
  return &parties_[id];
}

void BarrierOrders::forget(const IdSet& nodes) noexcept {
  barrier_of_.erase_if([&](u64 object, u32 id) noexcept {
    if (!nodes.has(static_cast<NodeId>(object))) return false;
    for (u32 party = barriers_[id].first_party; party != 0;) {
      const u32 next = parties_[party].next;
      party_of_.erase((object << 32) | parties_[party].thread);
      parties_[party] = {0, free_party_, 0, 0, 0, false, false};
      free_party_ = party;
      party = next;
    }
    barriers_[id] = BarrierState{};
    barriers_[id].threads = free_barrier_;
    free_barrier_ = id;
    return true;
  });
}

void BarrierOrders::keep_requests() noexcept {
  for (u32 i = 1; i < parties_.size(); ++i) {
    Party& party = parties_[i];
    if (party.thread != 0 && party.asked != 0) party.asked = waits_->kept(party.asked);
  }
}

// Edges to what a party requested before its latest arrival, or before it arrives next.
void BarrierOrders::tell_party(Party& party, NodeId object) noexcept {
  if (party.arrivals == 0) return;
  if (party.early) {
    waits_->tell_up_to(object, party.asked, party.arrivals, party.told);
    party.told = party.asked;
    return;
  }
  party.told = waits_->tell_all(object, party.thread, party.arrivals, party.told);
}

void BarrierOrders::arrive_at(ThreadNode& thread_node, NodeId object,
                              Generation& generation) noexcept {
  generation.hub = segments_->add(generation.hub, thread_node.segment, object);
  thread_node.segment = segments_->add(thread_node.segment, 0);
}

void BarrierOrders::give_up(BarrierState& barrier, NodeId object) noexcept {
  barrier.by_chance = true;
  edges_->graph().set_active(object, false);
  orders_->no_longer_orders(object);
}

bool BarrierOrders::says_nothing(NodeId object) noexcept {
  const BarrierState* const barrier = barrier_of(object);
  return barrier == nullptr || barrier->by_chance;
}

// A thread can only have come to the next generation when all others have come to this one.
bool BarrierOrders::in_step(const BarrierState& barrier, const Party& own,
                            u32 parties) const noexcept {
  if (own.arrivals == 0) return true;
  if (barrier.threads < parties) return false;
  for (u32 id = barrier.first_party; id != 0; id = parties_[id].next) {
    if (!parties_[id].dropped && parties_[id].arrivals < own.arrivals) return false;
  }
  return true;
}

// The thread holds something while it waits for the end of its generation.
void BarrierOrders::needs_others(const ThreadNode& thread_node, NodeId object,
                                 BarrierState& barrier, u32 number,
                                 const PendingRequest& request) noexcept {
  RequestContext context = edges_->context_of(thread_node, request);
  context.to_epoch = number;
  edges_->add_held(request, object, object, context);
  if (barrier.waited_for) return;
  barrier.waited_for = true;
  for (u32 id = barrier.first_party; id != 0; id = parties_[id].next)
    tell_party(parties_[id], object);
}

void BarrierOrders::arrives(ThreadNode& thread_node, NodeId object, u32 parties,
                            const PendingRequest& request) noexcept {
  if (says_nothing(object)) return;
  BarrierState* const barrier = barrier_of(object);
  Party* const party = party_of(*barrier, object, thread_node);
  if (party == nullptr || barrier->threads > parties) return give_up(*barrier, object);
  if (barrier->counted && !in_step(*barrier, *party, parties)) return give_up(*barrier, object);
  const u32 number = ++party->arrivals;
  party->early = false;
  const bool waited_for = barrier->waited_for;
  if (request.count != 0) needs_others(thread_node, object, *barrier, number, request);
  if (waited_for) tell_party(*party, object);
  Generation& generation = barrier->last[number & 1];
  if (generation.number != number) generation = {number, 0};
  arrive_at(thread_node, object, generation);
}

void BarrierOrders::counts(ThreadNode& thread_node, NodeId object, u32 parties,
                           const Coming& coming) noexcept {
  if (says_nothing(object)) return;
  BarrierState* const barrier = barrier_of(object);
  barrier->counted = true;
  if (coming.count != 1) return give_up(*barrier, object);
  arrives(thread_node, object, parties, PendingRequest{});
  Party* const party = party_of(*barrier, object, thread_node);
  if (party == nullptr) return;
  party->asked = waits_->newest_by(thread_node.thread);
  party->early = true;
  party->dropped = coming.drops;
}

void BarrierOrders::awaits_others(const ThreadNode& thread_node, NodeId object,
                                  const PendingRequest& request) noexcept {
  if (says_nothing(object) || request.count == 0) return;
  BarrierState* const barrier = barrier_of(object);
  const Party* const party = party_of(*barrier, object, thread_node);
  if (party == nullptr || party->arrivals == 0) return;
  needs_others(thread_node, object, *barrier, party->arrivals, request);
}

void BarrierOrders::departs(ThreadNode& thread_node, NodeId object) noexcept {
  if (says_nothing(object)) return;
  BarrierState* const barrier = barrier_of(object);
  const Party* const party = party_of(*barrier, object, thread_node);
  if (party == nullptr) return;
  const Generation& generation = barrier->last[party->arrivals & 1];
  if (generation.number == party->arrivals)
    thread_node.segment = segments_->add(thread_node.segment, generation.hub, object);
}

// Edges to what the thread requested before its last count.
void BarrierOrders::tell_counter(Party& party, NodeId object) noexcept {
  waits_->tell_up_to(object, party.asked, 1, party.told);
  party.told = party.asked;
}

// All counts are needed, whoever gives them: no thread is one too many, and what counts of a thread is its
// last.
void BarrierOrders::counts_down(ThreadNode& thread_node, NodeId object) noexcept {
  BarrierState* const latch = barrier_of(object);
  if (latch == nullptr) return;
  Party* const party = party_of(*latch, object, thread_node);
  if (party == nullptr) return give_up(*latch, object);
  party->asked = waits_->newest_by(thread_node.thread);
  if (latch->waited_for) tell_counter(*party, object);
  arrive_at(thread_node, object, latch->last[0]);
}

void BarrierOrders::awaits_zero(const ThreadNode& thread_node, NodeId object,
                                const PendingRequest& request) noexcept {
  if (says_nothing(object)) return;
  BarrierState* const latch = barrier_of(object);
  RequestContext context = edges_->context_of(thread_node, request);
  context.to_epoch = 1;
  waits_->remember(object, context);
  edges_->add_held(request, object, object, context);
  latch->waited_for = true;
  for (u32 id = latch->first_party; id != 0; id = parties_[id].next)
    tell_counter(parties_[id], object);
}

void BarrierOrders::passes_zero(ThreadNode& thread_node, NodeId object) noexcept {
  if (says_nothing(object)) return;
  const SegmentId hub = barrier_of(object)->last[0].hub;
  if (hub != 0) thread_node.segment = segments_->add(thread_node.segment, hub, object);
}

}  // namespace gridlock::internal
