// SPDX-License-Identifier: Apache-2.0
//
// The program of DESIGN.md rule 1, in variants. Always compiled with -fsanitize=thread;
// `observer_program NAME` runs one, `observer_program --list` prints NAME and whether
// ThreadSanitizer must see a race in it ("race") or not ("silent").
//
// In every racing variant T1 writes g_x and then does something with the observer; T2, later in
// time (gridlock::Turns, which ThreadSanitizer does not see), does the same and then writes g_x.
// Nothing orders the two writes, unless the observer does. The silent variants order them by what a
// user would rely on.
#include <gridlock/gridlock.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <shared_mutex>

namespace {

using namespace std::chrono_literals;

long g_x = 0;

// T1 writes and then calls `first`; T2 calls `second` after that and then writes.
template <typename First, typename Second>
void race(First first, Second second) {
  gridlock::Turns turns;
  gridlock::Thread t1{"t1", [&] {
                        g_x = 1;
                        first();
                        turns.done();
                      }};
  gridlock::Thread t2{"t2", [&] {
                        turns.wait_for(1);
                        second();
                        g_x = 2;
                      }};
}

// Both threads change g_x a thousand times inside `guarded`.
template <typename Guarded>
void both(Guarded guarded) {
  gridlock::Rendezvous start{2};
  const auto body = [&] {
    start.meet();
    for (int i = 0; i < 1000; ++i) guarded([] { ++g_x; });
  };
  gridlock::Thread t1{"t1", body};
  gridlock::Thread t2{"t2", body};
}

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

void race_two_shared_locks() {
  gridlock::SharedLock a{"a"};
  gridlock::SharedLock b{"b"};
  const auto all = [](gridlock::SharedLock& lock) {
    {
      const std::lock_guard hold{lock};
    }
    lock.lock_shared();
    lock.upgrade();
    lock.downgrade();
    lock.unlock_shared();
  };
  race([&] { all(a); }, [&] { all(b); });
}

void race_readers() {  // two shared holds of one lock order nothing between them
  gridlock::SharedLock lock;
  const auto read = [&] { const gridlock::SharedGuard hold{lock}; };
  race(read, read);
}

void race_downgraded() {  // a hold that was downgraded orders the readers that come after it only
  gridlock::SharedLock lock;
  race(
      [&] {
        lock.lock_shared();
        (void)lock.try_upgrade();
        lock.downgrade();
        lock.unlock_shared();
      },
      [] {});
}

void race_notified() {  // a notification orders nothing
  gridlock::Condition changed;
  gridlock::Lock a, b;
  race(
      [&] {
        {
          const std::lock_guard hold{a};
        }
        changed.notify_all();
      },
      [&] {
        std::unique_lock hold{b};
        (void)changed.wait_for(hold, 1ms);
        changed.notify_one();
      });
}

void race_two_events() {
  gridlock::Event a{"a"};
  gridlock::Event b{"b"};
  const auto all = [](gridlock::Event& event) {
    event.set();
    event.wait();
    event.clear();
  };
  race([&] { all(a); }, [&] { all(b); });
}

void race_event_not_seen() {  // set, but nobody looked; a clear and a timeout order nothing
  gridlock::Event event;
  race([&] { event.set(); },
       [&] {
         event.clear();
         (void)event.wait_for(1ms);
       });
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

void silent_shared_lock() {
  gridlock::SharedLock lock{gridlock::Prefer::kWriters};
  both([&](auto change) {
    {
      const std::lock_guard hold{lock};
      change();
    }
    const std::shared_lock hold{lock};
    if (g_x < 0) std::abort();  // reads
  });
}

void silent_upgrade() {
  gridlock::SharedLock lock;
  both([&](auto change) {
    for (bool done = false; !done;) {
      lock.lock_shared();
      done = g_x >= 0 && lock.try_upgrade();
      if (!done) {
        lock.unlock_shared();
        continue;
      }
      change();
      lock.downgrade();
      if (g_x < 0) std::abort();
      lock.unlock_shared();
    }
  });
}

void silent_condition() {
  gridlock::Lock lock;
  gridlock::Condition changed;
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

void silent_event() {
  gridlock::Event written;
  gridlock::Thread t1{"t1", [&] {
                        g_x = 1;
                        written.set();
                      }};
  gridlock::Thread t2{"t2", [&] {
                        written.wait();
                        g_x = 2;
                      }};
}

void silent_event_polled() {
  gridlock::Event written;
  gridlock::Thread t1{"t1", [&] {
                        g_x = 1;
                        written.set();
                      }};
  gridlock::Thread t2{"t2", [&] {
                        while (!written.is_set() && !written.wait_for(1us)) {
                        }
                        g_x = 2;
                      }};
}

struct Variant {
  const char* name;
  bool races;
  void (*run)();
};

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
    {"two_shared_locks", true, race_two_shared_locks},
    {"readers", true, race_readers},
    {"downgraded", true, race_downgraded},
    {"notified", true, race_notified},
    {"two_events", true, race_two_events},
    {"event_not_seen", true, race_event_not_seen},
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
    {"shared_lock", false, silent_shared_lock},
    {"upgrade", false, silent_upgrade},
    {"condition", false, silent_condition},
    {"event", false, silent_event},
    {"event_polled", false, silent_event_polled},
};

}  // namespace

int main(int argc, char** argv) {
  for (const Variant& variant : kVariants) {
    if (argc == 2 && std::strcmp(argv[1], "--list") == 0) {
      std::printf("%s %s\n", variant.name, variant.races ? "race" : "silent");
    } else if (argc == 2 && std::strcmp(argv[1], variant.name) == 0) {
      variant.run();
      return 0;
    }
  }
  return argc == 2 && std::strcmp(argv[1], "--list") == 0 ? 0 : 2;
}
