// SPDX-License-Identifier: Apache-2.0
//
// In a file of its own: code of the user runs under it (the items of a Queue), so where schedules are chosen another
// thread may come to it meanwhile (harness/controlled/raw_lock.cc).
#include "harness/platform/futex.h"

namespace gridlock::internal {

// The three-state mutex of Drepper, "Futexes are tricky" (2011), section 5: 0 free, 1 held, 2 held
// and somebody may sleep.
void raw_lock(std::atomic<u32>& word) noexcept {
  u32 seen = 0;
  if (word.compare_exchange_strong(seen, 1, std::memory_order_acquire, std::memory_order_relaxed))
    return;
  if (seen != 2) seen = word.exchange(2, std::memory_order_acquire);
  while (seen != 0) {
    futex_wait(&word, 2, kNoTimeout);
    seen = word.exchange(2, std::memory_order_acquire);
  }
}

void raw_unlock(std::atomic<u32>& word) noexcept {
  if (word.exchange(0, std::memory_order_release) == 2) futex_wake(&word, 1);
}

}  // namespace gridlock::internal
