// SPDX-License-Identifier: Apache-2.0
//
// Wake up, and then? What a thread waited for may be somebody else's, or gone, and the call may
// come between its look and its wait.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <atomic>
#include <mutex>

GRIDLOCK_SCENARIO(
    wakeup_not_mine,
    {.name = "condition/no-predicate",
     .summary = "A thread wakes up by a call that was meant for another, and does not look",
     .story =
         "A guest waits for the dessert. There is one bell in the kitchen for everything, and it "
         "rings because the soup is ready. The guest hears it, gets up, and takes what is not "
         "there.\n\n"
         "A wait on a condition may end although what one waits for has not happened: because the "
         "condition serves several purposes, because notify_all wakes everybody and only one can "
         "be served, or for no reason at all. The standard allows the last, and calls it a "
         "spurious wake-up; here the bell makes one that comes every time.\n\n"
         "In the report, look at the line of the statement that was not true, right behind a wait "
         "without a test.",
     .expect = gridlock::finds(gridlock::FindingKind::kAssertionFailed),
     .twin = "condition/own-predicate"}) {
  gridlock::Lock kitchen{"kitchen"};
  gridlock::Condition bell{"bell"};
  gridlock::Turns turns;
  bool dessert = false;
  gridlock::Thread guest{"guest", [&] {
                           std::unique_lock hold{kitchen};
                           turns.done();
                           bell.wait(hold);  // wrong: the bell does not say what is ready
                           gridlock::assert_that(dessert, "the dessert is there when it is taken");
                         }};
  turns.wait_for(1);
  const gridlock::Guard guard{kitchen};  // free only when the guest waits
  bell.notify_all();                     // the soup
}

GRIDLOCK_SCENARIO(
    wakeup_looks,
    {.name = "condition/own-predicate",
     .summary = "Who wakes up looks, and waits again if it was not for him",
     .story = "The guest gives the wait a test: is the dessert there? The bell rings for the soup, "
              "the guest looks and sits down again; it rings for the dessert, and now it is there. "
              "A wait with a test is a loop, and needs no care for who called, or why.",
     .expect = gridlock::clean(),
     .twin = "condition/no-predicate"}) {
  gridlock::Lock kitchen{"kitchen"};
  gridlock::Condition bell{"bell"};
  gridlock::Turns turns;
  bool dessert = false;
  gridlock::Thread guest{"guest", [&] {
                           std::unique_lock hold{kitchen};
                           turns.done();
                           bell.wait(hold, [&] { return dessert; });
                           gridlock::assert_that(dessert, "the dessert is there when it is taken");
                         }};
  turns.wait_for(1);
  {
    const gridlock::Guard guard{kitchen};
    bell.notify_all();  // the soup
  }
  const gridlock::Guard guard{kitchen};
  dessert = true;
  bell.notify_all();
}

namespace {

// The baker puts one loaf on the shelf, another customer takes it, and only then the baker calls
// the one who waits.
template <typename WaitForLoaf>
void sell(WaitForLoaf wait_for_loaf, int bakings) {
  gridlock::Lock lock{"shop"};
  gridlock::Condition fresh{"fresh bread"};
  gridlock::Turns turns;
  int loaves = 0;
  gridlock::Thread patient{"patient customer", [&] {
                             std::unique_lock hold{lock};
                             turns.done();
                             wait_for_loaf(fresh, hold, loaves);
                             gridlock::assert_that(loaves > 0, "who was called gets a loaf");
                             if (loaves > 0) --loaves;
                           }};
  gridlock::Thread quick{"quick customer", [&] {
                           turns.wait_for(2);
                           {
                             const gridlock::Guard guard{lock};
                             --loaves;  // never waited: it just came by
                           }
                           turns.done();
                         }};
  turns.wait_for(1);
  for (int baking = 0; baking < bakings; ++baking) {
    {
      const gridlock::Guard guard{lock};
      ++loaves;
    }
    if (baking == 0) {
      turns.done();
      turns.wait_for(3);
    }
    fresh.notify_one();
  }
}

}  // namespace

