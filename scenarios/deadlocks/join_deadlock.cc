// SPDX-License-Identifier: Apache-2.0
//
// Waiting for a thread is waiting, too: a deadlock with only one lock in it.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

GRIDLOCK_SCENARIO(
    join_holding,
    {.name = "join-deadlock/holding",
     .summary = "A thread joins another while it holds the lock that the other needs",
     .story =
         "The boss holds the ledger and waits until the clerk has ended. But before the clerk can "
         "end, it has to write into the ledger, and for that it needs the lock that the boss "
         "holds. Both wait forever.\n\n"
         "There is only one lock here, so no order of locks could be wrong. The circle goes "
         "through the join: waiting for a thread is waiting as well.\n\n"
         "In the report the cycle consists of a lock and a thread. Look at the two lines on which "
         "they wait: one is a lock, the other a join.",
     .expect = gridlock::finds(gridlock::FindingKind::kDeadlock),
     .twin = "join-deadlock/released"}) {
  gridlock::set_this_thread_name("boss");
  gridlock::Lock ledger{"ledger"};
  const gridlock::Guard guard{ledger};
  gridlock::Thread clerk{"clerk", [&] { const gridlock::Guard entry{ledger}; }};
  clerk.join();
}

GRIDLOCK_SCENARIO(
    join_released,
    {.name = "join-deadlock/released",
     .summary = "The lock is given back before the join",
     .story =
         "The boss does its own work with the ledger inside a pair of braces, so that the lock is "
         "given back at the closing one. Only then does it wait for the clerk, who can now take "
         "the lock, finish and end.\n\n"
         "The rule is easy to remember: hold nothing while you wait for a thread.",
     .expect = gridlock::clean(),
     .twin = "join-deadlock/holding"}) {
  gridlock::set_this_thread_name("boss");
  gridlock::Lock ledger{"ledger"};
  gridlock::Thread clerk;
  {
    const gridlock::Guard guard{ledger};
    clerk = gridlock::Thread{"clerk", [&] { const gridlock::Guard entry{ledger}; }};
  }
  clerk.join();
}
