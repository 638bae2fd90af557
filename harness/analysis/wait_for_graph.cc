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
      return running;
    case Needs::kMiracle:
      return false;
  }
  return true;
}

}  // namespace

// The largest set that keeps itself stuck: begin with every waiting thread, take out whoever
// somebody outside the set could wake, until nothing changes.
u32 find_stuck(Waiter* waiters, u32 count, const WaiterIndex* releasers, bool strangers) noexcept {
  u32 stuck = 0;
  for (u32 i = 0; i < count; ++i) {
    waiters[i].stuck = waiters[i].needs != Needs::kNothing;
    if (waiters[i].stuck) ++stuck;
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (u32 i = 0; i < count; ++i) {
      Waiter& waiter = waiters[i];
      if (!waiter.stuck || !can_wake(waiters, waiter, releasers, strangers || stuck < count))
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

}  // namespace gridlock::internal
