// SPDX-License-Identifier: Apache-2.0
//
// A way of nesting that was not met before is nearly always no news to the graph: another one is known
// that does everything that it does. That is found out here without the graph's mutex, one probe for each
// lock that is held (analysis/request_news.h).
#pragma once

#include "harness/analysis/prediction_types.h"
#include "harness/runtime/orders/order.h"
#include "harness/runtime/registry/process_graph.h"

namespace gridlock::internal {

struct OrderNews {
  bool keyed = false;  ///< it could be looked up; else all of it is news
  News news;
  u32 held = 0;  ///< so many locks
};

/// What is news of asking for `object` with what the thread holds. That goes to `held`, which has room for News::kMax.
OrderNews order_news(const ThreadState* state, ObjectId object, Ask ask, HeldNode* held) noexcept;

/// The same at a glance, for lock() when it meets a nesting that order_seen_at_once() does not know: true
/// if it is certain that nothing is new.
bool no_order_news(ThreadState* state, ObjectId object, Ask ask) noexcept;

GRIDLOCK_INLINE Wanted wanted_of(ObjectId object, Ask ask) noexcept {
  return {object,
          ask == Ask::kRead || ask == Ask::kSharedBehindWriters ? Mode::kShared : Mode::kExclusive,
          ask == Ask::kExclusivePreferred || ask == Ask::kSharedBehindWriters};
}
/// Whoever has the id of an object sees that what was known of its place before is forgotten (objects.h), also where
/// it does not find the one through the other.
GRIDLOCK_INLINE void see_what_is_forgotten() noexcept {
  std::atomic_thread_fence(std::memory_order_acquire);
}

/// What no_order_news() said yes to before, of these locks for this one: so little has to be looked at that lock() asks
/// it first.
GRIDLOCK_INLINE bool was_no_order_news(const ThreadState* state, ObjectId object,
                                       Ask ask) noexcept {
  const OwnGlances* const glances = state->glances;
  const u32 count = held_count(state);
  if (glances == nullptr || count - 1 >= News::kMax) return false;
  see_what_is_forgotten();
  const u64 stamp = prediction().stamp_of_glances(state->place, state->thread_node.notifications);
  const Held* const oldest = state->held;
  return glances->has(stamp, RequestNews::word_of(wanted_of(object, ask)), count,
                      [oldest](u32 i) noexcept { return head_of(oldest[i]); });
}

/// What order_news() counts as held.
GRIDLOCK_INLINE bool counts_in_order(const Held& held) noexcept {
  // Permits count where the semaphore may behave as a lock.
  return held.object != 0 && (!is_permit(held) || (held.amount & kLockLike) != 0);
}
GRIDLOCK_INLINE Mode mode_of(const Held& held) noexcept {
  return is_shared(held) ? Mode::kShared : Mode::kExclusive;
}

}  // namespace gridlock::internal
