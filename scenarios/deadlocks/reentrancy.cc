// SPDX-License-Identifier: Apache-2.0
//
// A recursive function that takes a lock at each level.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

namespace {

template <typename Mutex>
int sum_to(int n, Mutex& mutex) {
  const gridlock::Guard guard{mutex};
  return n == 0 ? 0 : n + sum_to(n - 1, mutex);
}

}  // namespace

GRIDLOCK_SCENARIO(
    reentrancy_lock,
    {.name = "reentrancy/lock",
     .summary = "A recursive function takes the same Lock again and waits for itself",
     .story =
         "The function takes a lock, then calls itself. The inner call asks for the same lock, "
         "which is taken, and so it waits until it is given back. But the one who holds it is the "
         "same thread, and it cannot give anything back while it waits. One thread and one lock "
         "are enough for a deadlock.\n\n"
         "In real programs the recursion is seldom this easy to see: a public function takes the "
         "lock and calls another public function, which takes it as well.\n\n"
         "In the report, compare the two stacks: where the lock was taken, and where it is asked "
         "for again, one call deeper.",
     .case_number = 16,
     .expect = gridlock::finds(gridlock::FindingKind::kSelfDeadlock),
     .twin = "reentrancy/rlock"}) {
  gridlock::Lock lock{"sums"};
  sum_to(3, lock);
}

GRIDLOCK_SCENARIO(
    reentrancy_rlock,
    {.name = "reentrancy/rlock",
     .summary = "The same recursive function with an RLock",
     .story =
         "An RLock knows its owner and counts. When the thread that holds it asks again, the count "
         "goes up and the call returns at once; each unlock takes one off, and the lock is free "
         "when the count is back at 0. Other threads are kept out all the time.\n\n"
         "It cures the symptom. Often the better cure is to split the function: an outer one that "
         "takes the lock, and an inner one that recurses and expects the lock to be held.",
     .case_number = 16,
     .expect = gridlock::clean(),
     .twin = "reentrancy/lock"}) {
  gridlock::RLock lock{"sums"};
  sum_to(3, lock);
}
