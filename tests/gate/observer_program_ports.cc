// SPDX-License-Identifier: Apache-2.0
//
// What a port from the standard's types brings along: arrivals and completion functions, requests to stop, an upgradeable
// reader, waits for atomics, shared futures.
#include "tests/gate/variants.h"

#include <mutex>
#include <thread>

namespace {

void race_arrivals() {  // two arrivals are ordered with a departure, not with each other
  gridlock::Barrier barrier{2, "barrier"};
  race([&] { (void)barrier.arrive(); }, [&] { (void)barrier.arrive(); });
}

void race_drops() {
  gridlock::Barrier barrier{3, "barrier"};
  race([&] { barrier.arrive_and_drop(); }, [&] { barrier.arrive_and_drop(); });
}

void race_callbacks() {  // that both register, and remove, orders nothing
  const gridlock::StopSource source{"source"};
  const auto registers = [token = source.get_token()] {
    const gridlock::StopCallback callback{token, [] {}};
    (void)token.stop_requested();
  };
  race(registers, registers);
}

void race_stop_not_seen() {  // a second request, and a callback of nobody
  gridlock::StopSource source;
  race([&] { source.request_stop(); }, [&] { (void)source.get_token(); });
}

void race_upgradeable_and_reader() {
  gridlock::SharedLock lock;
  race(
      [&] {
        lock.lock_upgradeable();
        lock.unlock_upgradeable();
      },
      [&] {
        lock.lock_shared();
        lock.unlock_shared();
      });
}

void race_atomic_notified() {  // a notification orders nothing
  gridlock::Atomic<int> value{0, "value"};
  race([&] { value.notify_all(); }, [&] { value.notify_all(); });
}

void race_atomic_relaxed() {
  gridlock::Atomic<int> value{0, "value"};
  race([&] { value.store(1, std::memory_order_relaxed); },
       [&] { value.wait(0, std::memory_order_relaxed); });
}

void silent_arrival() {
  gridlock::Barrier barrier{2};
  gridlock::Thread t1{"t1", [&] {
                        g_x = 1;
                        (void)barrier.arrive();
                      }};
  gridlock::Thread t2{"t2", [&] {
                        barrier.wait(barrier.arrive());
                        g_x = 2;
                      }};
}

void silent_drop() {
  gridlock::Barrier barrier{2};
  gridlock::Thread t1{"t1", [&] {
                        g_x = 1;
                        barrier.arrive_and_drop();
                      }};
  gridlock::Thread t2{"t2", [&] {
                        barrier.arrive_and_wait();
                        g_x = 2;
                      }};
}

void silent_completion() {
  gridlock::Barrier barrier{2, [] { ++g_x; }};
  long a = 0;
  long b = 0;
  gridlock::Thread t1{"t1", [&] {
                        for (int i = 0; i < 100; ++i) {
                          a = g_x;
                          barrier.arrive_and_wait();
                        }
                      }};
  gridlock::Thread t2{"t2", [&] {
                        for (int i = 0; i < 100; ++i) {
                          b = g_x;
                          barrier.arrive_and_wait();
                        }
                      }};
}

void silent_stop() {
  gridlock::StopSource source;
  gridlock::Thread t1{"t1", [&] {
                        g_x = 1;
                        source.request_stop();
                      }};
  gridlock::Thread t2{"t2", [&] {
                        while (!source.stop_requested()) std::this_thread::yield();
                        g_x = 2;
                      }};
}

void silent_callback() {  // it runs after its registration, and its destructor waits for it
  gridlock::StopSource source;
  gridlock::Thread t1{"t1", [&] {
                        g_x = 1;
                        {
                          const gridlock::StopCallback callback{source.get_token(),
                                                                [] { g_x = 2; }};
                          source.request_stop();
                        }
                        g_x = 3;
                      }};
  t1.join();
  gridlock::StopSource other;
  gridlock::Rendezvous start{2};
  gridlock::Thread t2{"t2", [&] {
                        const gridlock::StopCallback callback{other.get_token(), [] { g_x = 4; }};
                        start.meet();
                        while (!other.stop_requested()) std::this_thread::yield();
                      }};
  start.meet();
  other.request_stop();
  t2.join();
  g_x = 5;
}

void silent_stopped_condition() {
  gridlock::Lock lock;
  gridlock::Condition changed;
  gridlock::StopSource source;
  gridlock::Thread t1{"t1", [&] {
                        std::unique_lock hold{lock};
                        changed.wait(hold, source.get_token(), [] { return false; });
                        g_x = 2;
                      }};
  gridlock::Thread t2{"t2", [&] {
                        g_x = 1;
                        source.request_stop();
                      }};
}

void silent_upgradeable() {
  gridlock::SharedLock lock;
  both([&](auto change) {
    lock.lock_upgradeable();
    lock.upgrade();
    change();
    lock.unlock();
  });
}

void silent_atomic() {
  gridlock::Atomic<int> value{0};
  gridlock::Thread t1{"t1", [&] {
                        g_x = 1;
                        value = 1;
                        value.notify_one();
                      }};
  gridlock::Thread t2{"t2", [&] {
                        value.wait(0);
                        g_x = 2;
                      }};
}

void silent_shared_future() {
  auto [promise, future] = gridlock::make_future<int>();
  const gridlock::SharedFuture<int> all = future.share();
  const auto reads = [own = all] {
    for (int i = 0; i < 10; ++i) {
      // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): each thread has copies of its own
      const gridlock::SharedFuture<int> copy = own;
      (void)copy.get();
    }
  };
  gridlock::Thread t1{"t1", reads};
  gridlock::Thread t2{"t2", [&, to = &promise] {
                        g_x = 1;
                        to->set_value(1);
                      }};
  (void)all.get();
  g_x = 2;
}

void silent_thread_exit() {
  gridlock::Promise<int> promise;
  gridlock::Future<int> future = promise.get_future();
  gridlock::Thread t1{"t1", [&] {
                        promise.set_value_at_thread_exit(1);
                        g_x = 1;
                      }};
  (void)future.get();
  g_x = 2;
}

constexpr Variant kVariants[] = {
    {"arrivals", true, race_arrivals},
    {"drops", true, race_drops},
    {"callbacks", true, race_callbacks},
    {"stop_not_seen", true, race_stop_not_seen},
    {"upgradeable_and_reader", true, race_upgradeable_and_reader},
    {"atomic_notified", true, race_atomic_notified},
    {"atomic_relaxed", true, race_atomic_relaxed},
    {"arrival", false, silent_arrival},
    {"drop", false, silent_drop},
    {"completion", false, silent_completion},
    {"stop", false, silent_stop},
    {"callback", false, silent_callback},
    {"stopped_condition", false, silent_stopped_condition},
    {"upgradeable", false, silent_upgradeable},
    {"atomic", false, silent_atomic},
    {"shared_future", false, silent_shared_future},
    {"thread_exit", false, silent_thread_exit},
};

}  // namespace

int main(int argc, char** argv) { return run_variant(kVariants, argc, argv); }
