// SPDX-License-Identifier: Apache-2.0
//
// One counter, two threads: without protection, and protected in three ways.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <atomic>
#include <cstdio>

namespace {

#ifdef GRIDLOCK_EXPLORED  // all orders are tried, so a few changes do
constexpr int kTimes = 3;
#else
constexpr int kTimes = 1'000'000;
#endif

// Each thread makes its first change while the other waits, then both run freely. The meetings
// order no memory access: a std::barrier would, and would hide the race between the first changes.
//
// Without them the race was missed once in 83 runs. The likely way: one thread made its million
// changes before the other got a processor. Forced into that order, ThreadSanitizer reported the
// race 0 times of 20, with 100'000 changes 20 of 20: it keeps only so much of a thread's history.
template <typename Add, typename Subtract>
void count_up_and_down(Add add, Subtract subtract) {
  gridlock::Rendezvous meeting{2};
  gridlock::Thread adder{"adder", [&] {
                           add();
                           meeting.meet();
                           meeting.meet();
                           for (int i = 1; i < kTimes; ++i) add();
                         }};
  gridlock::Thread subtracter{"subtracter", [&] {
                                meeting.meet();
                                subtract();
                                meeting.meet();
                                for (int i = 1; i < kTimes; ++i) subtract();
                              }};
}

void show(long counter) { std::printf("the counter is %ld; it should be 0\n", counter); }

template <typename Mutex>
void count_under(Mutex& mutex) {
  long counter = 0;
  count_up_and_down(
      [&] {
        const gridlock::Guard guard{mutex};
        ++counter;
      },
      [&] {
        const gridlock::Guard guard{mutex};
        --counter;
      });
  show(counter);
}

long unsafe_counter = 0;

}  // namespace

GRIDLOCK_SCENARIO(
    counter_unsafe,
    {.name = "shared-counter/unsafe",
     .summary = "Two threads change one counter, and nothing keeps them apart",
     .story =
         "One thread adds 1 to a counter a million times, the other subtracts 1 a million times. "
         "In the end the counter should be 0. Run it a few times: now it is, now it is not.\n\n"
         "The reason is that ++counter is three steps: read the value, add 1, write it back. If "
         "both threads read the same value, one of the two changes is lost. And it is worse than "
         "a wrong number: in C++ such a data race makes the whole program meaningless, because "
         "the compiler may assume that it never happens.\n\n"
         "In the report, look at the two accesses side by side. Each names its thread and its "
         "line, and beside each stands which locks the thread held at that moment: none.",
     .case_number = 9,
     .expect = gridlock::finds(gridlock::FindingKind::kDataRace),
     .twin = "shared-counter/lock"}) {
  count_up_and_down([] { ++unsafe_counter; },  // two lines, so that a report can tell them apart
                    [] { --unsafe_counter; });
  show(unsafe_counter);
}

GRIDLOCK_SCENARIO(
    counter_lock,
    {.name = "shared-counter/lock",
     .summary = "The same counter behind a Lock",
     .story =
         "The same two threads, but each change is made while holding one lock. Only one thread "
         "can hold it, so read, add and write are never torn apart, and the counter ends at 0 "
         "every time.\n\n"
         "Guard takes the lock and gives it back at the closing brace, whatever happens in "
         "between. What counts is that both threads use the same lock: two different locks "
         "would keep nobody out.",
     .case_number = 10,
     .expect = gridlock::clean(),
     .twin = "shared-counter/unsafe"}) {
  gridlock::Lock lock{"counter lock"};
  count_under(lock);
}

GRIDLOCK_SCENARIO(
    counter_rlock,
    {.name = "shared-counter/rlock",
     .summary = "The same counter behind an RLock",
     .story =
         "An RLock protects the counter just as well as a Lock. It has one more ability, which is "
         "not needed here: the thread that holds it may take it again (see "
         "reentrancy/rlock).\n\n"
         "That ability costs a little time on each use, so a plain Lock is the first choice.",
     .case_number = 10,
     .expect = gridlock::clean(),
     .twin = "shared-counter/unsafe"}) {
  gridlock::RLock lock{"counter lock"};
  count_under(lock);
}

GRIDLOCK_SCENARIO(
    counter_atomic,
    {.name = "shared-counter/atomic",
     .summary = "The same counter as a std::atomic, without any lock",
     .story =
         "A std::atomic makes the three steps of ++counter into one that no other thread can "
         "interrupt. No lock is needed, and the counter ends at 0.\n\n"
         "This works because there is only one variable. As soon as two variables have to change "
         "together (take from one account, give to another), a lock is needed again.",
     .case_number = 10,
     .expect = gridlock::clean(),
     .twin = "shared-counter/unsafe"}) {
  std::atomic<long> counter = 0;
  count_up_and_down([&] { ++counter; }, [&] { --counter; });
  show(counter);
}
