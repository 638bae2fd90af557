// SPDX-License-Identifier: Apache-2.0
//
// Deadlock and starvation over all processes of the tree. A thread that has waited for a moment
// describes itself, publishes what its process waits for (publish.h) and then looks at the tables
// of all processes (analysis/process_tree_graph.h). It looks again every 50 ms, because another process
// may have been too busy, or about to end, to be judged.
#pragma once

#include "harness/runtime/waits/other_processes.h"

namespace gridlock::internal {

/// Blocks in slices, each of which ends with a look at the whole tree. A process outside the tree
/// blocks as kFreeControl does, except on words that are shared.
extern const Control kProcessTreeControl;

/// Takes the address space for the looks while there is some; what is refused now is asked for again
/// with each look. Before there is a process tree; a forked process has what its parent took.
void prepare_looks() noexcept;

}  // namespace gridlock::internal
