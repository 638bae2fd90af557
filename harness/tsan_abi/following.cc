// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/following.h"

#include "harness/tsan_abi/facts.h"

namespace gridlock::internal::controlled {
namespace {

// The next step that matters: a mark stands behind a step, a stop before one.
void set_limit() noexcept {
  Engine& engine = g_engine;
  const Followed& followed = *engine.shared->followed;
  u64 next = engine.most_steps;
  if (followed.every != 0 && followed.mark_count < kMostMarks) {
    const u64 mark = followed.every * (followed.mark_count + u64{1});
    if (mark < next) next = mark;
  }
  if (followed.stop_at > engine.steps && followed.stop_at - 1 < next) next = followed.stop_at - 1;
  engine.limits.steps = next;
}

}  // namespace

void begin_following() noexcept {
  Followed& followed = *g_engine.shared->followed;
  followed.mark_count = 0;
  followed.switch_count = 0;
  set_limit();
}

void follow_step() noexcept {
  Engine& engine = g_engine;
  Followed& followed = *engine.shared->followed;
  if (followed.every != 0 && followed.mark_count < kMostMarks &&
      engine.steps == followed.every * (followed.mark_count + u64{1}) + 1) {
    followed.marks[followed.mark_count++] = static_cast<u8>(engine.hash.value() & 0xff);
  }
  if (engine.steps == followed.stop_at) gridlock_explore_stop();
  set_limit();
}

void follow_switch(ThreadNumber next, bool waits) noexcept {
  Engine& engine = g_engine;
  if (next == engine.current->number) return;
  Followed& followed = *engine.shared->followed;
  Switch& entry = followed.switches[followed.switch_count++ % kNamedSwitches];
  entry.step = engine.steps;
  entry.from = engine.current->number;
  entry.to = next;
  entry.waits = waits;
  engine.on = kOff;  // the unwinder's own calls are none of the execution's
  entry.frame_count = find_callers(entry.frames, kFrames);
  engine.on = engine.kind;
}

}  // namespace gridlock::internal::controlled

extern "C" __attribute__((noinline, used)) void gridlock_explore_stop() { asm volatile(""); }
