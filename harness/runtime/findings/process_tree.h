// SPDX-License-Identifier: Apache-2.0
//
// What the log and its records ask of the process tree (defined in process_tree/).
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// By a member that has the log open: what the log has to begin with, unless a member did that
/// before: the `start` of P1 (not with nullptr: it is there) and a record of each member so far.
/// From then on each writes its own.
void begin_family_log(void (*write_start)(int pid),
                      void (*append)(const char* line, u64 size)) noexcept;
/// This process is a member, and some member has begun the log.
bool family_log_begun() noexcept;

/// Number of the main thread of a member, 1 if unknown.
u32 main_thread_of(u32 number) noexcept;

}  // namespace gridlock::internal
