// SPDX-License-Identifier: Apache-2.0
//
// A call that is made later, and what it takes to call it off.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <chrono>
#include <cstdio>

namespace {

using namespace std::chrono_literals;

// The alarm is ringing when the guest changes his mind. It looks which table it is, and then he clears
// it: one after the other and not at the same instant, because ThreadSanitizer may miss two accesses
// that are. Turns puts no order between them, and is long over where the guest joins first. The table is
// no member of a local struct: clang 19 does not instrument a write to one without optimisation.
template <typename CallOff>
void order_is_called_off(CallOff call_off) {
  long table = 7;
  long served = 0;
  gridlock::Rendezvous alarm_rings{2};
  gridlock::Turns looks;
  gridlock::Timer alarm{0ms,
                        [&] {
                          alarm_rings.meet();
                          served = table;
                          looks.done();
                        },
                        "alarm"};
  alarm.start();
  alarm_rings.meet();  // it has begun
  call_off(alarm);
  looks.wait_for(1);
  table = 0;  // the table is cleared
  alarm.join();
  std::printf("served at table %ld\n", served);
}

}  // namespace

GRIDLOCK_SCENARIO(
    timer_fires_once,
    {.name = "timer/fires-once",
     .summary = "A function is called once, after a delay",
     .story =
         "A timer is a thread that waits for a while, calls a function once, and ends. It starts "
         "to count when start() is called, not when it is made, and it fires no earlier than you "
         "said; how much later depends on how busy the machine is.\n\n"
         "main goes on meanwhile. To have the result it waits for the timer like for any other "
         "thread, with join().",
     .case_number = 15,
     .expect = gridlock::clean()}) {
  const auto start = std::chrono::steady_clock::now();
  int calls = 0;
  gridlock::Timer alarm{20ms, [&] { ++calls; }, "alarm"};
  alarm.start();
  alarm.join();
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  std::printf("called %d time after %lld ms\n", calls, static_cast<long long>(passed.count()));
}

GRIDLOCK_SCENARIO(
    timer_cancelled,
    {.name = "timer/cancelled",
     .summary = "A timer that is cancelled in time does not fire",
     .story =
         "The bell would ring in an hour, but it is called off. cancel() says whether it came in "
         "time: true is a promise that the function will never be called. The thread of the timer "
         "ends at once, and the program does not wait for an hour.",
     .case_number = 15,
     .expect = gridlock::clean()}) {
  bool rang = false;
  gridlock::Timer bell{1h, [&] { rang = true; }, "bell"};
  bell.start();
  const bool in_time = bell.cancel();
  bell.join();
  gridlock::assert_that(in_time && !rang, "a timer that was cancelled in time does not fire");
}

GRIDLOCK_SCENARIO(
    timer_cancel_and_forget,
    {.name = "timer/cancel-and-forget",
     .summary = "A timer is cancelled while it fires, and its data is taken away",
     .story =
         "The alarm reads an order and serves it. The guest changes his mind, cancels the alarm "
         "and clears the table. Mostly that is in time. Today the alarm has just begun to ring: "
         "cancel() cannot stop what is running, and says so by returning false. Nobody looks at "
         "the answer, and the table is cleared under the hands of the waiter.\n\n"
         "In the report, one thread is the timer, in its function, and the other one is main, "
         "right after cancel().",
     .case_number = 15,
     .expect = gridlock::finds(gridlock::FindingKind::kDataRace),
     .twin = "timer/cancel-and-join"}) {
  order_is_called_off([](gridlock::Timer& alarm) {
    alarm.cancel();  // wrong: what if it was too late?
  });
}

GRIDLOCK_SCENARIO(
    timer_cancel_and_join,
    {.name = "timer/cancel-and-join",
     .summary = "After cancel, join: then the function has returned, or never begins",
     .story =
         "The same alarm at the same bad moment. After cancel() the guest waits for the timer with "
         "join(). If the cancel was in time that takes no time at all; if it was too late, the "
         "function has returned by then. Either way nobody uses the order any more, and the table "
         "can be cleared.\n\n"
         "Hold no lock that the function needs while you join.",
     .case_number = 15,
     .expect = gridlock::clean(),
     .twin = "timer/cancel-and-forget"}) {
  order_is_called_off([](gridlock::Timer& alarm) {
    if (!alarm.cancel()) alarm.join();
  });
}
