// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>

#include "harness/platform/base.h"

namespace gridlock::internal {

/// sigaction past ThreadSanitizer, whose wrapper delays a signal until the thread makes a system
/// call that it knows, which a thread in an endless loop never does.
bool set_signal_action(int signal, const struct sigaction* action, struct sigaction* old) noexcept;

/// Gives the calling thread a stack for handlers, so that a stack overflow can be reported. Does
/// nothing if it has one.
void ensure_signal_stack() noexcept;

/// Where a signal interrupted: the program counter, and the frame pointer for a walk.
struct Interrupted {
  uptr pc;
  uptr frame;
};
Interrupted interrupted_at(const void* ucontext) noexcept;

}  // namespace gridlock::internal
