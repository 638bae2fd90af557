// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/registry/strangers.h"

#include "harness/platform/raw_io.h"
#include "harness/platform/tsan.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {
namespace {

bool visit_os_thread(int tid, void* strangers) noexcept {
  for (u32 slot = 0; slot < slot_count(); ++slot) {
    const ThreadState* const state = thread_in_slot(slot);
    if (state->os_id == tid && state->phase.load() == ThreadPhase::kLive) return true;
  }
  for (u32 number = next_record(0); number != 0; number = next_record(number)) {
    if (thread_record(number).os_id == tid && !thread_record(number).stranger) return true;
  }
  ++*static_cast<u32*>(strangers);
  return true;
}

}  // namespace

// Threads of the process that never used a Gridlock object. ThreadSanitizer's own background thread
// is one of them.
Strangers look_for_strangers(bool counted) noexcept {
  // Nobody looks again for a wait that has begun: what fails for a moment only is asked once more.
  constexpr u32 kTries = 3;
  for (u32 i = 0; i < kTries; ++i) {
    u32 strangers = 0;
    if (!visit_os_threads(&visit_os_thread, &strangers, counted)) continue;
    return strangers > (tsan_present() ? 1u : 0u) ? Strangers::kSome : Strangers::kNone;
  }
  return Strangers::kUnknown;
}

}  // namespace gridlock::internal
