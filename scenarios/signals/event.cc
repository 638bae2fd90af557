// SPDX-License-Identifier: Apache-2.0
//
// Waiting for an event while holding what the other side needs first.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <mutex>

namespace {

// The passenger waits for the doors; the driver needs the platform before opening them.
void board(bool let_go) {
  gridlock::Lock platform{"platform"};
  gridlock::Event doors_open{"doors open"};
  gridlock::Turns turns;
  gridlock::Thread passenger{"passenger", [&] {
                               std::unique_lock hold{platform};
                               turns.done();
                               if (let_go) hold.unlock();
                               doors_open.wait();
                             }};
  gridlock::Thread driver{"driver", [&] {
                            turns.wait_for(1);
                            const gridlock::Guard guard{platform};
                            doors_open.set();
                          }};
}

}  // namespace

GRIDLOCK_SCENARIO(
    event_holding,
    {.name = "event/holding",
     .summary = "A thread waits for an event and keeps the lock that the setter needs",
     .story =
         "The passenger holds the platform and waits for the doors to open. The driver opens the "
         "doors, but has to have the platform first. The passenger waits for the driver, the "
         "driver waits for the passenger.\n\n"
         "Only one of the two waits is for a lock. An event belongs to nobody: any thread could "
         "set "
         "it, so there is no owner to follow and no circle to draw. Gridlock reports it once no "
         "thread is left that can still run.\n\n"
         "In the report, compare what the passenger holds with what the driver wants.",
     .expect = gridlock::finds(gridlock::FindingKind::kStarvation),
     .twin = "event/released"}) {
  board(false);
}

GRIDLOCK_SCENARIO(
    event_released,
    {.name = "event/released",
     .summary = "The lock is released before the wait for the event",
     .story = "The passenger leaves the platform before waiting for the doors. The driver "
              "can have it, opens the doors, and the passenger goes on.\n\n"
              "Hold no lock while waiting for something that another thread has to do. "
              "If you need the lock and the wait together, that is what a Condition is "
              "for: it lets go of the lock while it sleeps.",
     .expect = gridlock::clean(),
     .twin = "event/holding"}) {
  board(true);
}
