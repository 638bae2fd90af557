// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "harness/runtime/registry/threads.h"
#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

using namespace std::chrono_literals;

// Calls `wait` and counts it in `victims` if it throws what a deadlock throws.
template <typename Wait>
bool came_through(Wait wait, std::atomic<int>& victims) {
  try {
    wait();
    return true;
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::resource_deadlock_would_occur) ++victims;
    return false;
  }
}

// Each of `size` threads holds one lock and asks for its neighbour's.
template <typename Mutex>
void ring(int size) {
  std::deque<Mutex> locks(static_cast<std::size_t>(size));
  Rendezvous all_hold{static_cast<std::uint32_t>(size)};
  std::atomic<int> victims{0};
  std::atomic<int> others{0};
  std::vector<Thread> threads;
  for (std::size_t i = 0; i < locks.size(); ++i) {
    threads.emplace_back([&, i] {
      const std::lock_guard own{locks[i]};
      all_hold.meet();
      Mutex& neighbour = locks[(i + 1) % locks.size()];
      if (!came_through([&] { neighbour.lock(); }, victims)) return;
      ++others;
      neighbour.unlock();
    });
  }
  for (Thread& thread : threads) thread.join();
  int free = 0;
  for (Mutex& lock : locks) {
    if (!lock.try_lock()) continue;
    ++free;
    lock.unlock();
  }
  std::printf("victims %d others %d free %d\n", victims.load(), others.load(), free);
}

void lock_twice(int) {
  Lock lock{"twice"};
  std::atomic<int> victims{0};
  lock.lock();
  came_through([&] { lock.lock(); }, victims);
  // The lock is still held, once.
  bool taken = true;
  std::thread([&] { taken = lock.try_lock(); }).join();
  lock.unlock();
  const bool free = lock.try_lock();
  if (free) lock.unlock();
  std::printf("victims %d held %d then free %d\n", victims.load(), !taken, free);
}

void lock_twice_timed(int) {
  Lock lock;
  lock.lock();
  const bool again = lock.try_lock() || lock.try_lock_for(1ms);
  lock.unlock();
  std::printf("again %d\n", again);
}

// T wants the lock of the thread that joins it.
void lock_and_join(int) {
  Lock lock{"held by main"};
  std::atomic<int> victims{0};
  Turns turns;
  Thread thread{"joined", [&] {
                  turns.wait_for(1);
                  if (came_through([&] { lock.lock(); }, victims)) lock.unlock();
                }};
  lock.lock();
  turns.done();
  if (!came_through([&] { thread.join(); }, victims)) {
    lock.unlock();
    thread.join();
  } else {
    lock.unlock();
  }
  std::printf("victims %d\n", victims.load());
}

// The permit can only come from a thread that needs the waiter's lock.
void lock_and_semaphore(int) {
  Lock lock{"lock"};
  Semaphore permit{0, "permit"};
  Rendezvous ready{2};
  Thread waiter{"waiter", [&] {
                  const std::lock_guard hold{lock};
                  ready.meet();
                  permit.acquire();
                }};
  Thread giver{"giver", [&] {
                 ready.meet();
                 const std::lock_guard hold{lock};
                 permit.release();
               }};
}

// In the end nobody is left who could.
void last_releaser_ends(int) {
  Semaphore permit{0, "never released"};
  Thread idle{"idle", [] {}};
  permit.acquire();
}

void nobody_releases(int) {
  Semaphore permit{0, "never released"};
  std::atomic<int> victims{0};
  came_through([&] { permit.acquire(); }, victims);
  std::printf("victims %d\n", victims.load());
}

// The same wait, but a thread that Gridlock never met is there and releases.
void untracked_thread_releases(int) {
  Semaphore permit{0};
  std::thread untracked([&] {
    std::this_thread::sleep_for(
        50ms);  // not steering: it only makes it likely that main waits by then
    permit.release();
  });
  permit.acquire();
  untracked.join();
}

// The one thread that could release waits too, but only for a time.
void timed_waiter_releases(int) {
  Semaphore permit{0};
  Semaphore never{0};
  Thread helper{"helper", [&] {
                  (void)never.try_acquire_for(20ms);
                  permit.release();
                }};
  permit.acquire();
}

void holder_ended(int) {
  Lock lock{"left behind"};
  Thread{"leaver", [&] { lock.lock(); }}.join();
  std::atomic<int> victims{0};
  came_through([&] { lock.lock(); }, victims);
  std::printf("victims %d\n", victims.load());
  std::fflush(stdout);
  std::quick_exit(0);  // the lock cannot be destroyed properly any more
}

