// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/engine.h"

#include <stdlib.h>

#include "harness/tsan_abi/context.h"
#include "harness/tsan_abi/descriptors.h"
#include "harness/tsan_abi/facts.h"
#include "harness/tsan_abi/following.h"
#include "harness/tsan_abi/objects.h"
#include "harness/tsan_abi/precise.h"
#include "harness/tsan_abi/watching.h"

namespace gridlock::internal::controlled {

Engine g_engine;

namespace {

// So many decisions for one thread while others can go on: it may spin.
constexpr u32 kMostInARow = 5000;
// What a step is in the trace that is none of memory or of an object.
constexpr u32 kChosen = 0x01000000;

void switch_to(ThreadNumber number) noexcept {
  Engine& engine = g_engine;
  Fiber& from = *engine.current;
  if (number == from.number) return;
  Fiber& to = g_fibers[number];
  from.past += static_cast<u32>(engine.steps - engine.since);
  engine.since = engine.steps;
  engine.current = &to;
  engine.in_a_row = 0;
  set_fs_base(to.fs);
  gridlock_switch_context(&from.context, to.context);
}

void remove_runnable(Fiber& fiber) noexcept {
  Engine& engine = g_engine;
  const ThreadNumber place = engine.place[fiber.number];
  const ThreadNumber last = engine.runnable[--engine.runnable_count];
  engine.runnable[place] = last;
  engine.place[last] = place;
  fiber.is_runnable = false;
}

Fiber* first_deadline() noexcept {
  Fiber* first = nullptr;
  for (u32 i = 0; i < g_engine.fiber_count; ++i) {
    Fiber& fiber = g_fibers[i];
    if (fiber.has_ended || fiber.is_runnable || fiber.deadline == kNever) continue;
    if (first == nullptr || fiber.deadline < first->deadline) first = &fiber;
  }
  return first;
}

// Nobody can go on. It is the end of the execution where all that was to end has.
[[noreturn]] void nobody_is_left() noexcept {
  Engine& engine = g_engine;
  if (engine.exits) finish();
  const Fiber* leaked = nullptr;
  for (u32 i = 0; i < engine.fiber_count; ++i) {
    const Fiber& fiber = g_fibers[i];
    if (!fiber.has_ended &&
        (!fiber.is_detached || !engine.body_ended || engine.limits.is_program)) {
      Text text = failing();
      text.text(engine.body_ended && !engine.limits.is_program
                    ? "the test's body has returned, and these threads wait forever:\n"
                    : "all threads wait for each other:\n");
      describe_threads(text);
      fail(Failure::kDeadlock);
    }
    if (i > 0 && !fiber.is_detached && !fiber.is_joined) leaked = &fiber;
  }
  if (leaked != nullptr && engine.limits.leaks) {
    failing()
        .thread(leaked->number)
        .text(" has ended and was neither joined nor detached; it was made at ")
        .site(leaked->made_at)
        .text("\n");
    fail(Failure::kLeakedThread);
  }
  if (g_watching != nullptr) g_watching->all_have_ended();
  finish();
}

// Where executions are precise a thread may also go on behind a yield, but not on and on: a loop that yields until another
// thread has done something would have no end.
bool lets_others_go_on() noexcept {
  constexpr u32 kMostYields = 4;
  Engine& engine = g_engine;
  if (!engine.precise) return true;
  Fiber& self = *engine.current;
  if (self.yields_since != engine.since) self.yields = 0;
  self.yields_since = engine.since;
  return ++self.yields >= kMostYields;
}

ThreadNumber who_is_next(bool yields) noexcept {
  Engine& engine = g_engine;
  for (;;) {
    if (GRIDLOCK_UNLIKELY(engine.precise)) {
      if (engine.runnable_count != 0) return next_of_those_that_may(yields);
      if (engine.exhaustive != nullptr && first_deadline() != nullptr)
        engine.exhaustive->all_wait();
    } else if (engine.runnable_count == 1) {
      if (GRIDLOCK_UNLIKELY(engine.records)) {
        record_step(engine.runnable[0]);
        engine.strategy.alone(engine.runnable[0], engine.next_steps[engine.runnable[0]]);
      }
      return engine.runnable[0];
    } else if (engine.runnable_count > 1) {
      const Moment moment{engine.runnable,
                          engine.runnable_count,
                          engine.current->number,
                          yields,
                          engine.next_steps,
                          nullptr,
                          0,
                          position()};
      const ThreadNumber next = engine.strategy.next(moment);
      engine.hash.add(next, kSwitched);
      if (GRIDLOCK_UNLIKELY(engine.records)) {
        record_step(next);
        if (next != without_a_turn(moment)) record(next);
      }
      return next;
    }
    if (let_go_on(false)) continue;
    Fiber* const fiber = first_deadline();
    if (outside_made_ready(fiber == nullptr)) continue;
    if (fiber == nullptr || fiber->deadline > engine.cut_at) nobody_is_left();
    if (fiber->deadline > engine.now) engine.now = fiber->deadline;
    fiber->timed_out = true;
    make_runnable(*fiber);
  }
}

}  // namespace

bool others_may_go_on() noexcept {
  return g_engine.runnable_count > 1 || first_deadline() != nullptr;
}

bool let_go_on(bool all) noexcept {
  if (g_engine.arrived == 0) return false;
  bool some = false;
  for (u32 i = 0; i < g_engine.fiber_count && (all || !some); ++i) {
    Fiber& fiber = g_fibers[i];
    if (fiber.wait != Wait::kHeldBack || fiber.is_runnable || fiber.has_ended) continue;
    make_runnable(fiber);
    some = true;
  }
  return some;
}

void decide(bool yields) noexcept {
  Engine& engine = g_engine;
  if (engine.runnable_count > 1 && GRIDLOCK_UNLIKELY(++engine.in_a_row > kMostInARow) &&
      !engine.precise) {
    yields = true;
    engine.in_a_row = 0;
  }
  const ThreadNumber next = who_is_next(yields);
  if (GRIDLOCK_UNLIKELY(engine.follows)) {
    follow_switch(next, false);
    switch_to(next);
    follow_return(false);
    return;
  }
  switch_to(next);
}

void at_step_limit(const Step& step, u32 what) noexcept {
  Engine& engine = g_engine;
  if (engine.follows && engine.steps <= engine.most_steps) {
    follow_step(step, what);
    return;
  }
  if (engine.cut_at != kNever) nobody_is_left();
  Text text = failing();
  text.text("no end after ")
      .number(g_engine.most_steps)
      .text(" steps: threads that wait for each other without sleeping, or ")
      .text(engine.limits.is_program ? "a program that is longer than that:\n"
                                     : "a test that is longer than max_steps (--max-steps):\n");
  describe_threads(text);
  fail(Failure::kLivelock);
}

void yield_point(u32 what) noexcept {
  Engine& engine = g_engine;
  if (GRIDLOCK_UNLIKELY(++engine.steps > engine.limits.steps)) at_step_limit({}, what);
  engine.hash.add(engine.current->number, what);
  if (engine.runnable_count > 1) {
    engine.next_steps[engine.current->number] = {};
    decide(lets_others_go_on());
    return;
  }
  // Nobody else can go on before its time has come, for which this one may be looking out.
  Fiber* const fiber = first_deadline();
  if (fiber == nullptr) return;
  if (fiber->deadline > engine.now) engine.now = fiber->deadline;
  fiber->timed_out = true;
  if (engine.exhaustive != nullptr) engine.exhaustive->all_wait();
  make_runnable(*fiber);
  decide(!engine.precise);
}

bool block(Wait wait, SyncObject* object, u64 deadline, uptr site) noexcept {
  Fiber& self = *g_engine.current;
  self.wait = wait;
  self.object = object;
  self.deadline = deadline;
  self.wait_site = site;
  self.timed_out = false;
  ++self.past;  // a decision of its own
  if (GRIDLOCK_UNLIKELY(g_engine.precise)) {
    Step& step = g_engine.next_steps[self.number];
    step = {};
    if (self.needs != Wait::kNothing) {
      step = {self.needed->address, self.needs != Wait::kReadLock, StepRole::kAcquire};
    }
  }
  remove_runnable(self);
  const ThreadNumber next = who_is_next(false);
  if (GRIDLOCK_UNLIKELY(g_engine.follows)) {
    follow_switch(next, true);
    switch_to(next);
    if (g_engine.describes == nullptr) follow_return(true);
  } else {
    switch_to(next);
  }
  while (GRIDLOCK_UNLIKELY(g_engine.describes != nullptr)) {
    self.frame_count = find_callers(self.frames, kFrames);
    switch_to(g_engine.describes->number);
  }
  self.wait = Wait::kNothing;
  self.clock_reads = 0;
  self.object = nullptr;
  self.deadline = kNever;
  return !self.timed_out;
}

void find_frames(Fiber& fiber) noexcept {
  Engine& engine = g_engine;
  Fiber& self = *engine.current;
  if (fiber.frame_count != 0) return;
  if (&fiber == &self) {
    self.frame_count = find_callers(self.frames, kFrames);
    return;
  }
  engine.describes = &self;
  switch_to(fiber.number);
  engine.describes = nullptr;
}

void make_runnable(Fiber& fiber) noexcept {
  Engine& engine = g_engine;
  if (fiber.is_runnable || fiber.has_ended) return;
  if (GRIDLOCK_UNLIKELY(engine.exhaustive != nullptr) && engine.current != nullptr) {
    // Who takes what was released conflicts with whoever had it, which is enough.
    if (!takes_what_is_released(fiber.wait))
      engine.exhaustive->follows(engine.current->number, fiber.number);
  }
  fiber.is_runnable = true;
  engine.place[fiber.number] = static_cast<ThreadNumber>(engine.runnable_count);
  engine.runnable[engine.runnable_count++] = fiber.number;
}

u32 choose(u32 bound) noexcept {
  if (bound < 2) return 0;
  Engine& engine = g_engine;
  ++engine.current->past;  // a decision of its own
  const u32 chosen =
      engine.exhaustive != nullptr
          ? engine.exhaustive->choose(bound)
          : static_cast<u32>(engine.strategy.next_u64(bound, engine.current->number, position()));
  engine.hash.add(chosen, kChosen);
  if (GRIDLOCK_UNLIKELY(engine.records) && chosen != 0) record(chosen);
  return chosen;
}

Fiber* add_fiber(void* (*start)(void*), void* argument) noexcept {
  Engine& engine = g_engine;
  if (engine.fiber_count == kMaxThreads) return nullptr;
  const auto number = static_cast<ThreadNumber>(engine.fiber_count);
  Fiber* const fiber = prepare_fiber(number, start, argument);
  if (fiber == nullptr) return nullptr;
  ++engine.fiber_count;
  if (engine.current != nullptr) fiber->clock.assign(engine.current->clock);
  fiber->clock.reach(number + u32{1});
  fiber->clock.entries[number] = 1;
  engine.next_steps[number] = {};
  make_runnable(*fiber);
  return fiber;
}

// From here on the execution has so much time and so many steps left.
void cut_soon() noexcept {
  Engine& engine = g_engine;
  constexpr u64 kPatience = 50000000;
  constexpr u64 kSteps = 2000;
  engine.cut_at = engine.now + kPatience;
  if (engine.most_steps > engine.steps + kSteps) engine.most_steps = engine.steps + kSteps;
  if (engine.limits.steps > engine.most_steps) engine.limits.steps = engine.most_steps;
}

// A process of its own ends with main, and a detached thread that is not over soon is cut off. A program does so by exit().
void cut_the_detached() noexcept {
  Engine& engine = g_engine;
  if (!engine.limits.forked || engine.limits.is_program || !engine.body_ended ||
      engine.cut_at != kNever) {
    return;
  }
  for (u32 i = 0; i < engine.fiber_count; ++i) {
    if (!g_fibers[i].has_ended && !g_fibers[i].is_detached) return;
  }
  cut_soon();
}

void end_program() noexcept {
  Engine& engine = g_engine;
  engine.exits = true;
  if (!engine.precise || engine.fiber_count == engine.ended_count + 1) finish();
  cut_soon();
  // Whoever can go on does, until nobody is left.
  for (;;) block(Wait::kProcessEnd, nullptr, kNever, 0);
}

void end_fiber(void* result) noexcept {
  Engine& engine = g_engine;
  Fiber& self = *engine.current;
  run_thread_local_destructors(self);
  // The last thread ends the process, as in libc.
  if (engine.limits.is_program && engine.ended_count + 1 == engine.fiber_count) exit(0);
  self.result = result;
  self.has_ended = true;
  ++engine.ended_count;
  if (self.number == 0) engine.body_ended = true;
  ++self.past;
  cut_the_detached();
  remove_runnable(self);
  for (u32 i = 0; i < engine.fiber_count; ++i) {
    Fiber& other = g_fibers[i];
    if (!other.has_ended && other.wait == Wait::kJoin && other.joins == self.number) {
      make_runnable(other);
    }
  }
  switch_to(who_is_next(false));
  __builtin_unreachable();
}

}  // namespace gridlock::internal::controlled

extern "C" void gridlock_fiber_main(void* argument);
extern "C" void gridlock_fiber_main(void* argument) {
  auto& fiber = *static_cast<gridlock::internal::controlled::Fiber*>(argument);
  gridlock::internal::controlled::end_fiber(fiber.start(fiber.argument));
}
