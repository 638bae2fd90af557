// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// The number in "P2". 0: there is no process tree, or this is a fork that is not part of it.
u32 this_process() noexcept;
void set_this_process(u32 number) noexcept;

/// The number among the processes of one run of `gridlock exec` (process_tree/followed.h). 0: it has none, or not yet.
/// Such a process is in no tree of gridlock::Process, and this_process() is 0.
u32 followed_process() noexcept;
void set_followed_process(u32 number) noexcept;
/// Whichever of the two it has: the one under which its waits are published.
u32 published_process() noexcept;

}  // namespace gridlock::internal
