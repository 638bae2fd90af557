// SPDX-License-Identifier: Apache-2.0
//
// What a thread knows of the steps of all others (Mattern, "Virtual time and global states of distributed
// systems", 1989): thread t's step number c happened before all that a clock of at least c for t has seen.
#pragma once

#include "harness/schedule/strategy.h"

namespace gridlock::internal::controlled {

struct VectorClock {
  u32 size = 0;  ///< entries behind it are 0, whatever is in memory
  u32 entries[kMaxThreads];

  GRIDLOCK_INLINE void clear() noexcept { size = 0; }
  GRIDLOCK_INLINE u32 of(u32 thread) const noexcept { return thread < size ? entries[thread] : 0; }
  GRIDLOCK_INLINE void reach(u32 wanted) noexcept {
    for (; size < wanted; ++size) entries[size] = 0;
  }
  GRIDLOCK_INLINE void join(const VectorClock& other) noexcept {
    reach(other.size);
    for (u32 i = 0; i < other.size; ++i) {
      if (other.entries[i] > entries[i]) entries[i] = other.entries[i];
    }
  }
  GRIDLOCK_INLINE void assign(const VectorClock& other) noexcept {
    size = other.size;
    for (u32 i = 0; i < size; ++i) entries[i] = other.entries[i];
  }
};

}  // namespace gridlock::internal::controlled
