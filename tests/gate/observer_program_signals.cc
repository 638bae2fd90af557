// SPDX-License-Identifier: Apache-2.0
//
// SharedLock, Condition, Event and Latch.
#include "tests/gate/variants.h"

#include <mutex>
#include <shared_mutex>

namespace {

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

void race_latch_counts() {  // two counts are ordered with a wait, not with each other
  gridlock::Latch latch{2, "latch"};
  race([&] { latch.count_down(); }, [&] { latch.count_down(); });
}

void race_latch_not_seen() {  // a wait that gave up has seen no count
  gridlock::Latch latch{2};
  race([&] { latch.count_down(); }, [&] { (void)latch.wait_for(1ms); });
}

void silent_latch() {
  gridlock::Latch written{2};
  long other = 0;
  gridlock::Thread t1{"t1", [&] {
                        g_x = 1;
                        written.count_down();
                      }};
  gridlock::Thread t2{"t2", [&] {
                        other = 1;
                        written.count_down();
                      }};
  gridlock::Thread t3{"t3", [&] {
                        written.wait();
                        g_x = other + 1;
                      }};
}

void silent_latch_polled() {
  gridlock::Latch written{1};
  gridlock::Thread t1{"t1", [&] {
                        g_x = 1;
                        written.count_down();
                      }};
  gridlock::Thread t2{"t2", [&] {
                        while (!written.try_wait() && !written.wait_for(1us)) {
                        }
                        g_x = 2;
                      }};
}

constexpr Variant kVariants[] = {
    {"two_shared_locks", true, race_two_shared_locks},
    {"readers", true, race_readers},
    {"downgraded", true, race_downgraded},
    {"notified", true, race_notified},
    {"two_events", true, race_two_events},
    {"event_not_seen", true, race_event_not_seen},
    {"latch_counts", true, race_latch_counts},
    {"latch_not_seen", true, race_latch_not_seen},
    {"shared_lock", false, silent_shared_lock},
    {"upgrade", false, silent_upgrade},
    {"condition", false, silent_condition},
    {"event", false, silent_event},
    {"event_polled", false, silent_event_polled},
    {"latch", false, silent_latch},
    {"latch_polled", false, silent_latch_polled},
};

}  // namespace

int main(int argc, char** argv) { return run_variant(kVariants, argc, argv); }
