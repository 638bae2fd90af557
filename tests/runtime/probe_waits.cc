// SPDX-License-Identifier: Apache-2.0
//
// Waits for conditions, events and permits, each beside its nearest harmless twin.
#include <gridlock/gridlock.h>
#include <signal.h>

#include <array>
#include <cstdio>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

using namespace std::chrono_literals;

// Notified before anybody waits; 0: waits without a test, 1: with one that the notifier made true,
// 2: with one that nobody makes true, 3: not notified at all, 4: the test is overtaken.
void early_notification(int form) {
  Lock lock{"lock"};
  Condition changed{"changed"};
  bool ready = false;
  bool tested = false;
  const auto notify = [&] {
    Thread{"early bird",
           [&] {
             if (form != 4) lock.lock();
             ready = true;
             changed.notify_one();
             if (form != 4) lock.unlock();
           }}
        .join();
  };
  if (form < 3) notify();
  std::unique_lock hold{lock};
  if (form == 0 || form == 3) {
    changed.wait(hold);
  } else {
    changed.wait(hold, [&] {
      if (form == 4 && !tested) {
        tested = true;
        notify();
        return false;
      }
      return form != 2 && ready;
    });
  }
  std::puts("woken");
}

void wait_unlocked(int form) {
  Lock lock{"lock"};
  Condition changed{"changed"};
  if (form == 0) return changed.wait(lock);
  if (form == 2) {
    std::unique_lock not_yet{lock, std::defer_lock};
    return changed.wait(not_yet);
  }
  std::unique_lock hold{lock};
  (void)changed.wait_for(hold, 1ms);
}

// Waits while holding a second lock, which the thread that would notify needs.
void condition_holding(int released) {
  Lock outer{"outer"};
  Lock inner{"inner"};
  Condition changed{"changed"};
  Turns turns;
  bool ready = false;
  Thread waiter{"waiter", [&] {
                  std::unique_lock first{outer};
                  std::unique_lock second{inner};
                  turns.done();
                  if (released != 0) first.unlock();
                  changed.wait(second, [&] { return ready; });
                }};
  Thread notifier{"notifier", [&] {
                    turns.wait_for(1);
                    const std::lock_guard first{outer};
                    const std::lock_guard second{inner};
                    ready = true;
                    changed.notify_one();
                  }};
}

void event_holding(int released) {
  Lock lock{"lock"};
  Event done{"done"};
  Turns turns;
  Thread waiter{"waiter", [&] {
                  std::unique_lock hold{lock};
                  turns.done();
                  if (released != 0) hold.unlock();
                  done.wait();
                }};
  Thread setter{"setter", [&] {
                  turns.wait_for(1);
                  const std::lock_guard hold{lock};
                  done.set();
                }};
}

// A thread that Gridlock never met sets it.
void untracked_thread_sets(int) {
  Event event;
  std::thread untracked([&] {
    std::this_thread::sleep_for(50ms);  // not steering: main probably waits by then
    event.set();
  });
  event.wait();
  untracked.join();
}

// `own`: the permit is held by a thread of the cycle; otherwise by one that has ended.
void permit_cycle(int own) {
  Semaphore permit{1, "permit"};
  Lock lock{"lock"};
  Rendezvous both{2};
  if (own == 0) Thread{"leaver", [&] { permit.acquire(); }}.join();
  Thread one{"has the permit", [&] {
               if (own != 0) permit.acquire();
               both.meet();
               const std::lock_guard hold{lock};
             }};
  Thread two{"has the lock", [&] {
               const std::lock_guard hold{lock};
               both.meet();
               permit.acquire();
             }};
}

Lock g_signal_lock{"taken in a handler too"};
void lock_in_handler(int) {
  g_signal_lock.lock();
  g_signal_lock.unlock();
}

void signal_while_holding(int free) {
  struct sigaction action{};
  action.sa_handler = &lock_in_handler;
  ::sigaction(SIGUSR1, &action, nullptr);
  if (free == 0) g_signal_lock.lock();
  ::raise(SIGUSR1);
  if (free == 0) g_signal_lock.unlock();
}

// Everything at once, always in one order and never forever: any finding is a false alarm.
void harmless_mix(int rounds) {
  std::array<SharedLock, 4> shared{SharedLock{Prefer::kReaders}, SharedLock{Prefer::kWriters},
                                   SharedLock{Prefer::kReaders}, SharedLock{Prefer::kWriters}};
  Lock lock;
  Condition changed;
  Event event;
  long waves = 0;
  std::vector<Thread> threads;
  for (std::uint32_t seed = 1; seed <= 4; ++seed) {
    threads.emplace_back([&, seed] {
      std::uint32_t random = seed;
      for (int i = 0; i < rounds; ++i) {
        random = random * 1664525 + 1013904223;
        SharedLock& low = shared[(random >> 8) % 3];
        SharedLock& high = shared[1 + (random >> 8) % 3];
        if ((random >> 20) % 2 == 0) {
          const std::shared_lock outer{low};
          const std::lock_guard inner{high};
        } else {
          const std::lock_guard outer{low};
          const std::shared_lock inner{high};
        }
        std::unique_lock hold{lock};
        ++waves;
        changed.notify_all();
        const long seen = waves;
        // Never the last to wait: a thread that has done all its rounds has notified for them.
        if ((random >> 28) == 0) (void)changed.wait_for(hold, 1ms, [&] { return waves > seen; });
        hold.unlock();
        if ((random >> 27) % 4 == 1) event.set();
        if ((random >> 27) % 4 == 2) event.clear();
        if ((random >> 27) % 4 == 3) event.wait_for(100us);
      }
    });
  }
  threads.clear();
  std::printf("waves %ld\n", waves);
}

constexpr std::array kSituations = {
    Situation{"early-notification", early_notification},
    Situation{"wait-unlocked", wait_unlocked},
    Situation{"condition-holding", condition_holding},
    Situation{"event-holding", event_holding},
    Situation{"untracked-thread-sets", untracked_thread_sets},
    Situation{"permit-cycle", permit_cycle},
    Situation{"signal-while-holding", signal_while_holding},
    Situation{"harmless-mix", harmless_mix},
};

}  // namespace

std::span<const Situation> waits() { return kSituations; }

}  // namespace gridlock::probe
