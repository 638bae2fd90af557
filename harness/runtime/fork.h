// SPDX-License-Identifier: Apache-2.0
//
// A forked process has one thread and the memory of many: whatever the others held stays held.
#pragma once

namespace gridlock::internal {

/// Once, when the runtime comes up.
void watch_forks() noexcept;

/// The calling thread is in a fork, between the handlers of the runtime.
bool is_forking_here() noexcept;

}  // namespace gridlock::internal
