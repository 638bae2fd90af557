// SPDX-License-Identifier: Apache-2.0
//
// Two locks, two threads: the classic deadlock, foretold, happening, and cured in two ways.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <mutex>

GRIDLOCK_SCENARIO(
    order_predicted,
    {.name = "lock-order/predicted",
     .summary = "Two locks in opposite order: this run is lucky, another will hang",
     .story =
         "The payer takes the accounts, then the journal. The auditor takes the journal, then the "
         "accounts. Here the auditor waits until the payer has finished, so nothing bad happens "
         "and the program ends normally.\n\n"
         "It was only luck. If both start at the same time, each can take its first lock and then "
         "wait for the other's, forever. Gridlock remembers in which order each thread takes its "
         "locks, and sees that the orders contradict each other, although this run went well. "
         "That is why one can find such an error in a test, and need not meet it in "
         "production.\n\n"
         "In the report, follow the arrows of the cycle. Each one says: while this thread held "
         "the one lock, it asked for the other, and on which lines.",
     .case_number = 12,
     .expect = gridlock::finds(gridlock::FindingKind::kLockOrderCycle),
     .twin = "lock-order/ordered"}) {
  gridlock::Lock accounts{"accounts"};
  gridlock::Lock journal{"journal"};
  gridlock::Turns turns;
  gridlock::Thread payer{"payer", [&] {
                           turns.wait_for(0);
                           {
                             const gridlock::Guard first{accounts};
                             const gridlock::Guard second{journal};
                           }
                           turns.done();
                         }};
  gridlock::Thread auditor{"auditor", [&] {
                             turns.wait_for(1);
                             const gridlock::Guard first{journal};
                             const gridlock::Guard second{accounts};
                           }};
}

GRIDLOCK_SCENARIO(
    order_hung,
    {.name = "lock-order/hung",
     .summary = "Two locks in opposite order: this run really hangs",
     .story =
         "The same mistake as in lock-order/predicted, but this time each thread waits until the "
         "other has its first lock too. The payer holds the accounts and wants the journal; the "
         "auditor holds the journal and wants the accounts. Neither can go on, and neither will "
         "give up what it has.\n\n"
         "Without help this program would stand still forever and say nothing. Gridlock notices "
         "the moment in which the circle closes, writes down who holds what, and ends the "
         "program.\n\n"
         "In the report, look at each thread: it says what it holds and since which line, and "
         "what it waits for and on which line.",
     .case_number = 12,
     .expect = gridlock::finds(gridlock::FindingKind::kDeadlock),
     .twin = "lock-order/scoped-lock"}) {
  gridlock::Lock accounts{"accounts"};
  gridlock::Lock journal{"journal"};
  gridlock::Rendezvous both_hold_one{2};
  gridlock::Thread payer{"payer", [&] {
                           const gridlock::Guard first{accounts};
                           both_hold_one.meet();
                           const gridlock::Guard second{journal};
                         }};
  gridlock::Thread auditor{"auditor", [&] {
                             const gridlock::Guard first{journal};
                             both_hold_one.meet();
                             const gridlock::Guard second{accounts};
                           }};
}

GRIDLOCK_SCENARIO(
    order_ordered,
    {.name = "lock-order/ordered",
     .summary = "Two locks, taken in the same order by everyone",
     .story =
         "The payer and the auditor both take the accounts first and the journal second. Whoever "
         "has the accounts is the only one who can ask for the journal, so nobody who holds the "
         "journal ever has to wait for the accounts. No circle can form.\n\n"
         "One order for all locks of a program is the simplest cure. Write it down where the "
         "locks are declared.",
     .case_number = 12,
     .expect = gridlock::clean(),
     .twin = "lock-order/predicted"}) {
  gridlock::Lock accounts{"accounts"};
  gridlock::Lock journal{"journal"};
  gridlock::Rendezvous start{2};
  const auto work = [&] {
    start.meet();
    for (int i = 0; i < 1000; ++i) {
      const gridlock::Guard first{accounts};
      const gridlock::Guard second{journal};
    }
  };
  gridlock::Thread payer{"payer", work};
  gridlock::Thread auditor{"auditor", work};
}

GRIDLOCK_SCENARIO(
    order_scoped_lock,
    {.name = "lock-order/scoped-lock",
     .summary = "Two locks, named in opposite order, but taken together",
     .story =
         "The payer asks for accounts and journal, the auditor for journal and accounts: the order "
         "in which they name the locks is opposite. Yet nothing can go wrong, because "
         "std::scoped_lock takes them together. It waits for one while it holds nothing, then "
         "tries the other; if that one is taken, it lets go of the first and begins anew.\n\n"
         "Use it where there is no natural order, for example for a transfer between any two "
         "accounts. What never happens is what a deadlock needs: to hold one lock and wait for "
         "another.",
     .case_number = 12,
     .expect = gridlock::clean(),
     .twin = "lock-order/hung"}) {
  gridlock::Lock accounts{"accounts"};
  gridlock::Lock journal{"journal"};
  gridlock::Rendezvous start{2};
  gridlock::Thread payer{"payer", [&] {
                           start.meet();
                           for (int i = 0; i < 1000; ++i) {
                             const std::scoped_lock both{accounts, journal};
                           }
                         }};
  gridlock::Thread auditor{"auditor", [&] {
                             start.meet();
                             for (int i = 0; i < 1000; ++i) {
                               const std::scoped_lock both{journal, accounts};
                             }
                           }};
}
