// SPDX-License-Identifier: Apache-2.0
//
// A forked process has one thread and the memory of many: whatever the others held stays held.
#pragma once

namespace gridlock::internal {

/// Once, when the runtime comes up.
void watch_forks() noexcept;

}  // namespace gridlock::internal
