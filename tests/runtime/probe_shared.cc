// SPDX-License-Identifier: Apache-2.0
//
// Shared locks, each situation beside its nearest harmless twin.
#include <gridlock/gridlock.h>

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

// Deadlocks of two that upgrade, among threads that use another shared lock all the time.
// Runs `work` while four threads contend for a shared lock, which makes them look at all threads.
template <typename Work>
void amid_contention(Work work) {
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
  work();
  stop = true;
  contenders.clear();
  std::printf("alarms %d\n", alarms.load());
}

void upgrades_amid_contention(int rounds) {
  amid_contention([&] { upgrades(rounds, 2); });
}

// More threads than ever before, so that each has a place of its own in the table that is looked at.
void threads_start_amid_contention(int count) {
  amid_contention([&] {
    Rendezvous all_there{static_cast<std::uint32_t>(count)};
    std::vector<Thread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back([&] { all_there.meet(); });
  });
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
    Situation{"upgrades-amid-contention", upgrades_amid_contention},
    Situation{"threads-start-amid-contention", threads_start_amid_contention},
};

}  // namespace

std::span<const Situation> shared_locks() { return kSituations; }

}  // namespace gridlock::probe
