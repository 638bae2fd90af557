// SPDX-License-Identifier: Apache-2.0
//
// What a wait asks of the process tree (defined in process_tree/).
#pragma once

#include "harness/runtime/waits/wait.h"

namespace gridlock::internal {

/// The calling process is in the tree, and its waits are looked at.
bool in_process_tree() noexcept;
/// Publishes a wait that something else does (pthread_join, wait4), and looks once. The slices of
/// the other threads of the process find it later. kDeadlock as above.
Wake look_at_tree(ThreadState* state, const RobustWord* of_word = nullptr) noexcept;

/// The calling process is about to write the finding that ends the process tree. False: another
/// process was faster. True once; without a tree, always.
bool claim_tree_end() noexcept;
/// Ends the calling process, because another one ends the tree; P1 with the exit code of a process
/// that cannot go on (ending.h).
[[noreturn]] void wait_for_tree_end() noexcept;

}  // namespace gridlock::internal
