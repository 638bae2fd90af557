// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>

#include <array>
#include <chrono>
#include <thread>
#include <vector>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

using namespace std::chrono_literals;

// Each worker has a task that waits for one in the queue; main runs all the while.
void full_pool(int workers) {
  Executor pool{static_cast<std::uint32_t>(workers), "worker"};
  Rendezvous all{static_cast<std::uint32_t>(workers)};
  std::vector<Future<int>> outer;
  for (int i = 0; i < workers; ++i) {
    outer.push_back(pool.submit("outer", [&] {
      all.meet();
      return pool.submit("inner", [] { return 1; }).get();
    }));
  }
  while (!outer[0].wait_for(1ms)) {
  }
}

// One worker is at work for a while and takes the inner task then.
void pool_with_one_free(int) {
  Executor pool{2, "worker"};
  Turns turns;
  auto busy = pool.submit("busy", [&] {
    turns.wait_for(1);
    std::this_thread::sleep_for(20ms);
  });
  auto outer = pool.submit("outer", [&] {
    auto inner = pool.submit("inner", [] {});
    turns.done();
    inner.get();
  });
  outer.get();
  busy.get();
}

// The worker needs a lock of main, and main a task that waits behind it.
void pool_behind_a_lock(int) {
  Executor pool{1, "worker"};
  Lock lock{"ledger"};
  Turns turns;
  const Guard guard{lock};
  auto first = pool.submit("first", [&] {
    turns.done();
    const Guard inner{lock};
  });
  Thread other{ThreadOptions{.name = "runs", .daemon = true},
               [] { std::this_thread::sleep_for(1h); }};
  turns.wait_for(1);
  pool.submit("second", [] {}).get();
}

// Not hung this time: the task got its lock before main did.
void get_under_the_lock_of_the_task(int) {
  Executor pool{2, "worker"};
  Lock lock{"ledger"};
  Turns turns;
  auto entry = pool.submit("entry", [&] {
    {
      const Guard guard{lock};
    }
    turns.done();
  });
  turns.wait_for(1);
  const Guard guard{lock};
  entry.get();
}

// An earlier task of the same worker needed the lock; the one that is waited for does not.
void get_under_the_lock_of_an_earlier_task(int) {
  Executor pool{1, "worker"};
  Lock lock{"ledger"};
  Turns turns;
  auto earlier = pool.submit("earlier", [&] {
    {
      const Guard guard{lock};
    }
    turns.done();
  });
  turns.wait_for(1);
  auto later = pool.submit("later", [] {});
  const Guard guard{lock};
  later.get();
}

// Two tasks in one worker after each other, then main: opposite orders, but main has joined.
void orders_before_and_after_shutdown(int) {
  Lock first{"first"};
  Lock second{"second"};
  {
    Executor pool{1, "worker"};
    (void)pool.submit([&] {
      const Guard outer{first};
      const Guard inner{second};
    });
    (void)pool.submit([] {});
  }
  const Guard outer{second};
  const Guard inner{first};
}

// The same without an end of the pool between: they can meet.
void orders_in_a_task_and_beside_it(int) {
  Lock first{"first"};
  Lock second{"second"};
  Executor pool{1, "worker"};
  Turns turns;
  (void)pool.submit([&] {
    {
      const Guard outer{first};
      const Guard inner{second};
    }
    turns.done();
  });
  turns.wait_for(1);
  const Guard outer{second};
  const Guard inner{first};
}

constexpr std::array kSituations = {
    Situation{"full-pool", full_pool},
    Situation{"pool-with-one-free", pool_with_one_free},
    Situation{"pool-behind-a-lock", pool_behind_a_lock},
    Situation{"pool-get-under-its-lock", get_under_the_lock_of_the_task},
    Situation{"pool-get-under-an-earlier-lock", get_under_the_lock_of_an_earlier_task},
    Situation{"pool-orders-before-and-after", orders_before_and_after_shutdown},
    Situation{"pool-orders-beside", orders_in_a_task_and_beside_it},
};

}  // namespace

std::span<const Situation> executors() { return kSituations; }

}  // namespace gridlock::probe
