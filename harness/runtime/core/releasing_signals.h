// SPDX-License-Identifier: Apache-2.0
//
// A handler of a signal may give back what a thread waits for, and anybody may send the signal.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// The mask (signal_bit()) of the signals that a process handles, but for those that an instruction causes, those of libc, and
/// our own. All bits where the kernel does not say. Reads /proc; takes no lock.
u64 releasing_signals(int pid) noexcept;

}  // namespace gridlock::internal
