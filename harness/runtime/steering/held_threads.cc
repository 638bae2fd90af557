// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/steering/held_threads.h"

#include "harness/platform/futex.h"
#include "harness/platform/mutex_ranks.h"
#include "harness/runtime/steering/places.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMax = 256;
constexpr u64 kSlice = 10'000'000;
constexpr u32 kQuietSlices = 4;  // a thread that was woken runs by then

struct HeldThread {
  Arrival arrival;  // state nullptr: a free place
  u64 since;
  std::atomic<u32> let_go;
};

constinit RawMutex& g_mutex = mutex_of(MutexRank::kSteering);  // guards what follows
constinit HeldThread g_held[kMax] = {};
u32 g_end = 0;  // none is used from here on
u32 g_count = 0;

// A way round the cycle, one thread for each edge.
struct Way {
  const SteeringPlan& plan;
  u32 first;                            // edge that it begins with
  u32 chosen[SteeringPlan::kMaxEdges];  // by edge: index of the thread
};

bool is_chosen(const Way& way, u32 steps, u32 index) noexcept {
  for (u32 i = 0; i < steps; ++i) {
    if (way.chosen[(way.first + i) % way.plan.edges] == index) return true;
  }
  return false;
}

// May the thread stand for the edge, behind one that wants `before`? 0: not known, or the first.
bool fits(const SteeringPlan& plan, const Arrival& arrival, u32 edge, ObjectId before) noexcept {
  if (arrival.late) return edge == plan.late && (before == 0 || arrival.wanted == before);
  if ((arrival.edges & 1u << edge) == 0) return false;
  const PlannedEdge& planned = plan.edge[edge];
  if (planned.held.size == 0 || before == 0) return true;
  return holds_for(plan, planned, arrival.state, before, arrival.wanted);
}

bool complete(Way& way, u32 steps) noexcept;

bool try_thread(Way& way, u32 steps, u32 index) noexcept {
  const SteeringPlan& plan = way.plan;
  const u32 edge = (way.first + steps) % plan.edges;
  const Arrival* const before =
      steps == 0 ? nullptr : &g_held[way.chosen[(edge + plan.edges - 1) % plan.edges]].arrival;
  // What one that has not got its first lock yet will want is not known.
  const ObjectId wanted = before == nullptr || before->late ? 0 : before->wanted;
  const Arrival& arrival = g_held[index].arrival;
  if (arrival.state == nullptr || g_held[index].let_go.load(std::memory_order_relaxed) != 0 ||
      is_chosen(way, steps, index) || !fits(plan, arrival, edge, wanted)) {
    return false;
  }
  way.chosen[edge] = index;
  return complete(way, steps + 1);
}

bool complete(Way& way, u32 steps) noexcept {
  if (steps == way.plan.edges) {
    const Arrival& first = g_held[way.chosen[way.first]].arrival;
    const Arrival& last = g_held[way.chosen[(way.first + steps - 1) % way.plan.edges]].arrival;
    return last.late || fits(way.plan, first, way.first, last.wanted);
  }
  for (u32 i = 0; i < g_end; ++i) {
    if (try_thread(way, steps, i)) return true;
  }
  return false;
}

void let_go(u32 index) noexcept {
  g_held[index].let_go.store(1, std::memory_order_release);
  futex_wake(&g_held[index].let_go, 1);
}

// One that is late alone, as long as it is: the others wait for it at their places.
void let_all_go(SteeringPlan& plan, const Way& way) noexcept {
  for (u32 edge = 0; edge < plan.edges; ++edge) {
    if (g_held[way.chosen[edge]].arrival.late) return let_go(way.chosen[edge]);
  }
  plan.met.fetch_add(1);
  for (u32 edge = 0; edge < plan.edges; ++edge) let_go(way.chosen[edge]);
}

// The thread at `index` has come.
void look_for_way(SteeringPlan& plan, u32 index) noexcept {
  for (u32 edge = 0; edge < plan.edges; ++edge) {
    Way way{plan, edge, {}};
    if (try_thread(way, 0, index)) return let_all_go(plan, way);
  }
}

u32 take_place(const Arrival& arrival) noexcept {
  u32 index = 0;
  for (; index < g_end && g_held[index].arrival.state != nullptr; ++index) {
    // A handler of a signal, in a thread that is held.
    if (g_held[index].arrival.state == arrival.state) return kMax;
  }
  if (index == kMax) return kMax;
  if (index == g_end) ++g_end;
  g_held[index].arrival = arrival;
  g_held[index].since = now_ns();
  g_held[index].let_go.store(0, std::memory_order_relaxed);
  ++g_count;
  return index;
}

void leave_place(u32 index) noexcept {
  g_held[index].arrival.state = nullptr;
  --g_count;
  while (g_end > 0 && g_held[g_end - 1].arrival.state == nullptr) --g_end;
}

// Everybody else waits: it is this one's turn to go on. One that is late keeps nobody from its place, so it goes first;
// of the others the one that came first.
bool is_next(u32 index) noexcept {
  const HeldThread& own = g_held[index];
  for (u32 i = 0; i < g_end; ++i) {
    const HeldThread& other = g_held[i];
    if (i == index || other.arrival.state == nullptr) continue;
    if (other.let_go.load(std::memory_order_relaxed) != 0) return false;
    if (other.arrival.late != own.arrival.late) {
      if (other.arrival.late) return false;
    } else if (other.since < own.since) {
      return false;
    }
  }
  return true;
}

bool nobody_else_runs() noexcept {
  return blocked_threads().load() + g_count >= live_threads().load();
}

Letting wait_at(u32 index, u64 until_ns) noexcept {
  HeldThread& own = g_held[index];
  u32 quiet = 0;
  for (;;) {
    futex_wait(&own.let_go, 0, now_ns() + kSlice);
    const RawGuard guard(g_mutex);
    Letting how = Letting::kNobodyCame;
    if (own.let_go.load(std::memory_order_acquire) != 0) {
      how = Letting::kTogether;
    } else if (now_ns() < until_ns) {
      quiet = nobody_else_runs() && is_next(index) ? quiet + 1 : 0;
      if (quiet < kQuietSlices) continue;
      how = Letting::kAllOthersWait;
    }
    leave_place(index);
    return how;
  }
}

}  // namespace

bool holds_for(const SteeringPlan& plan, const PlannedEdge& edge, const ThreadState* state,
               ObjectId object, ObjectId wanted) noexcept {
  for (u32 i = 0; i < held_count(state); ++i) {
    const Held& held = state->held[i];
    if (held.object == 0 || held.object == wanted || (object != 0 && held.object != object))
      continue;
    if (is_at(plan, edge.held, &held.frames[0], frame_count(held))) return true;
  }
  return false;
}

Letting hold(SteeringPlan& plan, const Arrival& arrival, u64 until_ns) noexcept {
  u32 index = kMax;
  {
    const RawGuard guard(g_mutex);
    index = take_place(arrival);
    if (index == kMax) return Letting::kNoRoom;
    look_for_way(plan, index);
  }
  return wait_at(index, until_ns);
}

void forget_held_threads() noexcept {
  for (u32 i = 0; i < g_end; ++i) g_held[i].arrival.state = nullptr;
  g_end = g_count = 0;
}

}  // namespace gridlock::internal
