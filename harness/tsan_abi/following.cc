// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/following.h"

#include "harness/tsan_abi/facts.h"
#include "harness/tsan_abi/taken_steps.h"

namespace gridlock::internal::controlled {

void begin_following() noexcept {
  Followed& followed = *g_engine.shared->followed;
  followed.mark_count = 0;
  followed.switch_count = 0;
  g_engine.limits.steps = 0;
  begin_taking(followed);
}

void follow_step(const Step& step, u32 what) noexcept {
  Engine& engine = g_engine;
  Followed& followed = *engine.shared->followed;
  if (followed.every != 0 && followed.mark_count < kMostMarks &&
      engine.steps == followed.every * (followed.mark_count + u64{1}) + 1) {
    followed.marks[followed.mark_count++] = static_cast<u8>(engine.hash.value() & 0xff);
  }
  if (engine.steps == followed.stop_at) gridlock_explore_stop();
  take_step(step, what);
}

void follow_switch(ThreadNumber next, bool waits) noexcept {
  Engine& engine = g_engine;
  take_stop(next, waits);
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

void follow_return(bool waited) noexcept { take_return(waited); }

void follow_end(Failure failure) noexcept { end_taking(failure); }

}  // namespace gridlock::internal::controlled

extern "C" __attribute__((noinline, used)) void gridlock_explore_stop() { asm volatile(""); }
