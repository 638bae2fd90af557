// SPDX-License-Identifier: Apache-2.0
//
// Waits on shared locks, conditions and events, each beside its nearest harmless twin.
#include <gridlock/gridlock.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <shared_mutex>
#include <system_error>
#include <thread>
#include <vector>

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

void print_victims(const std::atomic<int>& victims) { std::printf("victims %d\n", victims.load()); }

// Until a writer waits for `lock`, which prefers writers and is held shared by somebody.
void until_writer_waits(SharedLock& lock) {
  for (bool in = true; in;) {
    Thread{[&] {
      in = lock.try_lock_shared();
      if (in) lock.unlock_shared();
    }}.join();
  }
}

// `upgraders` of two readers upgrade.
void upgrades(int rounds, int upgraders) {
  std::atomic<int> victims{0};
  int value = 0;
  for (int round = 0; round < rounds; ++round) {
    SharedLock lock{"stock"};
    Rendezvous both_read{2};
    const auto body = [&](bool upgrade) {
      lock.lock_shared();
      both_read.meet();
      if (upgrade && came_through([&] { lock.upgrade(); }, victims)) {
        ++value;
        lock.unlock();
      } else {
        lock.unlock_shared();  // the victim still has it
      }
    };
    Thread one{[&] { body(true); }};
    Thread two{[&] { body(upgraders == 2); }};
  }
  std::printf("victims %d upgraded %d\n", victims.load(), value);
}
void upgrade_twice(int rounds) { upgrades(rounds, 2); }
void upgrade_one(int rounds) { upgrades(rounds, 1); }

void read_again_with(Prefer prefer, int rounds) {
  std::atomic<int> victims{0};
  for (int round = 0; round < rounds; ++round) {
    SharedLock lock{"book", prefer};
    lock.lock_shared();
    Thread writer{"writer", [&] {
                    if (came_through([&] { lock.lock(); }, victims)) lock.unlock();
                  }};
    if (prefer == Prefer::kWriters) until_writer_waits(lock);
    if (came_through([&] { lock.lock_shared(); }, victims)) lock.unlock_shared();
    lock.unlock_shared();
  }
  print_victims(victims);
}
void read_again(int rounds) { read_again_with(Prefer::kWriters, rounds); }
void read_again_preferring_readers(int rounds) { read_again_with(Prefer::kReaders, rounds); }

// A writer holds `lock` and waits for two readers. One of them goes on by itself; the other wants
// `lock` (a deadlock), or only tries for it.
void writer_and_readers(int rounds, bool tries) {
  std::atomic<int> victims{0};
  for (int round = 0; round < rounds; ++round) {
    SharedLock shared{"shared"};
    Lock lock{"lock"};
    Rendezvous all_hold{3};
    Thread idle{"idle reader", [&] {
                  const std::shared_lock hold{shared};
                  all_hold.meet();
                }};
    Thread reader{"reader", [&] {
                    const std::shared_lock hold{shared};
                    all_hold.meet();
                    if (tries) {
                      if (lock.try_lock_for(1ms)) lock.unlock();
                    } else if (came_through([&] { lock.lock(); }, victims)) {
                      lock.unlock();
                    }
                  }};
    Thread writer{"writer", [&] {
                    const std::lock_guard hold{lock};
                    all_hold.meet();
                    if (came_through([&] { shared.lock(); }, victims)) shared.unlock();
                  }};
  }
  print_victims(victims);
}
void reader_wants_the_writers_lock(int rounds) { writer_and_readers(rounds, false); }
void reader_tries_the_writers_lock(int rounds) { writer_and_readers(rounds, true); }

// A chain through one of each: lock -> shared lock (two readers) -> join.
void mixed_cycle(int rounds) {
  std::atomic<int> victims{0};
  for (int round = 0; round < rounds; ++round) {
    Lock lock{"lock"};
    SharedLock shared{"shared"};
    Rendezvous both{2};
    Thread worker{"worker", [&] {
                    const std::lock_guard hold{lock};
                    both.meet();
                    if (came_through([&] { shared.lock(); }, victims)) shared.unlock();
                  }};
    shared.lock_shared();
    both.meet();
    if (!came_through([&] { worker.join(); }, victims)) {
      shared.unlock_shared();
      worker.join();
    } else {
      shared.unlock_shared();
    }
  }
  print_victims(victims);
}

void shared_then_exclusive(int) {
  SharedLock lock{"both ways"};
  std::atomic<int> victims{0};
  lock.lock_shared();
  came_through([&] { lock.lock(); }, victims);
  lock.unlock_shared();
  lock.lock();
  came_through([&] { lock.lock_shared(); }, victims);
  came_through([&] { lock.lock(); }, victims);
  lock.unlock();
  const bool free = lock.try_lock();
  if (free) lock.unlock();
  std::printf("victims %d free %d\n", victims.load(), free);
}

