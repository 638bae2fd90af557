// SPDX-License-Identifier: Apache-2.0
//
// Many more objects and threads than there are places for (option max_objects), one generation after the other.
#include <gridlock/gridlock.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <shared_mutex>
#include <string>
#include <thread>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

// As many as fill the places of the smallest table that the tests use.
constexpr int kGeneration = 300;

template <typename Work>
void in_a_thread(Work work) {
  Thread thread{"short", work};
  thread.join();
}

void nest(Lock& outer, Lock& inner) {
  const std::lock_guard hold{outer};
  const std::lock_guard more{inner};
}

// Nests that are never taken the other way round, until every place has been another object's.
void another_generation() {
  Lock stays;
  for (int i = 0; i < kGeneration; ++i) {
    Lock lock;
    Lock named{"one of many"};
    nest(stays, lock);
    nest(lock, named);
  }
}

void locks_of_each_kind() {
  Lock lock;
  RLock again;
  SharedLock shared;
  const std::lock_guard first{lock};
  const std::lock_guard second{again};
  const std::shared_lock third{shared};
}

void permits_and_signals() {
  Lock around;
  Semaphore one{1, "one"};
  Semaphore permits{3, "permits"};
  Semaphore none{0, "none"};
  Event event;
  Barrier barrier{2};
  OnceFlag once;
  Queue<int> queue{2};
  Promise<int> promise;
  Future<int> future = promise.get_future();
  Condition changed;
  Lock under;
  bool ready = false;
  Thread other{[&] {
    one.acquire();
    one.release();
    none.release();
    event.set();
    queue.put(1);
    promise.set_value(1);
    call_once(once, [] {});
    {
      const std::lock_guard hold{under};
      ready = true;
      changed.notify_one();
    }
    barrier.arrive_and_wait();
  }};
  permits.acquire();
  permits.release();
  {
    const std::lock_guard hold{around};
    one.acquire();
    one.release();
    none.acquire();
    event.wait();
    static_cast<void>(queue.get());
    future.get();
    call_once(once, [] {});
    std::unique_lock waits{under};
    changed.wait(waits, [&] { return ready; });
  }
  barrier.arrive_and_wait();
  const std::lock_guard hold{around};
  other.join();
}

void a_pool() {
  Executor pool{2};
  Lock lock;
  std::array<Future<void>, 4> results;
  for (Future<void>& result : results)
    result = pool.submit([&] { const std::lock_guard hold{lock}; });
  for (Future<void>& result : results) result.get();
}

void each_kind_comes_and_goes(int rounds) {
  for (int i = 0; i < rounds; ++i) {
    locks_of_each_kind();
    permits_and_signals();
    if (i % 8 == 0) a_pool();
  }
  std::puts("over");
}

// One order in one generation, the other one in the next, in the same places: no two of these locks meet twice. That
// one thread comes after the other is not seen of a std::thread.
void each_generation_has_its_order(int rounds) {
  Lock stays{"stays"};
  for (int i = 0; i < rounds; ++i) {
    Lock comes;
    std::thread thread([&] { i / kGeneration % 2 == 0 ? nest(stays, comes) : nest(comes, stays); });
    thread.join();
  }
  std::puts("over");
}

// Both orders, of locks that live at the same time, in threads that do not.
void cycle_after_generations(int generations) {
  for (int i = 0; i < generations; ++i) another_generation();
  Lock first{"first"};
  Lock second{"second"};
  std::atomic<bool> done{false};
  Thread one{"one", [&] {
               nest(first, second);
               done.store(true);
             }};
  Thread other{"other", [&] {
                 while (!done.load()) std::this_thread::yield();  // an order that nobody sees
                 nest(second, first);
               }};
  one.join();
  other.join();
  std::puts("over");
}

// The first half of a cycle, then generations of others, then the second half.
void cycle_around_generations(int generations) {
  Lock first{"first"};
  Lock second{"second"};
  Event done;
  Thread one{"one", [&] {
               nest(first, second);
               done.wait();
             }};
  for (int i = 0; i < generations; ++i) another_generation();
  nest(second, first);
  done.set();
  one.join();
  std::puts("over");
}

// A cycle in every generation is a finding in every generation.
void cycle_in_each_generation(int generations) {
  for (int i = 0; i < generations; ++i) {
    {
      Lock first{"first"};
      Lock second{"second"};
      std::atomic<bool> done{false};
      Thread other{[&] {
        nest(second, first);
        done.store(true);
      }};
      while (!done.load()) std::this_thread::yield();  // an order that nobody sees
      Thread beside{[&] { nest(first, second); }};
      other.join();
      beside.join();
    }
    another_generation();
  }
  std::puts("over");
}

