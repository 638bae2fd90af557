// SPDX-License-Identifier: Apache-2.0
//
// An execution is followed: where its threads take turns, with their stacks, and what the hash of its trace is now and then. What is
// followed takes the same decisions as what is not.
#pragma once

#include "harness/tsan_abi/engine.h"

namespace gridlock::internal::controlled {

/// Of g_engine.shared->followed, which says what is wanted.
void begin_following() noexcept;
/// Upon each step that is none too many.
void follow_step(const Step& step, u32 what) noexcept;
/// The thread that runs stops for `next`, which may be itself. Waits: because it has to.
void follow_switch(ThreadNumber next, bool waits) noexcept;
/// The thread that runs goes on behind such a stop.
void follow_return(bool waited) noexcept;
/// The execution is over, by this failure or by none.
void follow_end(Failure failure) noexcept;

}  // namespace gridlock::internal::controlled

/// Called before the step at which the environment says that a replay is to stop; does nothing. A debugger has a
/// breakpoint here, and the thread's stack is below.
extern "C" void gridlock_explore_stop();
