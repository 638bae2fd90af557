// SPDX-License-Identifier: Apache-2.0
//
// The threads of a pool, as the Executor tells of them. Included by an instrumented file, so it has no
// inline functions.
#pragma once

#include <cstdint>

namespace gridlock::internal {

/// A number for a pool of threads, and who belongs to it; all of them before the pool has a task.
std::uint32_t new_thread_pool() noexcept;
void thread_joins_pool(std::uint32_t number, std::uint32_t pool) noexcept;
/// From now on the calling thread cancels the pool's queued tasks, and so ends the waits for them although the workers
/// may have ended; 0: no more. Returns what it said before.
std::uint32_t cancels_in_pool(std::uint32_t pool) noexcept;

}  // namespace gridlock::internal
