// SPDX-License-Identifier: Apache-2.0
//
// Which threads there are. The kernel knows one that runs and many that sleep forever behind the fibers; the engine
// knows who is there.
#include "harness/runtime/registry/threads.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/syscall.h"
#include "harness/platform/thread_count.h"
#include "harness/runtime/registry/untracked_threads.h"
#include "harness/tsan_abi/engine.h"

namespace gridlock::internal {
namespace {

using controlled::g_engine;

constexpr int kAboveAllOfTheKernel = 1 << 24;

u32 fibers_that_live() noexcept { return g_engine.fiber_count - g_engine.ended_count; }

}  // namespace

int thread_os_id() noexcept {
  if (g_engine.on && g_engine.current->number != 0) {
    return kAboveAllOfTheKernel + g_engine.current->number;
  }
  return static_cast<int>(raw_syscall(SYS_gettid));
}

// One more, which ThreadSanitizer's own would be.
u32 os_thread_count() noexcept { return g_engine.on ? fibers_that_live() + 1 : 0; }
void forget_thread_folder() noexcept {}

UntrackedThreads look_for_untracked_threads(bool /*counted*/) noexcept {
  if (!g_engine.on) return UntrackedThreads::kUnknown;
  return fibers_that_live() > live_threads().load() ? UntrackedThreads::kSome
                                                    : UntrackedThreads::kNone;
}

}  // namespace gridlock::internal
