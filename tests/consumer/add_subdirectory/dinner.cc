// SPDX-License-Identifier: Apache-2.0
//
// Two philosophers, two forks, one scenario with two orders and its twin with one. Needs no
// sanitizer.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

namespace {

void dine(bool one_order) {
  gridlock::Lock left{"left fork"};
  gridlock::Lock right{"right fork"};
  gridlock::Turns turns;
  gridlock::Thread plato{"plato", [&] {
                           turns.wait_for(0);
                           {
                             const gridlock::Guard first{left};
                             const gridlock::Guard second{right};
                           }
                           turns.done();
                           turns.wait_for(2);  // still at the table while the other eats
                         }};
  gridlock::Thread kant{"kant", [&] {
                          turns.wait_for(1);
                          {
                            const gridlock::Guard first{one_order ? left : right};
                            const gridlock::Guard second{one_order ? right : left};
                          }
                          turns.done();
                        }};
}

}  // namespace

GRIDLOCK_SCENARIO(dinner_two_orders,
                  {.name = "dinner/two-orders",
                   .summary = "Two philosophers take the forks in opposite orders",
                   .story = "Each takes the fork on his own side first.",
                   .expect = gridlock::finds(gridlock::FindingKind::kLockOrderCycle),
                   .twin = "dinner/one-order"}) {
  dine(false);
}

GRIDLOCK_SCENARIO(dinner_one_order, {.name = "dinner/one-order",
                                     .summary = "Two philosophers take the forks in one order",
                                     .story = "Both take the left fork first.",
                                     .expect = gridlock::clean(),
                                     .twin = "dinner/two-orders"}) {
  dine(true);
}
