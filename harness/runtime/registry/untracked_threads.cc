// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/registry/untracked_threads.h"

#include "harness/platform/raw_io.h"
#include "harness/platform/tsan.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {
namespace {

bool visit_os_thread(int tid, void* untracked) noexcept {
  for (u32 slot = 0; slot < slot_count(); ++slot) {
    const ThreadState* const state = thread_in_slot(slot);
    if (state->os_id == tid && state->phase.load() == ThreadPhase::kLive) return true;
  }
  for (u32 number = next_record(0); number != 0; number = next_record(number)) {
    if (thread_record(number).os_id == tid && !thread_record(number).untracked) return true;
  }
  ++*static_cast<u32*>(untracked);
  return true;
}

}  // namespace

// Threads of the process that never used a Gridlock object. ThreadSanitizer's own background thread
// is one of them.
UntrackedThreads look_for_untracked_threads(bool counted) noexcept {
  // Nobody looks again for a wait that has begun: what fails for a moment only is asked once more.
  constexpr u32 kTries = 3;
  for (u32 i = 0; i < kTries; ++i) {
    u32 untracked = 0;
    if (!visit_os_threads(&visit_os_thread, &untracked, counted)) continue;
    return untracked > (tsan_present() ? 1u : 0u) ? UntrackedThreads::kSome
                                                  : UntrackedThreads::kNone;
  }
  return UntrackedThreads::kUnknown;
}

}  // namespace gridlock::internal
