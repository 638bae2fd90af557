// SPDX-License-Identifier: Apache-2.0
//
// More threads and objects than the tables have room for (option max_objects): the program goes on.
#include <gridlock/gridlock.h>

#include <cstdio>
#include <deque>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

// Locks of each sort, in one order, none of which has an id once the tables are full.
void use_locks() {
  Lock lock{"lock"};
  Lock other;
  RLock again{"again"};
  SharedLock shared{"shared"};
  SharedLock second;
  const std::lock_guard first{lock};
  {
    const std::lock_guard outer{again};
    const std::lock_guard inner{again};
    const std::lock_guard deeper{other};
  }
  {
    const std::shared_lock read{shared};
    const std::shared_lock more{second};
  }
  const std::lock_guard write{shared};
  second.lock();
  second.unlock();
}

void use_permits() {
  Semaphore permits{2, "permits"};
  BoundedSemaphore bounded{2, "bounded"};
  permits.acquire();
  bounded.acquire();
  permits.acquire();
  bounded.release();
  permits.release();
  permits.release();
}

// Each with a thread that does the other half.
void use_waits() {
  Lock lock{"lock"};
  Condition changed{"changed"};
  Event event{"event"};
  Barrier barrier{2, "barrier"};
  OnceFlag once;
  Queue<int> queue{"queue"};
  Promise<int> promise;
  Future<int> future = promise.get_future();
  bool ready = false;
  Thread other{"other", [&] {
                 {
                   const std::lock_guard hold{lock};
                   ready = true;
                   changed.notify_one();
                 }
                 event.set();
                 queue.put(1);
                 promise.set_value(1);
                 call_once(once, [] {});
                 barrier.arrive_and_wait();
               }};
  {
    std::unique_lock hold{lock};
    changed.wait(hold, [&] { return ready; });
  }
  event.wait();
  static_cast<void>(queue.get());
  future.get();
  call_once(once, [] {});
  barrier.arrive_and_wait();
  other.join();
}

void use_pool() {
  Executor pool{2};
  std::deque<Future<int>> results;
  for (int i = 0; i < 8; ++i) {
    results.push_back(pool.submit([i] {
      Lock lock;
      const std::lock_guard hold{lock};
      return i;
    }));
  }
  for (Future<int>& result : results) result.get();
}

void use_everything() {
  use_locks();
  use_permits();
  use_waits();
  use_pool();
}

void correct_with_full_tables(int rounds) {
  for (int i = 0; i < rounds; ++i) {
    Thread thread{"round", [] { use_everything(); }};
    use_everything();
    thread.join();
  }
  Thread alone{ThreadOptions{.name = "alone"}, [] {}};
  alone.join();
  std::puts("over");
}

// Objects and threads that have no id: two locks, crossed.
void crossed_with_full_tables(int) {
  for (int i = 0; i < 30; ++i) use_everything();
  cross_two_locks();
}

// All of them at one time.
void threads_beyond_the_table(int count) {
  Event start;
  std::deque<Lock> locks;
  std::deque<Thread> threads;
  for (int i = 0; i < count; ++i) {
    Lock& lock = locks.emplace_back();
    threads.emplace_back([&] {
      start.wait();
      const std::lock_guard hold{lock};
    });
    if (i != 0 &&
        threads[static_cast<std::size_t>(i)].id() == threads[static_cast<std::size_t>(i) - 1].id())
      std::puts("one id");
  }
  start.set();
  for (Thread& thread : threads) thread.join();
  std::puts("over");
}

}  // namespace

std::span<const Situation> full_tables() {
  static constexpr Situation kAll[] = {
      {"correct-with-full-tables", correct_with_full_tables},
      {"crossed-with-full-tables", crossed_with_full_tables},
      {"threads-beyond-the-table", threads_beyond_the_table},
  };
  return kAll;
}

}  // namespace gridlock::probe
