// SPDX-License-Identifier: Apache-2.0
//
// Orders that always hold, told through signals in numbers and shapes that once were mistaken for
// luck; and their neighbours, which can hang.
#include <gridlock/gridlock.h>

#include <array>
#include <memory>
#include <mutex>
#include <thread>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

using namespace std::chrono_literals;

void nest(Lock& outer, Lock& inner) {
  const std::lock_guard hold_outer{outer};
  const std::lock_guard hold_inner{inner};
}

// The consumer's first item is put after the producer's nest, however many follow before it looks.
void burst_of_items(int count) {
  Lock a{"a"}, b{"b"};
  Queue<int> queue{"queue"};
  Turns turns;
  Thread producer{"producer", [&] {
                    nest(a, b);
                    for (int i = 0; i < count; ++i) queue.put(i);
                    turns.done();
                  }};
  Thread consumer{"consumer", [&] {
                    turns.wait_for(1);
                    (void)queue.get();
                    nest(b, a);
                  }};
}

// The nest comes before the item in the producer, but not before one that was got already.
void item_before_the_nest(int count) {
  Lock a{"a"}, b{"b"};
  Queue<int> queue{"queue"};
  Turns turns;
  Thread producer{"producer", [&] {
                    for (int i = 0; i < count; ++i) queue.put(i);
                    nest(a, b);
                    turns.done();
                  }};
  Thread consumer{"consumer", [&] {
                    turns.wait_for(1);
                    (void)queue.get();
                    nest(b, a);
                  }};
}

void alternating(int rounds) {
  Lock a{"a"}, b{"b"};
  Semaphore there{0, "there"}, back{0, "back"};
  Thread first{"first", [&] {
                 for (int i = 0; i < rounds; ++i) {
                   there.release();
                   back.acquire();
                 }
                 nest(a, b);
                 there.release();
               }};
  Thread second{"second", [&] {
                  for (int i = 0; i < rounds; ++i) {
                    there.acquire();
                    back.release();
                  }
                  there.acquire();
                  nest(b, a);
                }};
}

// One party needs the lock before it arrives, the other holds it while it waits for the arrival.
void barrier_under_lock(int timed) {
  Lock lock{"lock"};
  Barrier barrier{2, "barrier"};
  Turns turns;
  const auto arrive = [&] {
    if (timed == 0) {
      barrier.arrive_and_wait();
    } else {
      (void)barrier.wait_for(10s);
    }
  };
  Thread early{"early", [&] {
                 {
                   const std::lock_guard hold{lock};
                 }
                 turns.done();
                 arrive();
               }};
  Thread holder{"holder", [&] {
                  turns.wait_for(1);
                  const std::lock_guard hold{lock};
                  arrive();
                }};
}

// 0: a thread takes the lock before it counts, another holds it while it waits. 1: the wait has a time limit.
// 2: the lock is taken after the count. 3: the waiter holds nothing, but a third thread that it has to wake
// holds the lock. 4: as 3, and the counting thread takes the lock only after its count.
void latch_under_lock(int form) {
  Lock lock{"lock"};
  Latch latch{2, "latch"};
  Event woken{"woken"};
  Turns turns;
  const bool takes_before = form != 2 && form != 4;
  const auto touch = [&] { const std::lock_guard hold{lock}; };
  Thread counter{"counter", [&] {
                   if (takes_before) touch();
                   latch.count_down();
                   if (!takes_before) touch();
                   turns.done();
                 }};
  Thread other{"other", [&] { latch.count_down(); }};
  if (form >= 3) {
    Thread between{"between", [&] {
                     turns.wait_for(1);
                     latch.wait();
                     woken.set();
                     turns.done();
                   }};
    Thread holder{"holder", [&] {
                    turns.wait_for(2);
                    const std::lock_guard hold{lock};
                    woken.wait();
                  }};
    return;
  }
  Thread holder{"holder", [&] {
                  turns.wait_for(1);
                  const std::lock_guard hold{lock};
                  if (form == 1) {
                    (void)latch.wait_for(10s);
                  } else {
                    latch.wait();
                  }
                }};
}

// What comes after the latch comes after all counts, in every schedule: no cycle. With `waits` 0 it
// came later by chance.
void nests_around_a_latch(int waits) {
  Lock a{"a"};
  Lock b{"b"};
  Latch latch{2, "latch"};
  Turns turns;
  Thread first{"first", [&] {
                 nest(a, b);
                 latch.count_down();
                 turns.done();
               }};
  Thread second{"second", [&] { latch.count_down(); }};
  Thread third{"third", [&] {
                 turns.wait_for(1);
                 if (waits != 0) latch.wait();
                 nest(b, a);
               }};
}

// A thread that nobody saw start knows both locks, whatever the analysis saw of them.
void with_an_untracked_thread(int) {
  const auto a = std::make_unique<Lock>("a");
  const auto b = std::make_unique<Lock>("b");
  Turns turns;
  std::thread untracked([&] {
    turns.wait_for(1);
    nest(*b, *a);
  });
  nest(*a, *b);
  turns.done();
  untracked.join();
}

// The same beside threads that are known, one of which has ended: it is not taken for the other one's.
void with_an_untracked_thread_among_known(int) {
  Turns known;
  Thread{"ended",
         [] {
           Lock own{"own"};
           const std::lock_guard guard{own};
         }}
      .join();
  Thread stays{"stays", [&] { known.wait_for(1); }};
  with_an_untracked_thread(0);
  known.done();
  stays.join();
}

// The second thread runs in what was left of the first, which had come through the flag.
void once_in_a_used_slot(int) {
  Lock a{"a"}, b{"b"};
  OnceFlag flag{"flag"};
  Turns turns;
  Thread runner{"runner", [&] {
                  call_once(flag, [&] { nest(a, b); });
                  turns.done();
                  turns.wait_for(2);
                }};
  turns.wait_for(1);
  Thread{"passes", [&] { call_once(flag, [] {}); }}.join();
  Thread{"nests",
         [&] {
           call_once(flag, [] {});
           nest(b, a);
         }}
      .join();
  turns.done();
}

// The setter needs the lock only after it has set, and so many events came before this one.
void event_after_many(int count) {
  Lock lock{"lock"};
  for (int i = 0; i < count; ++i) Event{}.set();
  Event event{"event"};
  Turns turns;
  Thread setter{"setter", [&] {
                  event.set();
                  {
                    const std::lock_guard hold{lock};
                  }
                  turns.done();
                }};
  Thread waiter{"waiter", [&] {
                  turns.wait_for(1);
                  const std::lock_guard hold{lock};
                  event.wait();
                }};
}

constexpr std::array kSituations = {
    Situation{"burst-of-items", burst_of_items},
    Situation{"item-before-the-nest", item_before_the_nest},
    Situation{"alternating", alternating},
    Situation{"barrier-under-lock", barrier_under_lock},
    Situation{"latch-under-lock", latch_under_lock},
    Situation{"nests-around-a-latch", nests_around_a_latch},
    Situation{"with-an-untracked-thread", with_an_untracked_thread},
    Situation{"with-an-untracked-thread-among-known", with_an_untracked_thread_among_known},
    Situation{"once-in-a-used-slot", once_in_a_used_slot},
    Situation{"event-after-many", event_after_many},
};

}  // namespace

std::span<const Situation> kept_orders() { return kSituations; }

}  // namespace gridlock::probe
