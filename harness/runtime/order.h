// SPDX-License-Identifier: Apache-2.0
//
// Between a request and the lock-order graph. Asking for a lock while holding others is nearly
// always something this thread has done before; a table of 64-bit keys answers that with one
// relaxed probe, however many locks are held: the key mixes the thread, its segment, the locks held
// and the lock asked for. A thread-local cache would do the same and thrash (DESIGN.md rule 5).
#pragma once

#include <atomic>

#include "harness/runtime/threads.h"

namespace gridlock::internal {

/// The table. It is a cache of the graph: a key that is missing costs a visit to the graph, no
/// more.
struct SeenKeys {
  u64 mask;
  std::atomic<u64> keys[1];  // mask + 1 of them
};
extern std::atomic<SeenKeys*> g_seen_keys;

/// The request is new in this thread, segment and held set: enters it into the graph and reports
/// the cycles that it closes.
void note_order(ThreadState* state, ObjectId object, u64 key) noexcept;

/// Every nesting counts as new again, because what is asked of it has changed.
void forget_seen_order() noexcept;

/// The key of asking for `object` with what the thread holds.
GRIDLOCK_INLINE u64 order_key(const ThreadState* state, ObjectId object) noexcept {
  return sign(state->next_held[-1].signature, object) | 1;
}

GRIDLOCK_INLINE bool order_seen(u64 key) noexcept {
  const SeenKeys* const seen = g_seen_keys.load(std::memory_order_acquire);
  if (GRIDLOCK_UNLIKELY(seen == nullptr)) return false;
  // The high bits of a product are its best.
  for (u64 i = key >> 32, probes = 0; probes < 8; ++i, ++probes) {
    const u64 found = seen->keys[i & seen->mask].load(std::memory_order_relaxed);
    if (GRIDLOCK_LIKELY(found == key)) return true;
    if (found == 0) return false;
  }
  return false;
}

/// The first probe alone: nearly all there is to ask.
GRIDLOCK_INLINE bool order_seen_at_once(u64 key) noexcept {
  const SeenKeys* const seen = g_seen_keys.load(std::memory_order_acquire);
  return GRIDLOCK_LIKELY(seen != nullptr) &&
         seen->keys[(key >> 32) & seen->mask].load(std::memory_order_relaxed) == key;
}

GRIDLOCK_INLINE void check_order(ThreadState* state, ObjectId object) noexcept {
  const u64 key = order_key(state, object);
  if (GRIDLOCK_UNLIKELY(!order_seen(key))) note_order(state, object, key);
}

/// Doubles the held set's room before it is full. Without memory for that the process is ended with
/// a clear line.
void make_room(ThreadState* state) noexcept;

}  // namespace gridlock::internal
