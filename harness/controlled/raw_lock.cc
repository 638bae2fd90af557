// SPDX-License-Identifier: Apache-2.0
//
// The mutex that a primitive holds itself, also while it moves items of the user: a thread that finds it held goes to
// sleep in the engine.
#include "harness/platform/futex.h"
#include "harness/tsan_abi/objects.h"

namespace gridlock::internal {

using controlled::g_engine;

void raw_lock(std::atomic<u32>& word) noexcept {
  while (word.load(std::memory_order_relaxed) != 0) {
    if (!g_engine.on) {
      futex_wait(&word, 1, kNoTimeout);
      continue;
    }
    controlled::SyncObject& object = controlled::object_at(&word, controlled::ObjectKind::kFutex);
    controlled::block(controlled::Wait::kFutex, &object, controlled::kNever, GRIDLOCK_SITE);
  }
  word.store(1, std::memory_order_relaxed);
}

void raw_unlock(std::atomic<u32>& word) noexcept {
  word.store(0, std::memory_order_relaxed);
  if (g_engine.on) {
    wake_all(controlled::object_at(&word, controlled::ObjectKind::kFutex));
  } else {
    futex_wake(&word, 1);
  }
}

}  // namespace gridlock::internal
