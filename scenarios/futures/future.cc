// SPDX-License-Identifier: Apache-2.0
//
// A future is a promise by another thread; do not keep from it what it needs.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <cstdio>
#include <utility>

GRIDLOCK_SCENARIO(
    future_get_holding,
    {.name = "future/get-holding",
     .summary = "A thread waits for a result and holds the lock that the result needs",
     .story =
         "The cook has promised a meal. The guest waits for it, and while it waits it holds the "
         "key to the pantry. To keep the promise the cook needs something from the pantry.\n\n"
         "get() waits until the promise is kept. Whatever is held at that line is held all the "
         "while. The cook waits for the key, the guest for the meal.\n\n"
         "In the report one thread waits in get and holds the lock; another one waits for that "
         "lock. A promise has no owner that could be seen, so Gridlock says starvation: nobody is "
         "left who could keep it.",
     .expect = gridlock::finds(gridlock::FindingKind::kStarvation),
     .twin = "future/get-free"}) {
  gridlock::Lock pantry{"pantry"};
  gridlock::Turns turns;
  auto [promise, meal] = gridlock::make_future<int>("meal");
  gridlock::Thread cook{"cook", [&, to = std::move(promise)]() mutable {
                          turns.wait_for(1);  // the guest has the key
                          const gridlock::Guard guard{pantry};
                          to.set_value(1);
                        }};
  gridlock::Thread guest{"guest", [&, from = std::move(meal)]() mutable {
                           const gridlock::Guard guard{pantry};
                           turns.done();
                           std::printf("%d meal\n", from.get());  // wrong: with the key in hand
                         }};
}

GRIDLOCK_SCENARIO(
    future_get_free,
    {.name = "future/get-free",
     .summary = "The lock is given back before the wait",
     .story =
         "The guest still looks into the pantry, but gives the key back at the closing brace and "
         "only then waits for the meal. The cook takes the key, cooks, and keeps the promise.\n\n"
         "Hold nothing while you wait for somebody else's result: you cannot see from here what "
         "it takes to make it.",
     .expect = gridlock::clean(),
     .twin = "future/get-holding"}) {
  gridlock::Lock pantry{"pantry"};
  gridlock::Turns turns;
  auto [promise, meal] = gridlock::make_future<int>("meal");
  gridlock::Thread cook{"cook", [&, to = std::move(promise)]() mutable {
                          turns.wait_for(1);
                          const gridlock::Guard guard{pantry};
                          to.set_value(1);
                        }};
  gridlock::Thread guest{"guest", [&, from = std::move(meal)]() mutable {
                           {
                             const gridlock::Guard guard{pantry};
                             turns.done();
                           }
                           std::printf("%d meal\n", from.get());
                         }};
}
