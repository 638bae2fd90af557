// SPDX-License-Identifier: Apache-2.0
//
// What a process writes when it ends, and the ways in which it can end.
#include <gridlock/gridlock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>

#include "harness/runtime/registry/threads.h"
#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

using namespace std::chrono_literals;

// Waits in vain while the thread "holder" holds it: how often somebody waits is certain then.
template <typename L, typename Wait>
void wait_in_vain(L& lock, Wait wait) {
  Turns turns;
  Thread holder{"holder", [&] {
                  lock.lock();
                  turns.done();
                  turns.wait_for(2);
                  lock.unlock();
                }};
  turns.wait_for(1);
  wait();
  turns.done();
  holder.join();
}

void wait_for_busy(Lock& busy) {
  wait_in_vain(busy, [&] {
    if (busy.try_lock_for(5ms)) std::abort();
  });
}

void waits_three_sorts(int) {
  Lock calm{"calm"};
  Lock busy{"busy"};
  SharedLock shared{"shared"};
  wait_for_busy(busy);
  wait_for_busy(busy);
  wait_in_vain(shared, [&] {
    if (shared.try_lock_shared_for(20ms)) std::abort();
  });
  const Guard guard{calm};
}

void waits_for_nobody(int) {
  Lock calm{"calm"};
  RLock again{"again"};
  SharedLock shared{"shared"};
  for (int i = 0; i < 3; ++i) {
    const Guard outer{calm};
    const Guard once{again};
    const Guard twice{again};
  }
  shared.lock();
  shared.downgrade();
  shared.unlock_shared();
  if (shared.try_lock()) shared.unlock();
}

void waits_and_deadlock(int) {
  Lock busy{"busy"};
  wait_for_busy(busy);
  busy.lock();
  busy.lock();
}

void waits_and_quick_exit(int) {
  Lock busy{"busy"};
  wait_for_busy(busy);
  std::quick_exit(0);
}

void waits_and_signal(int number) {
  Lock busy{"busy"};
  wait_for_busy(busy);
  ::kill(::getpid(), number);
}

void waits_and_fork(int) {
  Lock busy{"busy"};
  wait_for_busy(busy);
  const pid_t child = ::fork();
  if (child == 0) std::exit(0);
  ::waitpid(child, nullptr, 0);
}

void holds_long(int) {
  Lock held{"held"};
  Lock other{"other"};
  held.lock();
  other.lock();
  held.unlock();  // not the last one
  if (held.try_lock_for(1ms)) held.unlock();
  other.unlock();
}

constexpr int kReaders = 200;

// A writer waits behind a reader while others read kReaders times. `number` 1: nobody reads
// meanwhile; 2: writers go first, so nobody can; 3: the process ends while the writer waits.
void readers_overtake(int number) {
  // Never destroyed: in 3 the writer still waits at the end.
  auto& book = *new SharedLock{"book", number == 2 ? Prefer::kWriters : Prefer::kReaders};
  book.lock_shared();
  Thread writer{"writer", [&] {
                  book.lock();
                  book.unlock();
                }};
  while (internal::blocked_threads().load() == 0) std::this_thread::yield();
  if (number != 1) {
    Thread{"reader",
           [&] {
             for (int i = 0; i < kReaders; ++i) {
               if (book.try_lock_shared()) book.unlock_shared();
             }
           }}
        .join();
  }
  if (number == 3) std::quick_exit(0);
  book.unlock_shared();
  writer.join();
}

constexpr std::array kSituations = {
    Situation{"readers-overtake", readers_overtake},
    Situation{"waits-three-sorts", waits_three_sorts},
    Situation{"waits-for-nobody", waits_for_nobody},
    Situation{"waits-and-deadlock", waits_and_deadlock},
    Situation{"waits-and-quick-exit", waits_and_quick_exit},
    Situation{"waits-and-signal", waits_and_signal},
    Situation{"waits-and-fork", waits_and_fork},
    Situation{"holds-long", holds_long},
};

}  // namespace

std::span<const Situation> ends() { return kSituations; }

}  // namespace gridlock::probe
