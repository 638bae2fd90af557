// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/runtime/core/control.h"
#include "harness/tsan_abi/fibers.h"
#include "harness/tsan_abi/outcome.h"

namespace gridlock::internal::controlled {

/// Within an execution whose schedule is chosen the engine decides (tsan_abi/engine.h); outside of one the kernel.
extern const Control kControlled;

/// A finding of what this execution does, as opposed to what another one might: the execution fails at the next step,
/// since whoever reported it has mutexes of the runtime.
void fail_soon(Failure failure, const char* text, u32 size) noexcept;
/// Where it is to fail it fails.
void fail_if_due() noexcept;
/// The execution cannot go on: a deadlock was found.
[[noreturn]] void fail_stuck() noexcept;
/// The next execution begins without a failure.
void forget_failure() noexcept;
/// And with none of the threads of the last one.
void forget_threads() noexcept;
/// Watching::holds and Watching::held.
bool thread_holds(ThreadNumber thread, u32 object) noexcept;
u32 locks_held_by(ThreadNumber thread, u32* out, u32 limit) noexcept;

}  // namespace gridlock::internal::controlled
