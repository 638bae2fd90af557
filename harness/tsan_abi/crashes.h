// SPDX-License-Identifier: Apache-2.0
//
// Ways in which an execution ends that the program did not mean: signals, abort, exceptions, and the watch for
// one that makes no step.
#pragma once

#include "harness/tsan_abi/outcome.h"

namespace gridlock::internal::controlled {

/// From here on, in this process. `stuck_after`: seconds; 0: no watch.
void begin_catching(u32 stuck_after) noexcept;
/// Everything as it was.
void end_catching() noexcept;
/// The thread that runs ends the execution by a call: "T2" and `how`, with its callers.
[[noreturn]] void fail_by_call(Failure failure, const char* how) noexcept;

}  // namespace gridlock::internal::controlled
