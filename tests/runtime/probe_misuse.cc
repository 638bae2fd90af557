// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <thread>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

using namespace std::chrono_literals;

// Not known to the compiler: a loop that it unrolls is three places in the code.
volatile int g_three_times = 3;

template <typename L>
bool is_free(L& lock) {
  bool taken = false;
  Thread{[&] {
    taken = lock.try_lock();
    if (taken) lock.unlock();
  }}.join();
  return taken;
}

// One place, three times; then another place.
void unlock_free(int) {
  Lock lock{"free"};
  for (int i = 0; i < g_three_times; ++i) lock.unlock();
  lock.unlock();
  std::printf("free %d\n", is_free(lock));
}

void unlock_not_owner(int) {
  Lock lock{"owned"};
  lock.lock();
  Thread{"thief",
         [&] {
           for (int i = 0; i < g_three_times; ++i) lock.unlock();
         }}
      .join();
  const bool free_before = is_free(lock);
  lock.unlock();
  std::printf("free before %d after %d\n", free_before, is_free(lock));
}

void unlock_recursive_too_often(int) {
  RLock lock;
  lock.lock();
  lock.lock();
  lock.unlock();
  lock.unlock();
  lock.unlock();
}

void release_over_bound(int) {
  BoundedSemaphore pool{2, "pool"};
  pool.acquire();
  pool.release();
  for (int i = 0; i < g_three_times; ++i) pool.release();
  int permits = 0;
  while (pool.try_acquire()) ++permits;
  std::printf("permits %d\n", permits);
}

void destroy_held(int) {
  auto* const lock = new (std::malloc(sizeof(Lock))) Lock{"held by its destroyer"};
  lock->lock();
  lock->~Lock();
  std::free(lock);
}

void destroy_held_by_other(int) {
  void* const memory = std::malloc(sizeof(Lock));
  auto* const lock = new (memory) Lock{"held by another"};
  Turns turns;
  Thread holder{"holder", [&] {
                  lock->lock();
                  turns.done();
                  turns.wait_for(2);
                }};
  turns.wait_for(1);
  lock->~Lock();
  turns.done();
  holder.join();
  std::fflush(stdout);
  std::quick_exit(0);
}

template <typename L>
void use_after_destroy(int number) {
  auto* const lock = new (std::malloc(sizeof(L))) L{"gone"};
  {
    const Guard guard{*lock};
  }
  lock->~L();
  for (int i = 0; i < g_three_times; ++i) {  // the first is reported, and then it is as new
    if (number == 1) lock->lock();
    if (number == 2) (void)lock->try_lock();
    if (number == 3) (void)lock->try_lock_for(1ms);
    if (number == 4) break;
    lock->unlock();
    if (number == 5) break;  // the unlock alone
  }
  if (number == 4) lock->~L();
  std::printf("free %d\n", number == 4 || is_free(*lock));
  std::free(lock);
}

// A new lock in the memory of one that is gone.
void memory_of_a_destroyed_lock(int) {
  void* const memory = std::malloc(sizeof(Lock));
  for (int i = 0; i < g_three_times; ++i) {
    auto* const lock = new (memory) Lock;
    {
      const Guard guard{*lock};
    }
    lock->~Lock();
  }
  std::free(memory);
}

void destroy_semaphore_waited_for(int) {
  auto* const permit = new (std::malloc(sizeof(Semaphore))) Semaphore{0, "waited for"};
  Thread waiter{"waiter", [&] { (void)permit->try_acquire_for(300ms); }};
  std::this_thread::sleep_for(100ms);  // there is no way to see from outside that a thread waits
  permit->~Semaphore();
  waiter.join();
}

void exit_holding(int) {
  static Lock lock{"taken along"};  // its destructor has nothing to say when the process ends
  Thread{"leaver", [] { lock.lock(); }}.join();
  std::printf("free %d\n", is_free(lock));
}

// More objects than the smallest table has room for, all of them used.
void too_many_locks(int) {
  std::array<Lock, 40> locks;
  std::array<RLock, 40> recursive;
  for (std::size_t i = 0; i < locks.size(); ++i) {
    locks[i].lock();
    recursive[i].lock();
    recursive[i].lock();
  }
  for (std::size_t i = 0; i < locks.size(); ++i) {
    locks[i].unlock();
    recursive[i].unlock();
    recursive[i].unlock();
  }
  std::puts("done");
}

// All of it done as it should be.
void none(int) {
  Lock lock;
  RLock recursive;
  BoundedSemaphore pool{2};
  Thread user{[&] {
    const Guard outer{lock};
    const Guard inner{recursive};
    const Guard again{recursive};
    pool.acquire();
    pool.release();
  }};
  user.join();
}

// Another process still has the lock. 0: it has ended; 1: it has not
void use_after_end(int number) {
  IpcSemaphore go{0, "go"};
  auto* const stock = new IpcLock{"stock"};
  Process child{"consumer", [&] {
                  go.acquire();
                  stock->lock();
                  if (number == 1) stock->unlock();
                }};
  if (number == 0) delete stock;
  go.release();
  child.join();
}

constexpr std::array kSituations = {
    Situation{"unlock-free", unlock_free},
    Situation{"unlock-not-owner", unlock_not_owner},
    Situation{"unlock-recursive-too-often", unlock_recursive_too_often},
    Situation{"release-over-bound", release_over_bound},
    Situation{"destroy-held", destroy_held},
    Situation{"destroy-held-by-other", destroy_held_by_other},
    Situation{"use-after-destroy", use_after_destroy<Lock>},
    Situation{"use-rlock-after-destroy", use_after_destroy<RLock>},
    Situation{"memory-of-a-destroyed-lock", memory_of_a_destroyed_lock},
    Situation{"destroy-semaphore-waited-for", destroy_semaphore_waited_for},
    Situation{"use-after-end", use_after_end},
    Situation{"exit-holding", exit_holding},
    Situation{"too-many-locks", too_many_locks},
    Situation{"none", none},
};

}  // namespace

std::span<const Situation> misuses() { return kSituations; }

}  // namespace gridlock::probe
