// SPDX-License-Identifier: Apache-2.0
//
// "It is ready now": one thread tells another, by a plain variable, and in the ways that work.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <mutex>

namespace {

constexpr int kAnswer = 42;

void check(int answer) {
  gridlock::assert_that(answer == kAnswer, "who is told that it is ready finds it ready");
}

}  // namespace

GRIDLOCK_SCENARIO(
    flag_plain,
    {.name = "signal/plain-flag",
     .summary = "A plain bool tells another thread that the data is ready",
     .story =
         "One thread computes an answer and sets a bool: ready. The other looks at the bool, and "
         "reads the answer when it is set. In this run it looks after it was set, and all is "
         "well.\n\n"
         "But a plain bool is no signal. The compiler and the processor may let the bool be "
         "seen before the answer is; and a loop that waits for it may read it once, keep the value "
         "in a register, and go round forever.\n\n"
         "In the report there are two races: on the bool, and on the answer that it should "
         "protect. The first is the cause; the second goes when the first is cured.",
     .expect = gridlock::finds(gridlock::FindingKind::kDataRace),
     .twin = "signal/event"}) {
  int answer = 0;
  bool ready = false;
  gridlock::Turns turns;
  gridlock::Thread thinker{"thinker", [&] {
                             answer = kAnswer;
                             ready = true;  // wrong: orders nothing
                             turns.done();
                           }};
  gridlock::Thread asker{"asker", [&] {
                           turns.wait_for(1);
                           if (ready) check(answer);
                         }};
}

GRIDLOCK_SCENARIO(
    flag_event,
    {.name = "signal/event",
     .summary = "An Event tells another thread that the data is ready",
     .story = "An Event is a flag that one can wait for. It stays set, so it does not matter "
              "whether the asker waits already or comes later; and all that the thinker did before "
              "set() has happened for whoever comes back from wait().\n\n"
              "It is the right thing for \"once and for all\", for one who waits or for many.",
     .expect = gridlock::clean(),
     .twin = "signal/plain-flag"}) {
  int answer = 0;
  gridlock::Event ready{"ready"};
  gridlock::Thread asker{"asker", [&] {
                           ready.wait();
                           check(answer);
                         }};
  gridlock::Thread thinker{"thinker", [&] {
                             answer = kAnswer;
                             ready.set();
                           }};
}

GRIDLOCK_SCENARIO(
    flag_condition,
    {.name = "signal/condition",
     .summary = "A Condition, a lock and a variable tell it",
     .story = "The same with a Condition: the variable says what is so, the lock protects it, and "
              "the condition saves the asker from looking again and again. It is more to write "
              "than an Event, and it can do more: wait until a queue has room, until three of five "
              "are done, until either of two things is so.",
     .expect = gridlock::clean(),
     .twin = "signal/plain-flag"}) {
  int answer = 0;
  bool is_ready = false;
  gridlock::Lock lock{"answer lock"};
  gridlock::Condition ready{"ready"};
  gridlock::Thread asker{"asker", [&] {
                           std::unique_lock hold{lock};
                           ready.wait(hold, [&] { return is_ready; });
                           check(answer);
                         }};
  gridlock::Thread thinker{"thinker", [&] {
                             const gridlock::Guard guard{lock};
                             answer = kAnswer;
                             is_ready = true;
                             ready.notify_one();
                           }};
}
