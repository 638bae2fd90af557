// SPDX-License-Identifier: Apache-2.0
//
// A longer circle, and two that look dangerous and are not.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

GRIDLOCK_SCENARIO(
    order_three_predicted,
    {.name = "lock-order/three-predicted",
     .summary = "Three threads and three locks in a ring: lucky this time",
     .story =
         "The cook takes the pan and then the stove, the baker the stove and then the oven, the "
         "waiter the oven and then the pan. No two of them take the same pair of locks, so "
         "looking at any two of them shows nothing wrong. All three together form a ring.\n\n"
         "They take turns here, so this run ends well. If each had taken its first lock at the "
         "same time, all three would wait forever.\n\n"
         "In the report the cycle has three arrows. To break it, it is enough that one of the "
         "three takes its locks the other way round.",
     .case_number = 12,
     .expect = gridlock::finds(gridlock::FindingKind::kLockOrderCycle),
     .twin = "lock-order/gated"}) {
  gridlock::Lock pan{"pan"};
  gridlock::Lock stove{"stove"};
  gridlock::Lock oven{"oven"};
  gridlock::Turns turns;
  gridlock::Thread cook{"cook", [&] {
                          turns.wait_for(0);
                          {
                            const gridlock::Guard first{pan};
                            const gridlock::Guard second{stove};
                          }
                          turns.done();
                        }};
  gridlock::Thread baker{"baker", [&] {
                           turns.wait_for(1);
                           {
                             const gridlock::Guard first{stove};
                             const gridlock::Guard second{oven};
                           }
                           turns.done();
                         }};
  gridlock::Thread waiter{"waiter", [&] {
                            turns.wait_for(2);
                            const gridlock::Guard first{oven};
                            const gridlock::Guard second{pan};
                          }};
}

GRIDLOCK_SCENARIO(
    order_gated,
    {.name = "lock-order/gated",
     .summary = "The same ring of three, but everybody passes one gate first",
     .story =
         "The same three threads take the same locks in the same contradicting orders. The "
         "difference: each takes one more lock, the kitchen door, before anything else. Only one "
         "of them can be in the kitchen, so no two can meet halfway, and nobody ever waits "
         "inside.\n\n"
         "A checker that only compared the orders would raise a false alarm here. Gridlock sees "
         "that all steps of the ring are taken under one common lock (a gate), and stays silent.",
     .case_number = 12,
     .expect = gridlock::clean(),
     .twin = "lock-order/three-predicted"}) {
  gridlock::Lock door{"kitchen door"};
  gridlock::Lock pan{"pan"};
  gridlock::Lock stove{"stove"};
  gridlock::Lock oven{"oven"};
  gridlock::Rendezvous start{3};
  const auto work = [&](gridlock::Lock& one, gridlock::Lock& two) {
    start.meet();
    for (int i = 0; i < 1000; ++i) {
      const gridlock::Guard gate{door};
      const gridlock::Guard first{one};
      const gridlock::Guard second{two};
    }
  };
  gridlock::Thread cook{"cook", [&] { work(pan, stove); }};
  gridlock::Thread baker{"baker", [&] { work(stove, oven); }};
  gridlock::Thread waiter{"waiter", [&] { work(oven, pan); }};
}

GRIDLOCK_SCENARIO(
    order_joined,
    {.name = "lock-order/joined",
     .summary = "Opposite order, but the first thread is over before the second begins",
     .story =
         "The payer takes the accounts and then the journal; the auditor takes them the other way "
         "round. But the auditor is only started when the payer has been joined, that is, has "
         "ended for good. They never run at the same time, not in this run and not in any "
         "other.\n\n"
         "Compare lock-order/predicted: there the two also run one after the other, but nothing "
         "in the program says that they must. Here the join says so, Gridlock knows it, and stays "
         "silent.",
     .case_number = 12,
     .expect = gridlock::clean(),
     .twin = "lock-order/predicted"}) {
  gridlock::Lock accounts{"accounts"};
  gridlock::Lock journal{"journal"};
  gridlock::Thread payer{"payer", [&] {
                           const gridlock::Guard first{accounts};
                           const gridlock::Guard second{journal};
                         }};
  payer.join();
  gridlock::Thread auditor{"auditor", [&] {
                             const gridlock::Guard first{journal};
                             const gridlock::Guard second{accounts};
                           }};
  auditor.join();
}
