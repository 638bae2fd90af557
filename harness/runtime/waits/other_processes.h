// SPDX-License-Identifier: Apache-2.0
//
// What a wait asks of the process tree (defined in process_tree/).
#pragma once

#include "harness/runtime/waits/wait.h"

namespace gridlock::internal {

/// The calling process is a member, and its waits are looked at.
bool in_family() noexcept;
/// Publishes a wait that something else does (pthread_join, wait4), and looks once. The slices of
/// the other threads of the process find it later. kDeadlock as above.
Wake look_at_family(ThreadState* state, const RobustWord* of_word = nullptr) noexcept;

/// The calling process is about to write the finding that ends the family. False: another one was
/// faster. True once; where there is no tree, always.
bool claim_family_end() noexcept;
/// Ends the calling process, which another one ends with the family; P1 with the exit code
/// of a process that cannot go on (ending.h).
[[noreturn]] void wait_for_family_end() noexcept;

}  // namespace gridlock::internal
