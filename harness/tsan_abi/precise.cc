// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/precise.h"

#include "harness/tsan_abi/descriptors.h"

namespace gridlock::internal::controlled {
namespace {

// What its next step waits for is there.
bool may_go_on(const Fiber& fiber) noexcept {
  if (fiber.needs == Wait::kNothing || fiber.timed_out) return true;
  const SyncObject& object = *fiber.needed;
  if (object.owner == fiber.number) return true;
  switch (fiber.needs) {
    case Wait::kWriteLock:
      return object.owner == kNobody && object.count == 0;
    case Wait::kSemaphore:
      return object.value > 0;
    case Wait::kOnce:
      return object.value != 0 || object.owner == kNobody;
    case Wait::kDescriptor:
      return are_ready(fiber.files, fiber.file_count);
    case Wait::kFutex:
      return object.version != fiber.seen_version;
    default:
      return object.owner == kNobody;
  }
}

}  // namespace

void record(u32 value) noexcept {
  Recorded& recorded = g_engine.shared->recorded;
  if (recorded.count < kMostRecorded) {
    recorded.turns[recorded.count] = {g_engine.current->number, static_cast<u16>(value),
                                      position()};
  }
  ++recorded.count;
}

void record_step(ThreadNumber next, bool waits) noexcept {
  Engine& engine = g_engine;
  Recorded& recorded = engine.shared->recorded;
  const Fiber& fiber = g_fibers[next];
  // Who began to wait has decided once more since its point.
  const u32 at = next == engine.current->number ? position() : fiber.past;
  const u32 begun = waits && !fiber.is_runnable && at != 0 ? 1 : 0;
  if (recorded.traced_count < kMostTraced) {
    recorded.traced[recorded.traced_count] = {next, waits, at - begun, engine.next_steps[next]};
  }
  ++recorded.traced_count;
}

void record_what_is_left() noexcept {
  const Engine& engine = g_engine;
  for (u32 i = 0; i < engine.fiber_count; ++i) {
    const Fiber& fiber = g_fibers[i];
    if (fiber.has_ended) continue;
    if (fiber.is_runnable || (engine.precise && takes_what_is_released(fiber.wait))) {
      record_step(static_cast<ThreadNumber>(i), true);
    }
  }
}

// Who has to wait at its point is not asked, so each decision is between threads that get on.
ThreadNumber next_of_those_that_may(bool yields) noexcept {
  Engine& engine = g_engine;
  ThreadNumber ready[kMaxThreads];
  ThreadNumber waiting[kMaxThreads];
  Moment moment{ready, 0,         engine.current->number, yields, engine.next_steps, waiting,
                0,     position()};
  for (u32 i = 0; i < engine.runnable_count; ++i) {
    const ThreadNumber number = engine.runnable[i];
    const Fiber& fiber = g_fibers[number];
    if (may_go_on(fiber)) {
      ready[moment.count++] = number;
    } else {
      waiting[moment.waiting_count++] = number;
    }
    Step& step = engine.next_steps[number];
    if (step.role == StepRole::kRelease) {
      step.was_free = fiber.needed->kind == ObjectKind::kSemaphore && fiber.needed->value > 0;
    }
  }
  if (moment.count == 0) {
    // All that is left is to see them wait.
    for (u32 i = 0; i < moment.waiting_count && engine.exhaustive != nullptr; ++i) {
      engine.exhaustive->stuck(waiting[i], engine.next_steps[waiting[i]]);
    }
    ThreadNumber first = waiting[0];
    for (u32 i = 1; i < moment.waiting_count; ++i) {
      if (waiting[i] < first) first = waiting[i];
    }
    return first;
  }
  if (yields && moment.count > 1) engine.shared->outcome.polite = true;
  const ThreadNumber next =
      engine.exhaustive != nullptr ? engine.exhaustive->next(moment) : engine.strategy.next(moment);
  engine.hash.add(next, kSwitched);
  if (engine.records) {
    record_step(next);
    if (next != without_a_turn(moment)) record(next);
  }
  g_fibers[next].needs = Wait::kNothing;
  return next;
}

void tried_in_vain(const SyncObject& object) noexcept {
  constexpr u32 kTriesOfOne = 16;  // in a row
  Engine& engine = g_engine;
  if (!engine.precise) return;
  Fiber& self = *engine.current;
  if (self.spins_at == object.address) {
    if (++self.spins < kTriesOfOne) return;
    self.spins = 0;
    await_change(object);
    return;
  }
  self.spins_at = object.address;
  self.spins = 1;
  if (engine.exhaustive == nullptr || ++self.refusals < kMostRefusals) return;
  // What the others were about to do is seen to meet what was done, as if they had come to it.
  for (u32 i = 0; i < engine.fiber_count; ++i) {
    if (i != self.number && !g_fibers[i].has_ended)
      engine.exhaustive->stuck(static_cast<ThreadNumber>(i), engine.next_steps[i]);
  }
  engine.shared->outcome.left_off = true;
  finish();
}

void tried_well() noexcept { g_engine.current->refusals = 0; }

void await_change(const SyncObject& object) noexcept {
  Engine& engine = g_engine;
  Fiber& self = *engine.current;
  engine.shared->outcome.cut = true;
  self.needs = Wait::kFutex;
  self.needed = const_cast<SyncObject*>(&object);
  self.seen_version = object.version;
  self.timed_out = false;
  point({object.address, false, StepRole::kAcquire}, 0x20000000);
}

}  // namespace gridlock::internal::controlled
