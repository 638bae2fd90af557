// SPDX-License-Identifier: Apache-2.0
//
// How an execution begins, and how it ends: all threads have ended, or something failed.
#include <sys/single_threaded.h>

#include "harness/tsan_abi/code_sites.h"
#include "harness/tsan_abi/context.h"
#include "harness/tsan_abi/engine.h"
#include "harness/tsan_abi/facts.h"
#include "harness/tsan_abi/following.h"
#include "harness/tsan_abi/precise.h"
#include "harness/tsan_abi/weak_memory.h"

namespace gridlock::internal::controlled {
namespace {

// So many accesses that are no points, and one is.
constexpr u32 kUnpointed = 20000;

[[noreturn]] void leave() noexcept {
  Engine& engine = g_engine;
  engine.on = kOff;
  set_fs_base(engine.main_fs);
  void* nowhere = nullptr;
  gridlock_switch_context(&nowhere, engine.main_context);
  __builtin_unreachable();
}

void store_counts(Failure failure) noexcept {
  Engine& engine = g_engine;
  Outcome& outcome = engine.shared->outcome;
  outcome.steps = engine.steps;
  outcome.hash = engine.hash.value();
  outcome.decisions =
      engine.exhaustive != nullptr ? engine.exhaustive->decisions() : engine.strategy.decisions();
  outcome.threads = engine.fiber_count;
  if (engine.records) record_what_is_left();
  if (engine.follows) follow_end(failure);
}

}  // namespace

void finish() noexcept {
  store_counts(Failure::kNone);
  g_engine.shared->outcome.progress = Progress::kFinished;
  leave();
}

Text failing() noexcept {
  g_engine.on = kOff;  // what is called from here on, by the unwinder among others, is libc's
  g_engine.shared->outcome.text_size = 0;
  return Text(g_engine.shared->outcome);
}

void fail(Failure failure) noexcept {
  Engine& engine = g_engine;
  store_counts(failure);
  const bool is_here = failure == Failure::kDataRace || failure == Failure::kMisuse ||
                       failure == Failure::kUncontrolled;
  if (is_here && engine.shared->facts->thread_count == 0) note_current_thread();
  if (engine.kind == kWeak) {
    Text text(engine.shared->outcome);
    describe_stale_reads(text);
  }
  engine.shared->outcome.failure = failure;
  engine.shared->outcome.progress = Progress::kFinished;
  leave();
}

void run_execution(const Schedule& schedule, const Limits& limits, Shared* shared,
                   void* (*body)(void*), void* argument, Exhaustive* exhaustive) noexcept {
  Engine& engine = g_engine;
  engine.shared = shared;
  engine.limits = limits;
  engine.most_steps = limits.steps;
  engine.follows = shared->followed->is_on;
  if (engine.follows) begin_following();
  shared->facts->thread_count = shared->facts->access_count = 0;
  engine.spurious = schedule.spurious;
  engine.exhaustive = exhaustive;
  engine.precise = exhaustive != nullptr || schedule.settings.precise;
  engine.records = shared->recorded.is_on;
  engine.alone = engine.precise || engine.records ? 0 : 1;
  shared->recorded.count = shared->recorded.traced_count = 0;
  if (exhaustive != nullptr) exhaustive->new_execution();
  engine.strategy.new_execution(schedule.settings, &shared->experience);
  engine.hash = TraceHash();
  engine.steps = engine.now = engine.since = 0;
  engine.runnable_count = engine.fiber_count = engine.ended_count = engine.in_a_row = 0;
  engine.unpointed = engine.follows ? 1 : kUnpointed;
  engine.body_ended = engine.exits = false;
  engine.cut_at = kNever;
  engine.steered = &schedule.steered;
  engine.arrived = 0;
  engine.describes = nullptr;
  ++engine.generation;
  engine.current = nullptr;
  engine.kind = schedule.weak ? kWeak : kStrong;
  if (schedule.weak) begin_weak_memory();
  use_points(schedule);
  Outcome& outcome = shared->outcome;
  outcome.failure = Failure::kNone;
  outcome.text_size = 0;
  outcome.cut = outcome.polite = outcome.left_off = outcome.hurried = false;
  outcome.progress = Progress::kRuns;
  Fiber* const fiber = add_fiber(body, argument);
  if (fiber == nullptr) {
    Text(outcome).text("the system has no thread for the test's body\n");
    outcome.failure = Failure::kUncontrolled;
    outcome.progress = Progress::kFinished;
    return;
  }
  fiber->made_at = 0;
  // Code asks this before it uses atomic operations for what only one thread needs, reference counts of
  // std::shared_ptr among it.
  __libc_single_threaded = 0;
  engine.main_fs = fs_base();
  engine.current = fiber;
  engine.on = engine.kind;
  set_fs_base(fiber->fs);
  gridlock_switch_context(&engine.main_context, fiber->context);
}

}  // namespace gridlock::internal::controlled
