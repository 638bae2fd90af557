// SPDX-License-Identifier: Apache-2.0
//
// What a program brings along that was written with the standard's types: completion functions and arrivals of a
// barrier, waits for atomics, requests to stop, an upgradeable reader, shared futures and tasks. A number of 1 is the
// harmless twin. The first part hangs; in the second part no run does.
#include <gridlock/gridlock.h>

#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <thread>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

void nest(Lock& outer, Lock& inner) {
  const std::lock_guard hold_outer{outer};
  const std::lock_guard hold_inner{inner};
}

void touch(Lock& lock) { const std::lock_guard hold{lock}; }

// One thread waits under a lock, which another one takes before it ends the wait; or has given it back.
template <typename Wait, typename Signal>
void wait_and_lock(int released, Wait wait, Signal signal) {
  Lock lock{"lock"};
  Turns turns;
  Thread waiter{"waiter", [&] {
                  std::unique_lock hold{lock};
                  turns.done();
                  if (released != 0) hold.unlock();
                  wait();
                }};
  Thread other{"other", [&] {
                 turns.wait_for(1);
                 touch(lock);
                 signal();
               }};
}

// --- these hang ---------------------------------------------------------------------------------

void completion_and_lock(int released) {
  Lock lock{"lock"};
  Barrier barrier{2, [&] { touch(lock); }, "barrier"};
  Thread holder{"holder", [&] {
                  std::unique_lock hold{lock};
                  if (released != 0) hold.unlock();
                  barrier.arrive_and_wait();
                }};
  while (barrier.waiting() == 0) std::this_thread::yield();
  barrier.arrive_and_wait();
}

void arrival_short(int complete) {
  Barrier barrier{complete != 0 ? 2U : 3U, "barrier"};
  Thread one{"one", [&] { (void)barrier.arrive(); }};
  Thread two{"two", [&] { barrier.wait(barrier.arrive()); }};
}

void drop_short(int complete) {
  Barrier barrier{3, "barrier"};
  Thread leaves{"leaves", [&] { barrier.arrive_and_drop(); }};
  Thread once{"once", [&] {
                barrier.arrive_and_wait();
                if (complete != 0) barrier.arrive_and_wait();
              }};
  Thread twice{"twice", [&] {
                 barrier.arrive_and_wait();
                 barrier.arrive_and_wait();
               }};
}

void atomic_and_lock(int released) {
  Atomic<int> value{0, "value"};
  wait_and_lock(
      released, [&] { value.wait(0); },
      [&] {
        value = 1;
        value.notify_all();
      });
}

void flag_never_set(int set) {
  AtomicFlag flag{"flag"};
  Thread waiter{"waiter", [&] { flag.wait(false); }};
  if (set == 0) return;
  flag.test_and_set();
  flag.notify_one();
}

void stop_callback_and_lock(int released) {
  Lock lock{"lock"};
  StopSource source;
  Turns turns;
  std::optional<StopCallback<std::function<void()>>> callback;
  callback.emplace(source.get_token(), [&] {
    turns.done();
    turns.wait_for(2);
    touch(lock);
  });
  Thread requester{"requester", [&] { source.request_stop(); }};
  Thread owner{"owner", [&] {
                 turns.wait_for(1);
                 std::unique_lock hold{lock};
                 turns.done();
                 if (released != 0) hold.unlock();
                 callback.reset();
               }};
}

void stop_never_requested(int requested) {
  Lock lock{"lock"};
  Condition changed{"changed"};
  StopSource source;
  Thread worker{"worker", [&] {
                  std::unique_lock hold{lock};
                  changed.wait(hold, source.get_token(), [] { return false; });
                }};
  if (requested != 0) source.request_stop();
  worker.join();
}

void deaf_jthread(int listens) {
  Event event{"event"};
  JThread worker{"worker", [&](const StopToken& stop) {
                   const StopCallback set{stop, [&] {
                                            if (listens != 0) event.set();
                                          }};
                   event.wait();
                 }};
}

