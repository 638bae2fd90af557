// SPDX-License-Identifier: Apache-2.0
//
// Which threads can never run again? A snapshot of who waits for what, and the answer as a pure
// function.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// Index of a thread in a snapshot; kNobody where there is none.
using WaiterIndex = u32;
inline constexpr WaiterIndex kNobody = ~0u;

/// One thread of a snapshot.
struct Waiter {
  bool waiting = false;  ///< false: it runs, or gives up by itself after a time
  WaiterIndex releaser =
      kNobody;         ///< the one thread that can end the wait; kNobody: every thread could
  bool stuck = false;  ///< the answer
};

/// Sets `stuck` for each thread that no sequence of releases can wake: a wait with one releaser
/// ends if that thread can run, a wait that every thread could end ends if any thread can run.
/// `strangers` says that there are threads which are not in the snapshot and run. Returns how many
/// are stuck. Quadratic at worst in the number of threads.
u32 find_stuck(Waiter* waiters, u32 count, bool strangers) noexcept;

}  // namespace gridlock::internal
