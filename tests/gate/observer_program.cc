// SPDX-License-Identifier: Apache-2.0
//
// Lock, RLock, the guards, the semaphores and Thread.
#include "tests/gate/variants.h"

#include <array>
#include <condition_variable>
#include <mutex>

namespace {

void race_two_locks() {
  gridlock::Lock a;
  gridlock::Lock b;
  race([&] { const std::lock_guard hold{a}; }, [&] { const std::lock_guard hold{b}; });
}

void race_guards() {
  gridlock::Lock a{"a"};
  gridlock::Lock b{"b"};
  race([&] { const gridlock::Guard hold{a}; }, [&] { const gridlock::Guard hold{b}; });
}

void race_nested_locks() {  // both threads walk through the order graph's slow path
  gridlock::Lock a, b, c, d;
  race(
      [&] {
        const std::lock_guard outer{a};
        const std::lock_guard inner{b};
      },
      [&] {
        const std::lock_guard outer{c};
        const std::lock_guard inner{d};
      });
}

void race_named_in_thread() {
  race(
      [] {
        gridlock::Lock lock{"made in t1"};
        const std::lock_guard hold{lock};
      },
      [] {
        gridlock::Lock lock{"made in t2"};
        const std::lock_guard hold{lock};
      });
}

void race_recursive() {
  gridlock::RLock a, b;
  const auto twice = [](gridlock::RLock& lock) {
    const std::lock_guard outer{lock};
    const std::lock_guard inner{lock};
  };
  race([&] { twice(a); }, [&] { twice(b); });
}

void race_semaphores() {
  gridlock::Semaphore a{1};
  gridlock::Semaphore b{1};
  race(
      [&] {
        a.acquire();
        a.release();
      },
      [&] {
        b.acquire();
        b.release();
      });
}

void race_findings() {  // a finding is written between the two writes, in each thread
  gridlock::Lock a{"a"};
  gridlock::Lock b{"b"};
  race([&] { a.unlock(); }, [&] { b.unlock(); });
}

void race_siblings() {  // each thread starts and joins one of its own
  race([] { gridlock::Thread{"child of t1", [] {}}.join(); },
       [] { gridlock::Thread{"child of t2", [] {}}.join(); });
}

void race_timed_out() {
  gridlock::Semaphore none{0};
  race([&] { (void)none.try_acquire_for(1ms); }, [&] { (void)none.try_acquire_for(1ms); });
}

void race_failed_try() {  // a lock that was not obtained orders nothing
  gridlock::Lock busy{"busy"};
  const std::lock_guard hold{busy};
  race([&] { (void)busy.try_lock(); }, [&] { (void)busy.try_lock_for(1ms); });
}

void silent_lock() {
  gridlock::Lock lock;
  both([&](auto change) {
    const std::lock_guard hold{lock};
    change();
  });
}

void silent_guard() {
  gridlock::Lock lock{"lock"};
  both([&](auto change) {
    const gridlock::Guard hold{lock};
    change();
  });
}

void silent_same_lock_in_turn() {  // the twin of race_two_locks
  gridlock::Lock a;
  gridlock::Turns turns;
  gridlock::Thread t1{"t1", [&] {
                        g_x = 1;
                        {
                          const std::lock_guard hold{a};
                        }
                        turns.done();
                      }};
  gridlock::Thread t2{"t2", [&] {
                        turns.wait_for(1);
                        {
                          const std::lock_guard hold{a};
                        }
                        g_x = 2;
                      }};
}

void silent_recursive() {
  gridlock::RLock lock;
  both([&](auto change) {
    const std::lock_guard outer{lock};
    const std::lock_guard inner{lock};
    change();
  });
}

void silent_try() {
  gridlock::Lock lock;
  both([&](auto change) {
    while (!lock.try_lock()) {
    }
    change();
    lock.unlock();
  });
}

void silent_timed() {
  gridlock::RLock lock;
  both([&](auto change) {
    while (!lock.try_lock_for(1s)) {
    }
    change();
    lock.unlock();
  });
}

void silent_nested() {
  gridlock::Lock a, b;
  both([&](auto change) {
    const std::lock_guard outer{a};
    const std::lock_guard inner{b};
    change();
  });
}

void silent_scoped_lock() {
  gridlock::Lock a, b;
  both([&](auto change) {
    const std::scoped_lock hold{a, b};
    change();
  });
}

void silent_semaphore_hand_over() {
  gridlock::Semaphore written{0};
  gridlock::Thread t1{"t1", [&] {
                        g_x = 1;
                        written.release();
                      }};
  gridlock::Thread t2{"t2", [&] {
                        written.acquire();
                        g_x = 2;
                      }};
}

void silent_bounded_semaphore() {
  gridlock::BoundedSemaphore one{1};
  both([&](auto change) {
    one.acquire();
    change();
    one.release();
  });
}

void silent_start_and_join() {
  g_x = 1;
  gridlock::Thread{"t1", [] { g_x = 2; }}.join();
  g_x = 3;
  gridlock::Thread{"t2", [] { g_x = 4; }}.join();
  g_x = 5;
}

void silent_condition_variable() {
  gridlock::Lock lock;
  std::condition_variable_any changed;
  bool ready = false;
  gridlock::Thread t1{"t1", [&] {
                        const std::lock_guard hold{lock};
                        g_x = 1;
                        ready = true;
                        changed.notify_one();
                      }};
  gridlock::Thread t2{"t2", [&] {
                        std::unique_lock hold{lock};
                        changed.wait(hold, [&] { return ready; });
                        g_x = 2;
                      }};
}

void silent_findings() {  // findings in between invent nothing
  gridlock::Lock lock{"lock"};
  both([&](auto change) {
    {
      const std::lock_guard hold{lock};
      change();
    }
    gridlock::Lock other;
    other.unlock();
  });
}

constexpr Variant kVariants[] = {
    {"two_locks", true, race_two_locks},
    {"guards", true, race_guards},
    {"nested_locks", true, race_nested_locks},
    {"named_in_thread", true, race_named_in_thread},
    {"recursive", true, race_recursive},
    {"semaphores", true, race_semaphores},
    {"findings", true, race_findings},
    {"siblings", true, race_siblings},
    {"timed_out", true, race_timed_out},
    {"failed_try", true, race_failed_try},
    {"lock", false, silent_lock},
    {"guard", false, silent_guard},
    {"same_lock_in_turn", false, silent_same_lock_in_turn},
    {"recursive_lock", false, silent_recursive},
    {"try", false, silent_try},
    {"timed", false, silent_timed},
    {"nested", false, silent_nested},
    {"scoped_lock", false, silent_scoped_lock},
    {"semaphore_hand_over", false, silent_semaphore_hand_over},
    {"bounded_semaphore", false, silent_bounded_semaphore},
    {"start_and_join", false, silent_start_and_join},
    {"condition_variable", false, silent_condition_variable},
    {"findings_between", false, silent_findings},
};

}  // namespace

int main(int argc, char** argv) { return run_variant(kVariants, argc, argv); }
