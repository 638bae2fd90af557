// SPDX-License-Identifier: Apache-2.0
//
// What the log and its records ask of the process tree (defined in process_tree/).
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// By a process of the tree that has the log open. Unless one did so before, writes the `start` of
/// P1 (not with nullptr: it is there) and the record of each process so far. From then on each
/// process writes its own.
void begin_tree_log(void (*write_start)(int pid),
                    void (*append)(const char* line, u64 size)) noexcept;
/// This process is in the tree, and some process of the tree has begun the log.
bool tree_log_begun() noexcept;

/// Number of the main thread of a process, 1 if unknown.
u32 main_thread_of(u32 number) noexcept;

}  // namespace gridlock::internal
