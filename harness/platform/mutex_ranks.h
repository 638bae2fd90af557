// SPDX-License-Identifier: Apache-2.0
//
// The runtime's own mutexes, each at its place in the one order in which they are taken
// (mutex_ranks.def). A debug build of the observer checks it at each lock(): a mutex that is taken while
// one of the same rank or of a later one is held ends the process with a message that names both.
#pragma once

#include "harness/platform/futex.h"

namespace gridlock::internal {

enum class MutexRank : u8 {
#define GRIDLOCK_MUTEX_RANK(enumerator, name, to_write) enumerator,
#include "harness/platform/mutex_ranks.def"
#undef GRIDLOCK_MUTEX_RANK
};

/// As many as there are rows: the last one is that of the call sites.
inline constexpr u32 kMutexRanks = static_cast<u32>(MutexRank::kCallSites) + 1;

struct alignas(64) RankedMutex : RawMutex {};
extern RankedMutex g_ranked_mutexes[kMutexRanks];

GRIDLOCK_INLINE constexpr RawMutex& mutex_of(MutexRank rank) noexcept {
  return g_ranked_mutexes[static_cast<u8>(rank)];
}

struct MutexFacts {
  const char* name;
  bool to_write;
};
/// The columns of the table, by rank.
extern const MutexFacts kMutexFacts[kMutexRanks];

/// This build checks the order.
bool ranks_are_checked() noexcept;
/// No longer: the handler of a crash may come in the middle of what a mutex guards.
void stop_checking_ranks() noexcept;

// What RawMutex calls, in a build that checks: before it is taken without a deadline, after it was, and
// before it is free.
void check_rank(const RawMutex* mutex) noexcept;
void note_taken(const RawMutex* mutex) noexcept;
void note_free(const RawMutex* mutex) noexcept;

}  // namespace gridlock::internal
