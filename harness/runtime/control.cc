// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/control.h"

#include <sys/syscall.h>

#include "harness/platform/syscall.h"
#include "harness/runtime/hang.h"
#include "harness/runtime/wait.h"

namespace gridlock::internal {
namespace {

// In slices, because whoever waits is the one that looks.
Wake block_watching(ThreadState* state, const WaitFor& what, u32 expected) noexcept {
  const u64 since = now_ns();
  for (;;) {
    const bool woken = futex_wait(what.word, expected, now_ns() + hang_slice_ns());
    if (woken || what.word->load() != expected) return Wake::kLookAgain;
    if (look_for_hang(state, since) == Wake::kDeadlock) return Wake::kDeadlock;
  }
}

Wake block(ThreadState* state, const WaitFor& what, u32 expected, u64 deadline_ns) noexcept {
  if (deadline_ns == kNoTimeout && hang_slice_ns() != kNoTimeout)
    return block_watching(state, what, expected);
  const bool in_time = futex_wait(what.word, expected, deadline_ns);
  return in_time ? Wake::kLookAgain : Wake::kTimedOut;
}

}  // namespace

void wake_by_kernel(std::atomic<u32>& word, u32 count, bool shared) noexcept {
  if (shared) return futex_wake_shared(&word, count);
  futex_wake(&word, count);
}

void yield_to_kernel() noexcept { raw_syscall(SYS_sched_yield); }

constexpr Control kFreeControl = {nullptr, &block,           &wake_by_kernel,
                                  &now_ns, &yield_to_kernel, kKernelSpins};

std::atomic<const Control*> g_control{&kFreeControl};

void yield_thread() noexcept { control().yield(); }

}  // namespace gridlock::internal
