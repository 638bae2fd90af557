// SPDX-License-Identifier: Apache-2.0
//
// What a process that runs for days does not keep: objects that were destroyed, threads that have ended, and what
// the analyses know of them. It is found out for many at once, because to know that nothing names a place any more
// takes a look at all that is kept; what is kept, and why nothing is missed, is said in analysis/forgetting.cc.
#include "harness/platform/pages.h"
#include "harness/runtime/core/host.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/findings/acts.h"
#include "harness/runtime/orders/declared_order.h"
#include "harness/runtime/orders/order.h"
#include "harness/runtime/orders/pools.h"
#include "harness/runtime/registry/contention.h"
#include "harness/runtime/registry/process_graph.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {
namespace {

// All of it guarded by graph_mutex().
Table<ObjectId> g_leaving;  // with those that something named the last time
IdSet g_freed;
IdSet g_with_threads;  // held, or waited for

// The locks that were waited for most are shown at the end, also when they are gone.
constexpr u32 kMaxFigures = 64;
ContentionFigures g_figures[kMaxFigures];
u32 g_figure_count = 0;

bool init() noexcept {
  constexpr u32 kMaxObjects = 1u << kOpShift;
  return g_leaving.capacity() != 0 ||
         (g_leaving.reserve(kMaxObjects) && g_freed.init(kMaxObjects) &&
          g_with_threads.init(kMaxObjects));
}

bool is_freed(ObjectId object) noexcept { return g_freed.has(object); }

// One for which there is no room stays.
void leave(ObjectId object, void*) noexcept {
  if (!g_leaving.full()) g_leaving[g_leaving.add()] = object;
}

bool may_be_joined(u32 thread) noexcept {
  return has_record(thread) && !is_past_joining(thread_record(thread));
}

// By what prediction keeps, or at the end as one that waited, or held, for long.
bool is_needed(u32 thread) noexcept {
  if (prediction().names_thread(thread)) return true;
  for (u32 i = 0; i < g_figure_count; ++i) {
    const ContentionFigures& figures = g_figures[i];
    if (figures.waits.thread == thread || figures.holds.thread == thread ||
        figures.overtaken.thread == thread) {
      return true;
    }
  }
  return false;
}

void mark_segments(void (*mark)(SegmentId segment, void* argument), void* argument) noexcept {
  each_last_segment(mark, argument);
  each_submitted(mark, argument);
}

bool is_shown(ObjectId object) noexcept {
  const ObjectInfo& info = object_info(object);
  if (info.type == ObjectType::kThread && has_record(info.thread)) return true;
  for (u32 i = 0; i < g_figure_count; ++i) {
    if (g_figures[i].object == object) return true;
  }
  return false;
}

// A permit that is never given back is held for good, and who was woken at the end of an object may not have got far
// yet. Threads go on meanwhile, but not with objects that are gone.
void note_what_threads_have() noexcept {
  g_with_threads.clear();
  for (u32 slot = 0; slot < slot_count(); ++slot) {
    const ThreadState* const state = thread_in_slot(slot);
    if (state->phase.load() == ThreadPhase::kFree) continue;
    for (u32 i = 0; i < held_count(state) && i < state->held_capacity; ++i)
      g_with_threads.add(state->held[i].object & kObjectMask);
    if ((state->wait.sequence.load() & 1) != 0)
      g_with_threads.add(state->wait.object & kObjectMask);
  }
}

// A part of the places only.
u32 most_figures() noexcept {
  const u32 part = options().max_objects / 16;
  return part < kMaxFigures ? part : kMaxFigures;
}

// What it frees is free for everybody but the records of threads, which may be looked at whenever.
void give_places_back() noexcept {
  note_what_threads_have();
  g_freed.clear();
  for (u32 i = 0; i < g_leaving.size(); ++i) {
    const ObjectId object = g_leaving[i];
    if (prediction().is_free(object) && !is_shown(object) && !g_with_threads.has(object))
      g_freed.add(object);
  }
  for (u32 slot = 0; slot < slot_count(); ++slot) thread_in_slot(slot)->ring.forget(&is_freed);
  forget_declared(&is_freed);
  u32 kept = 0;
  for (u32 i = 0; i < g_leaving.size(); ++i) {
    const ObjectId object = g_leaving[i];
    if (!is_freed(object)) {
      g_leaving[kept++] = object;
      continue;
    }
    forget_destroyed(object);
    free_object(object);
  }
  g_leaving.resize(kept);
}

}  // namespace

void forget_the_dead() noexcept {
  ThreadState* const state = this_thread();  // which an operation may not have asked for yet
  if (state->in_runtime) return;
  state->in_runtime = true;
  {
    const RawGuard guard(graph_mutex());
    host_retires_the_gone();
    const bool worth =
        retired_count() != 0 || ended_since_forgetting() != 0 || prediction().should_forget();
    if (worth && init()) {
      retire_threads();
      take_retired(&leave, nullptr);
      prediction().forget({g_leaving.data(), g_leaving.size(), &may_be_joined, &mark_segments});
      g_figure_count = worst_contention(&g_figures[0], most_figures());
      forget_threads(&is_needed);
      forget_seen_order_locked();
      give_places_back();  // at last: from here on a place may be somebody else's
    }
  }
  state->in_runtime = false;
}

}  // namespace gridlock::internal
