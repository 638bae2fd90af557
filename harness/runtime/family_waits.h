// SPDX-License-Identifier: Apache-2.0
//
// Deadlock and starvation over all processes of the family. A thread that has waited for a moment
// describes itself and publishes what its process waits for (family_publish.h); then it looks at the
// tables of all (analysis/family_graph.h). It looks again every 50 ms, because another process may
// have been too busy, or about to end, to be judged.
#pragma once

#include "harness/runtime/wait.h"

namespace gridlock::internal {

/// The calling process is a member, and its waits are looked at.
bool in_family() noexcept;

/// Blocks in slices, each of which ends with a look at the family. A process that is no member blocks
/// as kFreeControl does, except on words that are shared.
extern const Control kProcessTreeControl;

/// Publishes a wait that something else does (pthread_join, wait4), and looks once. The slices of
/// the other threads of the process find it later. kDeadlock as above.
Wake look_at_family(ThreadState* state, const RobustWord* of_word = nullptr) noexcept;

}  // namespace gridlock::internal