void two_upgraders(int upgradeable) {
  SharedLock lock{"lock"};
  Rendezvous both_read{2};
  const auto body = [&] {
    if (upgradeable != 0) {
      lock.lock_upgradeable();
    } else {
      lock.lock_shared();
      both_read.meet();
    }
    lock.upgrade();
    lock.unlock();
  };
  Thread one{"one", body};
  Thread two{"two", body};
}

void upgradeable_twice(int once) {
  SharedLock lock{"lock"};
  lock.lock_upgradeable();
  if (once == 0) lock.lock_upgradeable();
  lock.unlock_upgradeable();
}

void shared_future_and_lock(int released) {
  auto [promise, future] = make_future<int>("answer");
  SharedFuture<int> all = future.share();
  SharedFuture<int> copy = all;
  wait_and_lock(released, [&] { copy.wait(); }, [&, to = &promise] { to->set_value(1); });
}

void task_never_called(int called) {
  PackagedTask<int()> task{[] { return 1; }, "task"};
  Future<int> future = task.get_future();
  if (called != 0) task();
  (void)future.get();
}

// --- these do not, but might have ---------------------------------------------------------------

// 0: a thread needs the lock before it comes, another one holds it while it waits. 1: it needs the lock afterwards.
// 2: the lock is held when the other arrives, and not while it waits.
void arrival_under_lock(int form) {
  Lock lock{"lock"};
  Barrier barrier{2, "barrier"};
  Turns turns;
  Thread first{"first", [&] {
                 if (form != 1) touch(lock);
                 (void)barrier.arrive();
                 if (form == 1) touch(lock);
                 turns.done();
               }};
  Thread second{"second", [&] {
                  turns.wait_for(1);
                  std::unique_lock hold{lock};
                  auto arrival = barrier.arrive();
                  if (form == 2) hold.unlock();
                  barrier.wait(std::move(arrival));
                }};
}

void drop_under_lock(int after) {
  Lock lock{"lock"};
  Barrier barrier{2, "barrier"};
  Turns turns;
  Thread leaves{"leaves", [&] {
                  if (after == 0) touch(lock);
                  barrier.arrive_and_drop();
                  if (after != 0) touch(lock);
                  turns.done();
                }};
  Thread stays{"stays", [&] {
                 turns.wait_for(1);
                 const std::lock_guard hold{lock};
                 barrier.arrive_and_wait();
               }};
}

// 1: what comes after the wait comes after what the other thread did before it came. 0: afterwards. 2: it came for both
// parties at once, so nothing is ordered by it, and nothing is said of it.
void nests_around_an_arrival(int form) {
  Lock a{"a"};
  Lock b{"b"};
  Barrier barrier{2, "barrier"};
  Turns turns;
  Thread first{"first", [&] {
                 if (form == 1) nest(a, b);
                 (void)barrier.arrive(form == 2 ? 2 : 1);
                 if (form != 1) nest(a, b);
                 turns.done();
               }};
  Thread second{"second", [&] {
                  turns.wait_for(1);
                  if (form != 2) barrier.arrive_and_wait();
                  nest(b, a);
                }};
}

void atomic_under_lock(int after) {
  Lock lock{"lock"};
  Atomic<int> value{0, "value"};
  Turns turns;
  Thread changes{"changes", [&] {
                   if (after == 0) touch(lock);
                   value = 1;
                   value.notify_all();
                   if (after != 0) touch(lock);
                   turns.done();
                 }};
  Thread waits{"waits", [&] {
                 turns.wait_for(1);
                 const std::lock_guard hold{lock};
                 value.wait(0);
               }};
}

// Waits for a value that there never was: not a wait in any schedule.
void atomic_that_never_waits(int) {
  Lock lock{"lock"};
  Atomic<int> value{0, "value"};
  Turns turns;
  Thread changes{"changes", [&] {
                   touch(lock);
                   value = 1;
                   value.notify_all();
                   turns.done();
                 }};
  Thread waits{"waits", [&] {
                 turns.wait_for(1);
                 const std::lock_guard hold{lock};
                 value.wait(7);
               }};
}

