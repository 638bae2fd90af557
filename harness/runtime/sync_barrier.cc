// SPDX-License-Identifier: Apache-2.0
//
// Barriers and once flags, whose order has a shape of its own.
//
// A barrier that is only ever used by as many threads as it has parties orders every arrival before
// every departure of the same generation. The arrivals are chained on a hub, a segment that belongs
// to no thread; each departure begins after the hub. For who waits there holding something, every
// other party is a signaller that has to arrive.
//
// The body of a once flag is before whatever comes through the flag, but what the thread did before it
// ran the body is not: in another schedule another thread runs it.
#include "harness/platform/pages.h"
#include "harness/runtime/order.h"
#include "harness/runtime/requests.h"
#include "harness/runtime/runtime.h"
#include "harness/runtime/sync.h"

namespace gridlock::internal {
namespace {

struct Generation {
  u32 number;
  SegmentId hub;
};

struct BarrierState {
  u32 first_party;     // in g_parties; 0: none
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

Table<BarrierState> g_barriers;
Table<Party> g_parties;
KeyMap g_barrier_of;  // by object
KeyMap g_party_of;    // by barrier and thread
KeyMap g_body_of;     // by once flag: the segment of its body
KeyMap g_passed;      // by once flag and thread

bool nothing_to_note(const ThreadState* state, ObjectId object) noexcept {
  return object == 0 || state->in_runtime || !predicting();
}

u64 both(u32 object, const ThreadState* state) noexcept {
  return (u64{object} << 32) | state->number;
}

BarrierState* barrier_of(ObjectId object) noexcept {
  if (const u32* known = g_barrier_of.find(object)) return &g_barriers[*known];
  if (g_barriers.full() || !g_barrier_of.insert(object, g_barriers.size())) return nullptr;
  lock_order_graph().describe(object, NodeKind::kSignal, false);
  return &g_barriers[g_barriers.add()];
}

Party* party_of(BarrierState& barrier, ObjectId object, const ThreadState* state) noexcept {
  if (const u32* known = g_party_of.find(both(object, state))) return &g_parties[*known];
  if (g_parties.full() || !g_party_of.insert(both(object, state), g_parties.size())) return nullptr;
  ++barrier.threads;
  const u32 id = g_parties.add();
  g_parties[id] = {state->number, barrier.first_party, 0, 0};
  barrier.first_party = id;
  return &g_parties[id];
}

// Edges to what a party requested before its latest arrival, or before it arrives next.
void tell_requests(Party& party, ObjectId object) noexcept {
  if (party.arrivals == 0) return;
  party.told =
      add_edges_from_signal(object, party.thread, {nullptr, 0}, party.arrivals, party.told);
}

void give_up(BarrierState& barrier, ObjectId object) noexcept {
  barrier.luck = true;
  segments().distrust(object);
  lock_order_graph().set_active(object, false);
  reconsider_cycles(object);
}

}  // namespace

bool init_sync_barriers(u32 objects) noexcept {
  if (!g_barriers.reserve(objects + 1) || !g_parties.reserve(objects + 1)) return false;
  g_barriers.add();
  g_parties.add();
  return true;
}

void before_arrive(ThreadState* state, ObjectId object, u32 parties, bool for_ever) noexcept {
  if (nothing_to_note(state, object)) return;
  const GraphWork work(state);
  BarrierState* const barrier = barrier_of(object);
  if (barrier == nullptr || barrier->luck) return;
  Party* const party = party_of(*barrier, object, state);
  if (party == nullptr || barrier->threads > parties) return give_up(*barrier, object);
  const u32 number = ++party->arrivals;
  const bool first_wait =
      for_ever && add_edges_from_held(state, object, number, Ask::kLock) && !barrier->waited_for;
  if (first_wait) {
    barrier->waited_for = true;
    for (u32 id = barrier->first_party; id != 0; id = g_parties[id].next)
      tell_requests(g_parties[id], object);
  } else if (barrier->waited_for) {
    tell_requests(*party, object);
  }
  Generation& generation = barrier->last[number & 1];
  if (generation.number != number) generation = {number, 0};
  generation.hub = segments().add(generation.hub, state->segment, object);
  enter_segment(state, segments().add(state->segment, 0));
}

void after_depart(ThreadState* state, ObjectId object, u32) noexcept {
  if (nothing_to_note(state, object)) return;
  const GraphWork work(state);
  BarrierState* const barrier = barrier_of(object);
  if (barrier == nullptr || barrier->luck) return;
  const Party* const party = party_of(*barrier, object, state);
  if (party == nullptr) return;
  const Generation& generation = barrier->last[party->arrivals & 1];
  if (generation.number == party->arrivals)
    enter_segment(state, segments().add(state->segment, generation.hub, object));
}

void once_body_begins(ThreadState* state, ObjectId object) noexcept {
  if (nothing_to_note(state, object)) return;
  const GraphWork work(state);
  enter_segment(state, segments().add(state->segment, 0));
}

void once_body_ended(ThreadState* state, ObjectId object) noexcept {
  if (nothing_to_note(state, object)) return;
  const GraphWork work(state);
  if (u32* known = g_body_of.find(object)) {
    *known = state->segment;
  } else {
    g_body_of.insert(object, state->segment);
  }
  enter_segment(state, segments().add(state->segment, 0));
}

void after_once(ThreadState* state, ObjectId object) noexcept {
  if (nothing_to_note(state, object)) return;
  if (state->last_once == object) return;  // the same flag again: the usual case
  state->last_once = object;
  const GraphWork work(state);
  const u32* const body = g_body_of.find(object);
  if (body == nullptr || g_passed.find(both(object, state)) != nullptr) return;
  g_passed.insert(both(object, state), 1);
  enter_segment(state, segments().add(state->segment, *body, 0, true));
}

}  // namespace gridlock::internal
