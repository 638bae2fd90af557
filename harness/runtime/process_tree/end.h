// SPDX-License-Identifier: Apache-2.0
//
// A deadlock ends the whole process tree: no process is left behind.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// Another process has claimed the end.
bool tree_ends_elsewhere() noexcept;
/// Behind what the end of another process of the tree may have answered: does not return where this
/// process ends with it.
void stay_if_tree_ends() noexcept;
/// Ends every other process; P1 exits as the options say, with that code or by SIGABRT. After
/// claim_tree_end(). Does nothing without a process tree.
void end_other_processes() noexcept;

/// By P1, when it makes the process tree: lets the others reach it while it runs code of the user.
void watch_for_tree_end() noexcept;

}  // namespace gridlock::internal
