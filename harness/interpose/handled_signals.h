// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// The mask of the signals that the program handles (signal_bit()); all of them where that cannot be read.
u64 handled_signals() noexcept;
/// A call that a handler has interrupted goes on behind it, whichever handler it was (SA_RESTART). A call with a limit, which a
/// slice is, never does by itself.
bool handlers_let_calls_go_on() noexcept;

}  // namespace gridlock::internal
