// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/steering/steering.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include "harness/platform/futex.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/syscall.h"
#include "harness/runtime/core/control.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/registry/threads.h"
#include "harness/runtime/steering/held_threads.h"
#include "harness/runtime/steering/places.h"

namespace gridlock::internal {
namespace {

constexpr u64 kMillisecond = 1'000'000;
constexpr u32 kTimesInFull = 2;  // held for so long; then for half as long each time
constexpr u32 kMaxHalvings = 10;
constexpr u32 kTimesAtAll = 200;  // that nobody came

SteeringPlan* g_plan = nullptr;
constinit Control g_steered = {};

// Of all edges that end here, as a mask; counts what came.
u32 edges_at(const ThreadState* state, const uptr* frames, ObjectId wanted) noexcept {
  u32 edges = 0;
  for (u32 i = 0; i < g_plan->edges; ++i) {
    PlannedEdge& edge = g_plan->edge[i];
    if (is_at(*g_plan, edge.held, frames, g_site_frames)) edge.acquired.fetch_add(1);
    if (!is_here(*g_plan, edge.wanted, frames, g_site_frames)) continue;
    const bool fits = edge.held.size == 0 || holds_for(*g_plan, edge, state, 0, wanted);
    (fits ? edge.came : edge.came_without).fetch_add(1);
    if (fits) edges |= 1u << i;
  }
  return edges;
}

bool is_at_late_edge(const uptr* frames) noexcept {
  return g_plan->late < g_plan->edges &&
         is_at(*g_plan, g_plan->edge[g_plan->late].held, frames, g_site_frames);
}

// 0: not at all, because nobody came too often.
u64 patience(std::atomic<u32>& waited_out) noexcept {
  const u32 times = waited_out.load(std::memory_order_relaxed);
  if (times >= kTimesAtAll) return 0;
  const u32 halvings = times < kTimesInFull ? 0 : times - kTimesInFull + 1;
  return g_plan->patience_ms * kMillisecond >> (halvings < kMaxHalvings ? halvings : kMaxHalvings);
}

void hold_at(const Arrival& arrival, PlannedEdge& edge) noexcept {
  const u64 time = patience(edge.waited_out);
  if (time == 0) return;
  const Letting how = hold(*g_plan, arrival, now_ns() + time);
  if (how == Letting::kNobodyCame || how == Letting::kAllOthersWait) edge.waited_out.fetch_add(1);
}

void point(ThreadState* state, const Operation& operation) noexcept {
  if (operation.nanoseconds != kNoTimeout || state->in_runtime) return;
  const uptr* const frames = &state->next_held->frames[0];
  const u32 edges = edges_at(state, frames, operation.object);
  if (edges != 0) {
    return hold_at({state, operation.object, edges, false},
                   g_plan->edge[static_cast<u32>(__builtin_ctz(edges))]);
  }
  if (is_at_late_edge(frames))
    hold_at({state, operation.object, 0, true}, g_plan->edge[g_plan->late]);
}

[[noreturn]] void refuse(const char* path, const char* what) noexcept {
  say("gridlock: GRIDLOCK_OPTIONS: steer: ");
  say(path);
  say(what);
  exit_now(2);
}

bool is_whole(const PlannedPlace& place, u32 modules) noexcept {
  if (place.size > PlannedPlace::kMax || place.certain > place.size) return false;
  for (u32 i = 0; i < place.size; ++i) {
    if (place.frames[i].module >= modules) return false;
  }
  return true;
}

bool is_plan(const SteeringPlan& plan) noexcept {
  if (plan.magic != SteeringPlan::kMagic || plan.edges > SteeringPlan::kMaxEdges ||
      plan.modules > SteeringPlan::kMaxModules)
    return false;
  for (u32 i = 0; i < plan.edges; ++i) {
    if (!is_whole(plan.edge[i].held, plan.modules) || !is_whole(plan.edge[i].wanted, plan.modules))
      return false;
  }
  for (u32 i = 0; i < plan.modules; ++i) {
    if (plan.module[i][SteeringPlan::kLongestPath - 1] != 0) return false;
  }
  return true;
}

SteeringPlan* map_plan(const char* path) noexcept {
  constexpr int kHere = -100;               // AT_FDCWD
  constexpr i64 kReadWrite = 2 | 02000000;  // O_RDWR | O_CLOEXEC
  const i64 file = raw_syscall(SYS_openat, kHere, as_argument(path), kReadWrite);
  if (file < 0) refuse(path, ": cannot be opened\n");
  struct stat facts{};
  const bool is_large_enough = raw_syscall(SYS_fstat, file, as_argument(&facts)) == 0 &&
                               static_cast<u64>(facts.st_size) == sizeof(SteeringPlan);
  const i64 start = is_large_enough ? raw_syscall(SYS_mmap, 0, sizeof(SteeringPlan),
                                                  PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
                                    : -1;
  close_fd(static_cast<int>(file));
  if (start <= 0 && start > -4096) refuse(path, ": is no plan of gridlock exec --confirm\n");
  auto* const plan = reinterpret_cast<SteeringPlan*>(start);
  if (!is_plan(*plan)) refuse(path, ": is no plan of gridlock exec --confirm\n");
  return plan;
}

}  // namespace

void init_steering() noexcept {
  const char* const path = &options().steer.value[0];
  if (path[0] == 0) return;
  g_plan = map_plan(path);
  g_steered = kFreeControl;
  g_steered.point = &point;
  g_control.store(&g_steered, std::memory_order_release);
}

void forked_steering() noexcept { forget_held_threads(); }

}  // namespace gridlock::internal
