// SPDX-License-Identifier: Apache-2.0
//
// Waiting for another thread to change something: the notification that came too early, and the
// wait without the lock.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <mutex>

GRIDLOCK_SCENARIO(
    condition_lost_wakeup,
    {.name = "condition/lost-wakeup",
     .summary = "The notification comes before the other thread waits, and is gone",
     .story =
         "The cook calls \"dinner is ready\" once, and goes home. The guest comes into the kitchen "
         "a moment later and waits for the call. It will not come again. A notification is like a "
         "call: whoever is not there does not hear it, and nothing keeps it.\n\n"
         "On most days the guest is early and everything goes well, which is why this mistake "
         "lives long. Gridlock notices that nobody is left who could call, and remembers that the "
         "last call was heard by nobody.\n\n"
         "In the report, look for the thread that has ended: its stack shows where the "
         "notification was given.",
     .expect = gridlock::finds(gridlock::FindingKind::kLostWakeup),
     .twin = "condition/predicate"}) {
  gridlock::Lock kitchen{"kitchen"};
  gridlock::Condition dinner{"dinner is ready"};
  gridlock::Turns turns;
  gridlock::Thread cook{"cook", [&] {
                          {
                            const gridlock::Guard guard{kitchen};
                            dinner.notify_one();
                          }
                          turns.done();
                        }};
  gridlock::Thread guest{"guest", [&] {
                           turns.wait_for(1);
                           std::unique_lock hold{kitchen};
                           dinner.wait(hold);  // wrong: nothing says whether it is ready already
                         }};
}

GRIDLOCK_SCENARIO(
    condition_predicate,
    {.name = "condition/predicate",
     .summary = "A variable remembers what the notification was about",
     .story =
         "The cook now puts the plate on the table, and then calls. The guest looks at the table "
         "first, and waits for a call only if it is empty. Looking and beginning to wait happen "
         "under the lock, and so does putting the plate there: no call can fall in between.\n\n"
         "The variable is what counts; the notification only says that it is worth to look again. "
         "Always wait with a test.",
     .expect = gridlock::clean(),
     .twin = "condition/lost-wakeup"}) {
  gridlock::Lock kitchen{"kitchen"};
  gridlock::Condition dinner{"dinner is ready"};
  gridlock::Turns turns;
  bool on_the_table = false;
  gridlock::Thread cook{"cook", [&] {
                          {
                            const gridlock::Guard guard{kitchen};
                            on_the_table = true;
                            dinner.notify_one();
                          }
                          turns.done();
                        }};
  gridlock::Thread guest{"guest", [&] {
                           turns.wait_for(1);
                           std::unique_lock hold{kitchen};
                           dinner.wait(hold, [&] { return on_the_table; });
                         }};
}

namespace {

// The courier waits for a parcel that lies there already.
void wait_for_parcel(bool locked) {
  gridlock::Lock counter{"counter"};
  gridlock::Condition arrived{"a parcel arrived"};
  bool parcel = false;
  {
    const gridlock::Guard guard{counter};
    parcel = true;
    arrived.notify_one();
  }
  gridlock::Thread courier{"courier", [&] {
                             std::unique_lock hold{counter, std::defer_lock};
                             if (locked) hold.lock();
                             if (!locked) arrived.wait(hold);  // wrong: the lock is not held
                             if (locked) arrived.wait(hold, [&] { return parcel; });
                           }};
}

}  // namespace

GRIDLOCK_SCENARIO(
    condition_wait_unlocked,
    {.name = "condition/wait-unlocked",
     .summary = "A thread waits on a condition without holding its lock",
     .story =
         "The courier made a std::unique_lock that does not lock yet, forgot to lock it, and "
         "waits. A wait gives the lock back while it sleeps and takes it again afterwards; here "
         "there is nothing to give back.\n\n"
         "With a std::condition_variable this is undefined behaviour. It would also be wrong if it "
         "worked: between looking for the parcel and beginning to wait the parcel can arrive, and "
         "its notification is lost. Gridlock reports the line, and lets the wait return as if it "
         "had woken up for no reason.",
     .expect = gridlock::finds(gridlock::FindingKind::kMisuseWaitUnlocked),
     .twin = "condition/wait-locked"}) {
  wait_for_parcel(false);
}

GRIDLOCK_SCENARIO(
    condition_wait_locked,
    {.name = "condition/wait-locked",
     .summary = "The lock is held from the test to the return of the wait",
     .story = "The courier locks the counter, looks for the parcel, and would wait only "
              "if it were not there. Nobody can put a parcel down between the look and "
              "the wait, because that takes the same lock; and while the courier sleeps "
              "the lock is free.",
     .expect = gridlock::clean(),
     .twin = "condition/wait-unlocked"}) {
  wait_for_parcel(true);
}