void shared_then_exclusive_by_try(int) {
  SharedLock lock;
  lock.lock_shared();
  const bool first = lock.try_lock() || lock.try_lock_for(1ms);
  lock.unlock_shared();
  lock.lock();
  const bool second = lock.try_lock_shared() || lock.try_lock_shared_for(1ms);
  lock.unlock();
  std::printf("got %d\n", first || second);
}

void reader_ended(int) {
  SharedLock lock{"left behind"};
  Thread{"leaver", [&] { lock.lock_shared(); }}.join();
  std::atomic<int> victims{0};
  lock.lock_shared();  // readers are not concerned
  lock.unlock_shared();
  came_through([&] { lock.lock(); }, victims);
  print_victims(victims);
  std::fflush(stdout);
  std::quick_exit(0);  // the lock cannot be destroyed properly any more
}

void shared_misuse(int) {
  SharedLock lock{"misused"};
  lock.unlock();
  lock.unlock_shared();
  lock.lock_shared();
  Thread{"stranger to it", [&] { lock.unlock_shared(); }}.join();
  lock.unlock();
  lock.unlock_shared();
}

void shared_destroyed(int held) {
  SharedLock* const lock = new SharedLock{"destroyed"};
  lock->lock_shared();
  if (held == 0) lock->unlock_shared();
  delete lock;
}

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
void stranger_sets(int) {
  Event event;
  std::thread stranger([&] {
    std::this_thread::sleep_for(50ms);  // not steering: main probably waits by then
    event.set();
  });
  event.wait();
  stranger.join();
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
std::atomic<int> g_signal_victims{0};
void lock_in_handler(int) {
  if (came_through([] { g_signal_lock.lock(); }, g_signal_victims)) g_signal_lock.unlock();
}

void signal_while_holding(int free) {
  struct sigaction action{};
  action.sa_handler = &lock_in_handler;
  ::sigaction(SIGUSR1, &action, nullptr);
  if (free == 0) g_signal_lock.lock();
  ::raise(SIGUSR1);
  if (free == 0) g_signal_lock.unlock();
  print_victims(g_signal_victims);
}

// Deadlocks of two that upgrade, among threads that use another shared lock all the time.
void upgrades_amid_contention(int rounds) {
  SharedLock busy{"busy", Prefer::kWriters};
  std::atomic<bool> stop{false};
  std::atomic<int> alarms{0};
  std::vector<Thread> contenders;
  for (int i = 0; i < 4; ++i) {
    contenders.emplace_back([&, i] {
      while (!stop.load(std::memory_order_relaxed)) {
        came_through(
            [&] {
              if (i == 0) {
                const std::lock_guard hold{busy};
                std::this_thread::yield();
              } else {
                const std::shared_lock hold{busy};
                std::this_thread::yield();
              }
            },
            alarms);
      }
    });
  }
  upgrades(rounds, 2);
  stop = true;
  contenders.clear();
  std::printf("alarms %d\n", alarms.load());
}

// Everything at once, always in one order and never for ever: any finding is a false alarm.
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
    Situation{"upgrade-twice", upgrade_twice},
    Situation{"upgrade-one", upgrade_one},
    Situation{"read-again", read_again},
    Situation{"read-again-preferring-readers", read_again_preferring_readers},
    Situation{"reader-wants-the-writers-lock", reader_wants_the_writers_lock},
    Situation{"reader-tries-the-writers-lock", reader_tries_the_writers_lock},
    Situation{"mixed-cycle", mixed_cycle},
    Situation{"shared-then-exclusive", shared_then_exclusive},
    Situation{"shared-then-exclusive-by-try", shared_then_exclusive_by_try},
    Situation{"reader-ended", reader_ended},
    Situation{"shared-misuse", shared_misuse},
    Situation{"shared-destroyed", shared_destroyed},
    Situation{"early-notification", early_notification},
    Situation{"wait-unlocked", wait_unlocked},
    Situation{"condition-holding", condition_holding},
    Situation{"event-holding", event_holding},
    Situation{"stranger-sets", stranger_sets},
    Situation{"permit-cycle", permit_cycle},
    Situation{"signal-while-holding", signal_while_holding},
    Situation{"upgrades-amid-contention", upgrades_amid_contention},
    Situation{"harmless-mix", harmless_mix},
};

}  // namespace

std::span<const Situation> waits() { return kSituations; }

}  // namespace gridlock::probe
