// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/wait_for_graph.h"

namespace gridlock::internal {
namespace {

u32 stuck_releasers(const Waiter* waiters, const Waiter& waiter,
                    const WaiterIndex* releasers) noexcept {
  u32 stuck = 0;
  for (u32 i = 0; i < waiter.count; ++i) {
    if (waiters[releasers[waiter.first + i]].stuck) ++stuck;
  }
  return stuck;
}

// `running`: somebody is not stuck, in the snapshot or outside.
bool can_wake(const Waiter* waiters, const Waiter& waiter, const WaiterIndex* releasers,
              bool running) noexcept {
  switch (waiter.needs) {
    case Needs::kNothing:
      return true;
    case Needs::kEach:
      return stuck_releasers(waiters, waiter, releasers) == 0;
    case Needs::kAnyOf:
      return stuck_releasers(waiters, waiter, releasers) < waiter.count;
    case Needs::kAny:
      if (waiter.only_set) return stuck_releasers(waiters, waiter, releasers) < waiter.count;
      return running;
    case Needs::kNever:
      return false;
  }
  return true;
}

}  // namespace

// The largest set that keeps itself stuck: begin with every waiting thread, take out whoever
// somebody outside the set could wake, until nothing changes.
u32 find_stuck(Waiter* waiters, u32 count, const WaiterIndex* releasers, bool others_run) noexcept {
  u32 stuck = 0;
  for (u32 i = 0; i < count; ++i) {
    waiters[i].stuck = waiters[i].needs != Needs::kNothing;
    if (waiters[i].stuck) ++stuck;
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (u32 i = 0; i < count; ++i) {
      Waiter& waiter = waiters[i];
      if (!waiter.stuck || !can_wake(waiters, waiter, releasers, others_run || stuck < count))
        continue;
      waiter.stuck = false;
      --stuck;
      changed = true;
    }
  }
  return stuck;
}

// Breadth first. `path` is the queue until the end is found; scratch[i] is the step before i, and is
// start's own as long as start was not come back to.
u32 find_cycle(const Waiter* waiters, u32 count, const WaiterIndex* releasers, WaiterIndex start,
               WaiterIndex* path, WaiterIndex* scratch) noexcept {
  if (!waiters[start].stuck) return 0;
  for (u32 i = 0; i < count; ++i) scratch[i] = kNobody;
  u32 queued = 0;
  path[queued++] = start;
  for (u32 head = 0; head < queued && scratch[start] == kNobody; ++head) {
    const Waiter& waiter = waiters[path[head]];
    if (waiter.needs != Needs::kEach) continue;
    for (u32 i = 0; i < waiter.count; ++i) {
      const WaiterIndex next = releasers[waiter.first + i];
      if (!waiters[next].stuck || scratch[next] != kNobody) continue;
      scratch[next] = path[head];
      if (next == start) break;
      path[queued++] = next;
    }
  }
  if (scratch[start] == kNobody) return 0;
  u32 length = 1;
  for (WaiterIndex at = scratch[start]; at != start; at = scratch[at]) ++length;
  WaiterIndex at = start;
  for (u32 i = length; i > 0; --i) {
    at = scratch[at];
    path[i - 1] = at;
  }
  return length;
}

// Breadth first as above, along both kinds of sets. Threads that are not stuck are passed over: a
// kEach may have some in its set, and ends only with those that are.
u32 find_knot(const Waiter* waiters, u32 count, const WaiterIndex* releasers, WaiterIndex start,
              WaiterIndex* path, WaiterIndex* scratch) noexcept {
  if (!waiters[start].stuck) return 0;
  for (u32 i = 0; i < count; ++i) scratch[i] = kNobody;
  bool returns = false;
  u32 size = 0;
  path[size++] = start;
  scratch[start] = start;
  for (u32 head = 0; head < size; ++head) {
    const Waiter& waiter = waiters[path[head]];
    if (waiter.needs != Needs::kEach && waiter.needs != Needs::kAnyOf) return 0;
    for (u32 i = 0; i < waiter.count; ++i) {
      const WaiterIndex next = releasers[waiter.first + i];
      returns = returns || next == start;
      if (!waiters[next].stuck || scratch[next] != kNobody) continue;
      scratch[next] = path[head];
      path[size++] = next;
    }
  }
  return returns ? size : 0;
}

namespace {

u32 cycle_from(const Snapshot& all, WaiterIndex start) noexcept {
  return find_cycle(all.waiters, all.count, all.releasers, start, all.path, all.scratch);
}

u32 knot_from(const Snapshot& all, WaiterIndex start) noexcept {
  return find_knot(all.waiters, all.count, all.releasers, start, all.path, all.scratch);
}

void keep_path(const Snapshot& all, u32 size) noexcept {
  for (u32 i = 0; i < all.count; ++i) all.waiters[i].stuck = false;
  for (u32 i = 0; i < size; ++i) all.waiters[all.path[i]].stuck = true;
}

}  // namespace

HangVerdict judge_certain(const Snapshot& snapshot, WaiterIndex self) noexcept {
  if (find_stuck(snapshot.waiters, snapshot.count, snapshot.releasers, false) == 0 ||
      !snapshot.waiters[self].stuck) {
    return {Standstill::kNone, 0};
  }
  HangVerdict verdict{Standstill::kCycle, cycle_from(snapshot, self)};
  if (verdict.size == 0) verdict = {Standstill::kKnot, knot_from(snapshot, self)};
  if (verdict.size == 0) return {Standstill::kNone, 0};
  keep_path(snapshot, verdict.size);
  return verdict;
}

HangVerdict judge_starving(const Snapshot& snapshot, WaiterIndex first, bool others_run) noexcept {
  find_stuck(snapshot.waiters, snapshot.count, snapshot.releasers, others_run);
  if (!snapshot.waiters[first].stuck) return {Standstill::kNone, 0};
  for (u32 i = 0; i < snapshot.count; ++i) {
    if (!snapshot.waiters[i].stuck) continue;
    if (cycle_from(snapshot, i) != 0 || knot_from(snapshot, i) != 0) return {Standstill::kNone, 0};
  }
  u32 size = 0;
  for (u32 i = 0; i < snapshot.count; ++i) {
    if (snapshot.waiters[i].stuck) snapshot.path[size++] = i;
  }
  return {Standstill::kStarving, size};
}

HangVerdict judge_cycles(const Snapshot& snapshot, WaiterIndex first) noexcept {
  for (u32 i = 0; i < snapshot.count; ++i) {
    const u32 length = cycle_from(snapshot, (first + i) % snapshot.count);
    if (length >= 2) return {Standstill::kCycle, length};
  }
  return {Standstill::kNone, 0};
}

bool blocks(const SharedStanding& other, SharedWish wish) noexcept {
  if (other.holds && !other.holds_shared) return true;
  switch (wish) {
    case SharedWish::kRead:
      return false;
    case SharedWish::kReadBehindWriters:
      return !other.is_waiter && other.waits_to_write;
    case SharedWish::kWrite:
      return other.holds;
    case SharedWish::kUpgrade:
      return other.holds && !other.is_waiter;
  }
  return false;
}

}  // namespace gridlock::internal
