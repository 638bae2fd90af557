// SPDX-License-Identifier: Apache-2.0
//
// More locks at one time than Gridlock can watch.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <deque>

namespace {

constexpr int kItems = 1'100'000;  // above the default of the option max_objects

}  // namespace

GRIDLOCK_SCENARIO(
    capacity_lock_per_item,
    {.name = "capacity/lock-per-item",
     .summary = "A lock in each of a million items: more than Gridlock can watch",
     .story =
         "For each of 1.1 million items the program makes a lock of its own, and keeps it with the "
         "item. Gridlock has room for a million objects at one time. Those that are destroyed make "
         "room for others; these stay.\n\n"
         "The program goes on and works as before, but the locks that come now are not watched "
         "any more. That must not happen in silence: a report without findings would look as if "
         "all was well. So the full table is a finding itself, and its detail names the option "
         "to raise (max_objects).",
     .expect = gridlock::finds(gridlock::FindingKind::kCapacity),
     .twin = "capacity/one-lock"}) {
  std::deque<gridlock::Lock> locks;
  for (int i = 0; i < kItems; ++i) {
    const gridlock::Guard guard{locks.emplace_back()};
  }
}

GRIDLOCK_SCENARIO(
    capacity_one_lock,
    {.name = "capacity/one-lock",
     .summary = "One lock for a million items",
     .story =
         "The same 1.1 million items, all behind one lock. However often a lock is used, it counts "
         "once. A lock that only one thread ever sees protects nothing anyway.",
     .expect = gridlock::clean(),
     .twin = "capacity/lock-per-item"}) {
  gridlock::Lock lock;
  for (int i = 0; i < kItems; ++i) {
    const gridlock::Guard guard{lock};
  }
}
