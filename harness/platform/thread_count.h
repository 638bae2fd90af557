// SPDX-License-Identifier: Apache-2.0
//
// How many threads the process has, from the kernel and without a list of them.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// One system call, of a folder of /proc that stays open. 0: the kernel does not say. Whoever is seen by the kernel
/// is counted, also a thread that has just been started or is about to end. Not thread-safe.
u32 os_thread_count() noexcept;

/// In the child of a fork: the folder that is open is the parent's.
void forget_thread_folder() noexcept;

}  // namespace gridlock::internal
