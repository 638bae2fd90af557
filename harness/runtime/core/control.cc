// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/core/control.h"

#include <sys/syscall.h>

#include "harness/platform/syscall.h"

namespace gridlock::internal {
void wake_by_kernel(std::atomic<u32>& word, u32 count, bool shared) noexcept {
  if (shared) return futex_wake_shared(&word, count);
  futex_wake(&word, count);
}

void yield_to_kernel() noexcept { raw_syscall(SYS_sched_yield); }

std::atomic<const Control*> g_control{&kFreeControl};

void yield_thread() noexcept { control().yield(); }

}  // namespace gridlock::internal
