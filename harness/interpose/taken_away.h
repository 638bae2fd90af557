// SPDX-License-Identifier: Apache-2.0
//
// A mutex was released by a thread that did not have it. The one that did believes that it has it still, and must not
// take it for held when it asks for the next one.
#pragma once

#include <atomic>

#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

extern std::atomic<u32> g_times_taken_away;
extern __thread u32 tls_times_seen __attribute__((tls_model("initial-exec")));

/// `holder`: the slot of the thread that had it, plus one.
void take_away(u32 holder, ObjectId object) noexcept;
void drop_what_was_taken_away(ThreadState* state, u32 times) noexcept;

/// True, once: the object was taken away from the calling thread, which releases it now. What it does wrong was not its fault.
bool was_taken_away(ThreadState* state, ObjectId object) noexcept;

/// By a thread before it asks for something, and when it ends.
GRIDLOCK_INLINE void look_what_was_taken_away(ThreadState* state) noexcept {
  const u32 times = g_times_taken_away.load(std::memory_order_relaxed);
  if (GRIDLOCK_UNLIKELY(times != tls_times_seen)) drop_what_was_taken_away(state, times);
}

}  // namespace gridlock::internal