void nests_around_an_atomic(int waits) {
  Lock a{"a"};
  Lock b{"b"};
  Atomic<int> value{0, "value"};
  Turns turns;
  Thread first{"first", [&] {
                 nest(a, b);
                 value = 1;
                 value.notify_all();
                 turns.done();
               }};
  Thread second{"second", [&] {
                  turns.wait_for(1);
                  if (waits != 0) value.wait(0);
                  nest(b, a);
                }};
}

void stop_callback_under_lock(int released) {
  Lock lock{"lock"};
  StopSource source;
  Turns turns;
  std::optional<StopCallback<std::function<void()>>> callback;
  callback.emplace(source.get_token(), [&] { touch(lock); });
  Thread requester{"requester", [&] {
                     source.request_stop();
                     turns.done();
                   }};
  Thread owner{"owner", [&] {
                 turns.wait_for(1);
                 std::unique_lock hold{lock};
                 if (released != 0) hold.unlock();
                 callback.reset();
               }};
}

void nests_around_a_stop(int looks) {
  Lock a{"a"};
  Lock b{"b"};
  StopSource source;
  Turns turns;
  Thread first{"first", [&] {
                 nest(a, b);
                 source.request_stop();
                 turns.done();
               }};
  Thread second{"second", [&, stop = source.get_token()] {
                  turns.wait_for(1);
                  if (looks != 0 && !stop.stop_requested()) return;
                  nest(b, a);
                }};
}

// A wait that a request can end needs no notifier, so what it holds meanwhile may be needed by one.
void stoppable_wait_under_lock(int) {
  Lock outer{"outer"};
  Lock lock{"lock"};
  Condition changed{"changed"};
  StopSource source;
  bool ready = false;
  Turns turns;
  Thread notifier{"notifier", [&] {
                    touch(outer);
                    const std::lock_guard hold{lock};
                    ready = true;
                    changed.notify_all();
                    turns.done();
                  }};
  Thread waiter{"waiter", [&] {
                  turns.wait_for(1);
                  const std::lock_guard hold_outer{outer};
                  std::unique_lock hold{lock};
                  changed.wait(hold, source.get_token(), [&] { return ready; });
                }};
}

void upgradeable_under_lock(int one_order) {
  SharedLock shared{"shared"};
  Lock lock{"lock"};
  Turns turns;
  Thread first{"first", [&] {
                 const std::lock_guard hold{lock};
                 shared.lock_upgradeable();
                 shared.unlock_upgradeable();
                 turns.done();
               }};
  Thread second{"second", [&] {
                  turns.wait_for(1);
                  std::unique_lock hold{lock, std::defer_lock};
                  if (one_order != 0) hold.lock();
                  shared.lock_upgradeable();
                  if (one_order == 0) hold.lock();
                  shared.unlock_upgradeable();
                }};
}

constexpr std::array kSituations = {
    Situation{"completion-and-lock", completion_and_lock},
    Situation{"arrival-short", arrival_short},
    Situation{"drop-short", drop_short},
    Situation{"atomic-and-lock", atomic_and_lock},
    Situation{"flag-never-set", flag_never_set},
    Situation{"stop-callback-and-lock", stop_callback_and_lock},
    Situation{"stop-never-requested", stop_never_requested},
    Situation{"deaf-jthread", deaf_jthread},
    Situation{"two-upgraders", two_upgraders},
    Situation{"upgradeable-twice", upgradeable_twice},
    Situation{"shared-future-and-lock", shared_future_and_lock},
    Situation{"task-never-called", task_never_called},
    Situation{"arrival-under-lock", arrival_under_lock},
    Situation{"drop-under-lock", drop_under_lock},
    Situation{"nests-around-an-arrival", nests_around_an_arrival},
    Situation{"atomic-under-lock", atomic_under_lock},
    Situation{"atomic-that-never-waits", atomic_that_never_waits},
    Situation{"nests-around-an-atomic", nests_around_an_atomic},
    Situation{"stop-callback-under-lock", stop_callback_under_lock},
    Situation{"nests-around-a-stop", nests_around_a_stop},
    Situation{"stoppable-wait-under-lock", stoppable_wait_under_lock},
    Situation{"upgradeable-under-lock", upgradeable_under_lock},
};

}  // namespace

std::span<const Situation> ports() { return kSituations; }

}  // namespace gridlock::probe
