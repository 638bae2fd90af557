// SPDX-License-Identifier: Apache-2.0
//
// The kernel decides: one process (core/control.h).
#include "harness/platform/futex.h"
#include "harness/runtime/core/control.h"
#include "harness/runtime/waits/hang.h"
#include "harness/runtime/waits/wait.h"

namespace gridlock::internal {
namespace {

// In slices, because the waiter itself is the one that looks.
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

constexpr Control kFreeControl = {nullptr, &block,           &wake_by_kernel,
                                  &now_ns, &yield_to_kernel, kKernelSpins};

}  // namespace gridlock::internal