GRIDLOCK_SCENARIO(
    wakeup_stolen,
    {.name = "condition/stolen-wakeup",
     .summary = "if instead of while: another thread takes it before the one who was called",
     .story =
         "The patient customer finds the shelf empty and waits. The baker puts a loaf there. "
         "Before he calls, somebody comes in, sees a loaf and takes it. Then the baker calls; the "
         "patient customer wakes up, does not look again, and takes a loaf that is not there.\n\n"
         "The code looked once, with an if, before it waited. Between the moment when a thread is "
         "called and the moment when it has the lock again, anybody may have the lock, and they "
         "need not have waited at all. So what was looked at before the wait says nothing "
         "afterwards.\n\n"
         "In the report, the statement fails in the thread that waited, while it holds the lock. "
         "What the quick customer did is in the list of what the threads did last.",
     .expect = gridlock::finds(gridlock::FindingKind::kAssertionFailed),
     .twin = "condition/looks-again"}) {
  sell(
      [](gridlock::Condition& fresh, std::unique_lock<gridlock::Lock>& hold, const int& loaves) {
        if (loaves == 0) fresh.wait(hold);  // wrong: looks before the wait only
      },
      1);
}

GRIDLOCK_SCENARIO(
    wakeup_not_stolen,
    {.name = "condition/looks-again",
     .summary = "while instead of if: who finds it gone waits for the next",
     .story = "The patient customer looks again whenever he wakes up. The first loaf is gone when "
              "he looks, so he waits on, and gets the second. while (shelf is empty) wait; is what "
              "a wait with a test does by itself.",
     .expect = gridlock::clean(),
     .twin = "condition/stolen-wakeup"}) {
  sell(
      [](gridlock::Condition& fresh, std::unique_lock<gridlock::Lock>& hold, const int& loaves) {
        while (loaves == 0) fresh.wait(hold);
      },
      2);
}

GRIDLOCK_SCENARIO(
    wakeup_unlocked,
    {.name = "condition/notify-without-lock",
     .summary = "The variable is changed and the call given without the lock, and it gets lost",
     .story =
         "The signalman waits for the train: under the lock he looks at the board, it says no, and "
         "he is about to sit down and listen. In this very moment the train comes. Its driver "
         "turns the board and calls, and does not ask for the lock: the board is an atomic "
         "variable, so why should he? The signalman did not listen yet. He sits down and waits for "
         "a call that was given.\n\n"
         "That the variable is atomic makes the look and the change sound, each for itself. What "
         "the lock is for is that nothing comes between the look and the wait, and that works only "
         "if the one who makes the change takes it too.\n\n"
         "In the report, the signalman waits, and the call stands at the driver's line. He waited "
         "with a test, and it helped nothing.",
     .expect = gridlock::finds(gridlock::FindingKind::kLostWakeup),
     .twin = "condition/notify-after-unlock"}) {
  gridlock::Lock station{"station"};
  gridlock::Condition whistle{"whistle"};
  gridlock::Turns turns;
  std::atomic<bool> arrived = false;
  gridlock::Thread signalman{"signalman", [&] {
                               std::unique_lock hold{station};
                               whistle.wait(hold, [&] {
                                 const bool seen = arrived;
                                 turns.done();
                                 turns.wait_for(2);  // the train comes now
                                 return seen;
                               });
                             }};
  gridlock::Thread driver{"driver", [&] {
                            turns.wait_for(1);
                            arrived = true;  // wrong: not under the lock
                            whistle.notify_one();
                            turns.done();
                          }};
}

GRIDLOCK_SCENARIO(
    wakeup_after_unlock,
    {.name = "condition/notify-after-unlock",
     .summary = "The variable is changed under the lock; the call may come after it",
     .story =
         "The driver takes the lock to turn the board, gives it back, and calls then. Whoever "
         "looks at the board looks before the change, and then he listens already when the call "
         "comes, because he gave the lock back by beginning to listen; or he looks after it, and "
         "does not wait.\n\n"
         "So it is the change that must be under the lock, not the call. To call after the unlock "
         "can even be better: who wakes up finds the lock free. Only take care that the condition "
         "is still there then.",
     .expect = gridlock::clean(),
     .twin = "condition/notify-without-lock"}) {
  gridlock::Lock station{"station"};
  gridlock::Condition whistle{"whistle"};
  gridlock::Turns turns;
  bool arrived = false;
  bool looked = false;
  gridlock::Thread signalman{"signalman", [&] {
                               std::unique_lock hold{station};
                               whistle.wait(hold, [&] {
                                 if (!looked) turns.done();  // the driver asks for the lock now
                                 looked = true;
                                 return arrived;
                               });
                             }};
  gridlock::Thread driver{"driver", [&] {
                            turns.wait_for(1);
                            {
                              const gridlock::Guard guard{station};
                              arrived = true;
                            }
                            whistle.notify_one();
                          }};
  signalman.join();
  driver.join();
}
