// SPDX-License-Identifier: Apache-2.0
//
// The waits for other programs, as wait.cc sees them.
#pragma once

#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

bool init_outside_waits() noexcept;

/// For a wait of an is_outside_type(): true if nobody outside can end it unless this process acts.
/// With the wait mutex held.
bool outside_is_stuck(const ThreadState* state) noexcept;

/// All threads of the process are blocked, and at least one of these waits for a program that waits
/// for this process. Directly after outside_is_stuck() was true for each of them.
void report_program_deadlock(ThreadState* const* threads, u32 count) noexcept;

}  // namespace gridlock::internal
