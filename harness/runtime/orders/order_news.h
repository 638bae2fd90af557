// SPDX-License-Identifier: Apache-2.0
//
// A way of nesting that was not met before is nearly always no news to the graph: another one is known
// that does everything that it does. That is found out here without the graph's mutex, one probe for each
// lock that is held (analysis/request_news.h).
#pragma once

#include "harness/analysis/prediction_types.h"
#include "harness/runtime/orders/order.h"

namespace gridlock::internal {

struct OrderNews {
  bool keyed = false;  ///< it could be looked up; else all of it is news
  News news;
};

/// What is news of asking for `object` with what the thread holds.
OrderNews order_news(const ThreadState* state, ObjectId object, Ask ask) noexcept;

/// The same at a glance, for lock() when it meets a nesting that order_seen_at_once() does not know: true
/// if it is certain that nothing is new.
bool no_order_news(const ThreadState* state, ObjectId object, Ask ask) noexcept;

/// What order_news() counts as held.
GRIDLOCK_INLINE bool counts_in_order(const Held& held) noexcept {
  // Permits count where the semaphore may behave as a lock.
  return held.object != 0 && (!is_permit(held) || (held.amount & kLockLike) != 0);
}
GRIDLOCK_INLINE Mode mode_of(const Held& held) noexcept {
  return is_shared(held) ? Mode::kShared : Mode::kExclusive;
}

}  // namespace gridlock::internal