// The same two threads, in one segment of their lives each, and a pair of new locks every time: in the places of
// earlier ones it is no way of nesting that was seen before.
void cycle_by_the_same_threads(int rounds) {
  std::atomic<int> turn{0};
  Lock publishes;
  Lock* first = nullptr;
  Lock* second = nullptr;
  Thread other{[&] {
    for (int i = 0; i < rounds; ++i) {
      while (turn.load() != 2 * i + 1) std::this_thread::yield();
      nest(*second, *first);
      turn.store(2 * i + 2);
    }
  }};
  for (int i = 0; i < rounds; ++i) {
    Lock one;
    Lock two;
    publishes.lock();  // whoever has released nothing since he made a lock has shown it to nobody
    publishes.unlock();
    nest(one, two);
    first = &one;
    second = &two;
    turn.store(2 * i + 1);
    while (turn.load() != 2 * i + 2) std::this_thread::yield();
  }
  other.join();
  std::puts("over");
}

// Two requests under one gate that is destroyed: what is a gate between them afterwards is not the lock that came into
// its place.
void gate_of_another_generation(int generations) {
  Lock first{"first"};
  Lock second{"second"};
  auto gate = std::make_unique<Lock>("gate");
  const auto crossed = [&](Lock& around) {
    Thread one{[&] {
      const std::lock_guard hold{around};
      nest(first, second);
    }};
    Thread other{[&] {
      const std::lock_guard hold{around};
      nest(second, first);
    }};
    one.join();
    other.join();
  };
  crossed(*gate);
  gate.reset();
  for (int i = 0; i < generations; ++i) another_generation();
  Lock another{"another gate"};
  crossed(another);
  std::puts("over");
}

// Signals of an event that is gone have ordered what they have ordered; the event in its place has other givers.
void events_of_each_generation(int rounds) {
  Lock lock{"lock"};
  for (int i = 0; i < rounds; ++i) {
    Event event;
    Lock inner;
    Thread giver{[&] {
      if (i % 2 == 0) nest(lock, inner);
      event.set();
    }};
    event.wait();
    if (i % 2 == 0) nest(inner, lock);
    giver.join();
  }
  std::puts("over");
}

void declared_for_one_generation(int generations) {
  Lock stays{"stays"};
  {
    Lock comes{"comes"};
    stays.before(comes);
  }
  for (int i = 0; i < generations; ++i) {
    another_generation();
    for (int k = 0; k < kGeneration; ++k) {
      Lock comes;
      nest(comes, stays);
    }
  }
  std::puts("over");
}

// Of one lock by its place, and then of another one in the same place.
void used_after_its_end(int generations) {
  alignas(Lock) std::array<unsigned char, sizeof(Lock)> memory;
  alignas(Event) std::array<unsigned char, sizeof(Event)> other;
  Lock* const lock = new (memory.data()) Lock{"ended"};
  Event* const event = new (other.data()) Event{"ended, too"};
  lock->lock();
  lock->unlock();
  event->set();
  lock->~Lock();
  event->~Event();
  for (int i = 0; i < generations; ++i) another_generation();
  lock->lock();
  lock->unlock();
  event->set();
  std::puts("over");
}

void threads_come_and_go(int count) {
  Lock outer;
  Lock inner;
  for (int i = 0; i < count; ++i) in_a_thread([&] { nest(outer, inner); });
  std::puts("over");
}

void deadlock_after_generations(int generations) {
  for (int i = 0; i < generations; ++i) another_generation();
  threads_come_and_go(kGeneration);
  cross_two_locks();
}

}  // namespace

std::span<const Situation> generations() {
  static constexpr Situation kAll[] = {
      {"each-kind-comes-and-goes", each_kind_comes_and_goes},
      {"each-generation-has-its-order", each_generation_has_its_order},
      {"cycle-after-generations", cycle_after_generations},
      {"cycle-around-generations", cycle_around_generations},
      {"cycle-in-each-generation", cycle_in_each_generation},
      {"cycle-by-the-same-threads", cycle_by_the_same_threads},
      {"gate-of-another-generation", gate_of_another_generation},
      {"events-of-each-generation", events_of_each_generation},
      {"declared-for-one-generation", declared_for_one_generation},
      {"used-after-its-end", used_after_its_end},
      {"threads-come-and-go", threads_come_and_go},
      {"deadlock-after-generations", deadlock_after_generations},
  };
  return kAll;
}

}  // namespace gridlock::probe