// Deadlocks of two among threads that go to sleep and wake up all the time.
void deadlocks_amid_contention(int rounds) {
  std::array<Lock, 2> busy;
  std::atomic<bool> stop{false};
  std::vector<Thread> contenders;
  for (int i = 0; i < 6; ++i) {
    contenders.emplace_back([&, i] {
      while (!stop.load(std::memory_order_relaxed)) {
        const std::lock_guard hold{busy[static_cast<std::size_t>(i) % 2]};
        std::this_thread::yield();
      }
    });
  }
  std::atomic<int> victims{0};
  for (int round = 0; round < rounds; ++round) {
    Lock a, b;
    Rendezvous both_hold{2};
    const auto cross = [&](Lock& own, Lock& wanted) {
      const std::lock_guard hold{own};
      both_hold.meet();
      if (came_through([&] { wanted.lock(); }, victims)) wanted.unlock();
    };
    Thread one{[&] { cross(a, b); }};
    Thread two{[&] { cross(b, a); }};
  }
  stop = true;
  contenders.clear();
  std::printf("victims %d\n", victims.load());
}

// Deadlocks of two while a third thread arrives behind them: it waits for both, but is no part of
// it.
void bystander(int rounds) {
  std::atomic<int> victims{0};
  std::atomic<int> bystanders{0};
  for (int round = 0; round < rounds; ++round) {
    Lock a, b;
    Rendezvous hold{3};
    const auto cross = [&](Lock& own, Lock& wanted) {
      const std::lock_guard guard{own};
      hold.meet();
      if (came_through([&] { wanted.lock(); }, victims)) wanted.unlock();
    };
    Thread one{[&] { cross(a, b); }};
    Thread two{[&] { cross(b, a); }};
    hold.meet();
    if (came_through([&] { a.lock(); }, bystanders)) a.unlock();
  }
  std::printf("victims %d bystanders %d\n", victims.load(), bystanders.load());
}

// The same with a bystander that any thread could wake.
void bystander_at_semaphore(int rounds) {
  std::atomic<int> victims{0};
  std::atomic<int> bystanders{0};
  for (int round = 0; round < rounds; ++round) {
    Lock a, b;
    Semaphore over{0};
    Rendezvous hold{3};
    const auto cross = [&](Lock& own, Lock& wanted) {
      {
        const std::lock_guard guard{own};
        hold.meet();
        if (came_through([&] { wanted.lock(); }, victims)) wanted.unlock();
      }
      over.release();
    };
    Thread one{[&] { cross(a, b); }};
    Thread two{[&] { cross(b, a); }};
    hold.meet();
    for (int i = 0; i < 2; ++i) came_through([&] { over.acquire(); }, bystanders);
  }
  std::printf("victims %d bystanders %d\n", victims.load(), bystanders.load());
}

void ordered_contention(int) {
  std::array<Lock, 8> locks;
  std::array<long, 8> values{};
  std::vector<Thread> threads;
  for (std::uint32_t seed = 1; seed <= 4; ++seed) {
    threads.emplace_back([&, seed] {
      std::uint32_t random = seed;
      for (int i = 0; i < 5000; ++i) {
        random = random * 1664525 + 1013904223;
        const std::size_t low = (random >> 8) % 7;
        const std::size_t high = low + 1 + (random >> 16) % (7 - low);
        const std::lock_guard outer{locks[low]};
        if ((random >> 28) == 0) {
          std::unique_lock inner{locks[high], 100us};
          if (!inner) continue;
          ++values[low], --values[high];
        } else {
          const std::lock_guard inner{locks[high]};
          ++values[low], --values[high];
        }
      }
    });
  }
  threads.clear();
  long sum = 0;
  for (const long value : values) sum += value;
  std::printf("sum %ld\n", sum);
}

void many_threads(int count) {
  Lock lock;
  long total = 0;
  for (int i = 0; i < count; i += 4) {
    std::array<Thread, 4> threads;
    for (Thread& thread : threads) {
      thread = Thread{[&] {
        const std::lock_guard hold{lock};
        ++total;
      }};
    }
  }
  std::printf("total %ld few slots %d\n", total, internal::slot_count() <= 16);
}

constexpr std::array kSituations = {
    Situation{"ring", ring<Lock>},
    Situation{"ring-recursive", ring<RLock>},
    Situation{"lock-twice", lock_twice},
    Situation{"lock-twice-timed", lock_twice_timed},
    Situation{"lock-and-join", lock_and_join},
    Situation{"lock-and-semaphore", lock_and_semaphore},
    Situation{"last-releaser-ends", last_releaser_ends},
    Situation{"nobody-releases", nobody_releases},
    Situation{"untracked-thread-releases", untracked_thread_releases},
    Situation{"timed-waiter-releases", timed_waiter_releases},
    Situation{"holder-ended", holder_ended},
    Situation{"deadlocks-amid-contention", deadlocks_amid_contention},
    Situation{"bystander", bystander},
    Situation{"bystander-at-semaphore", bystander_at_semaphore},
    Situation{"ordered-contention", ordered_contention},
    Situation{"many-threads", many_threads},
};

}  // namespace

std::span<const Situation> deadlocks() { return kSituations; }

}  // namespace gridlock::probe
