// SPDX-License-Identifier: Apache-2.0
//
// Functions of the kernel that run without a system call: vdso(7).
#pragma once

#include <time.h>

namespace gridlock::internal {

/// clock_gettime() without libc: not intercepted by a sanitizer and not replaced where time is virtual. False where the
/// kernel has no such function, or the function refuses. Async-signal-safe; works before libc is initialised.
bool vdso_clock(clockid_t clock, timespec* out) noexcept;

}  // namespace gridlock::internal
