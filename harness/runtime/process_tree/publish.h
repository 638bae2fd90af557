// SPDX-License-Identifier: Apache-2.0
//
// A process publishes which of its threads waits for what. Only it can: the owners of its locks,
// the size of its pools and the meaning of an address are known nowhere else.
#pragma once

#include "harness/runtime/process_tree/tables.h"

namespace gridlock::internal {

/// Takes the address space that descriptions need. False when the kernel refuses.
bool prepare_descriptions() noexcept;

/// Describes the calling thread, which has begun to wait, once for each wait: some 20 us. By the
/// thread itself, because while another reads what it holds it might go on. With the TreeGuard
/// held.
void describe_own_wait(const ThreadState* state) noexcept;
/// Writes the table of the calling process anew: every thread of it that waits without a time limit
/// and has described itself. With the TreeGuard held.
void publish_waits() noexcept;

}  // namespace gridlock::internal
