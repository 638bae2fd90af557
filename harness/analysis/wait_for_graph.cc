// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/wait_for_graph.h"

namespace gridlock::internal {

// The largest set that keeps itself stuck: begin with every waiting thread, take out whoever
// somebody outside the set could wake, until nothing changes.
u32 find_stuck(Waiter* waiters, u32 count, bool strangers) noexcept {
  u32 stuck = 0;
  for (u32 i = 0; i < count; ++i) {
    waiters[i].stuck = waiters[i].waiting;
    if (waiters[i].stuck) ++stuck;
  }
  for (bool changed = true; changed;) {
    changed = false;
    const bool somebody_runs = strangers || stuck < count;
    for (u32 i = 0; i < count; ++i) {
      Waiter& waiter = waiters[i];
      if (!waiter.stuck) continue;
      const bool can_wake =
          waiter.releaser == kNobody ? somebody_runs : !waiters[waiter.releaser].stuck;
      if (!can_wake) continue;
      waiter.stuck = false;
      --stuck;
      changed = true;
    }
  }
  return stuck;
}

}  // namespace gridlock::internal
