// SPDX-License-Identifier: Apache-2.0
//
// Waits that nobody ends, with threads beside them that could be thought to; each beside its nearest
// harmless twin. Twins have numbers from 10 on.
#include <gridlock/gridlock.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include "tests/runtime/probe.h"

namespace gridlock::probe {
namespace {

using namespace std::chrono_literals;

// A condition with two waiters, of which one notification wakes one.
struct TwoWaiters {
  Lock lock{"lock"};
  Lock kept{"kept"};  // by the second one, while it waits
  Condition ready{"ready"};
  int waiting = 0;
  int items = 0;
  Thread first, second;

  explicit TwoWaiters(bool keeps) {
    first = Thread{ThreadOptions{.name = "first", .daemon = true}, [this] { take(); }};
    until_waiting(1);
    second = Thread{ThreadOptions{.name = "second", .daemon = true}, [this, keeps] {
                      std::unique_lock hold{kept, std::defer_lock};
                      if (keeps) hold.lock();
                      take();
                    }};
    until_waiting(2);
  }
  void take() {
    std::unique_lock hold{lock};
    ++waiting;
    ready.wait(hold, [&] { return items > 0; });
    --items;
  }
  // A thread that has counted itself and released the lock stands in line.
  void until_waiting(int count) {
    for (bool there = false; !there; std::this_thread::yield()) {
      const std::lock_guard hold{lock};
      there = waiting == count;
    }
  }
  void put(int count, bool tell_all = false) {
    {
      const std::lock_guard hold{lock};
      items += count;
    }
    if (tell_all) return ready.notify_all();
    ready.notify_one();
  }
};

// 0: main joins the one that was passed over; 1: although its test is true; 2: main waits for something
// else; 3: the one that was passed over keeps a lock that main asks for; 4: nothing was put, so the one
// that was woken waits again.
void passed_over(int form) {
  const int what = form % 10;
  const bool harmless = form >= 10;
  TwoWaiters waiters{what == 3};
  waiters.put(what == 4 && !harmless ? 0 : what == 1 || harmless ? 2 : 1, harmless);
  if (what == 2) {
    Semaphore never{harmless ? 1u : 0u, "never"};
    never.acquire();
  }
  if (what == 3) const std::lock_guard hold{waiters.kept};
  waiters.first.join();
  waiters.second.join();
  std::puts("over");
}

// For each kind of waiter: only the thread whose turn it is goes on, and then the next.
void one_after_the_other(int rounds) {
  for (int round = 0; round < rounds; ++round) {
    TwoWaiters waiters{false};
    waiters.put(1);
    waiters.put(1);
    waiters.first.join();
    waiters.second.join();
  }
  std::puts("over");
}

// Each worker puts more tasks into the queue of its pool than go in, and main is elsewhere.
void pool_waits_for_room(int workers) {
  const bool harmless = workers >= 10;
  const auto count = static_cast<std::uint32_t>(workers % 10);
  std::atomic<std::uint32_t> done{0};
  Rendezvous meeting{count};  // all of them are busy
  std::optional<Executor> pool;
  pool.emplace(
      ExecutorOptions{.workers = count, .name = "worker", .capacity = harmless ? 64u : count});
  for (std::uint32_t i = 0; i < count; ++i) {
    (void)pool->submit([&, count] {
      meeting.meet();
      for (std::uint32_t more = 0; more < count + 2; ++more) (void)pool->submit([&] { ++done; });
    });
  }
  while (done.load() != count * (count + 2)) std::this_thread::sleep_for(1ms);
  std::puts("over");
}

// Somebody else has written over a lock that was destroyed.
template <typename L>
void reused(bool harmless) {
  alignas(L) static std::array<unsigned char, sizeof(L)> memory;
  auto* lock = new (memory.data()) L{"gone"};
  lock->~L();
  std::memset(memory.data(), 0x5a, memory.size());
  if (harmless) lock = new (memory.data()) L{"new"};
  Thread worker{"worker", [&] {
                  lock->lock();
                  lock->unlock();
                }};
  worker.join();
  std::puts("over");
}
void reused_memory(int form) {
  if (form % 10 == 0) reused<Lock>(form >= 10);
  if (form % 10 == 1) reused<RLock>(form >= 10);
  if (form % 10 == 2) reused<SharedLock>(form >= 10);
}

// A lost wake-up beside a thread that has nothing to do with it: 0 a daemon that sleeps, 1 a
// std::thread that does, 2 a daemon that ticks, 3 an event that is never set, beside a daemon.
void beside_a_bystander(int form) {
  const int who = form % 10;
  const bool harmless = form >= 10;
  const auto sleep = [who] {
    if (who != 2) return std::this_thread::sleep_for(60s);
    for (;;) std::this_thread::sleep_for(20ms);
  };
  Thread daemon;
  if (who == 1) {
    std::thread{sleep}.detach();
  } else {
    daemon = Thread{ThreadOptions{.name = "daemon", .daemon = true}, sleep};
  }
  Lock lock{"lock"};
  Condition told{"told"};
  Event event{"event"};
  bool ready = false;
  Thread{"teller",
         [&] {
           const std::lock_guard hold{lock};
           ready = true;
           told.notify_all();
           if (harmless) event.set();
         }}
      .join();
  Thread listener{"listener", [&] {
                    if (who == 3) return event.wait();
                    std::unique_lock hold{lock};
                    if (harmless) {
                      told.wait(hold, [&] { return ready; });
                    } else {
                      told.wait(hold);
                    }
                  }};
  listener.join();
  std::puts("over");
}

// Waits again and again with a limit, and keeps what the notifier needs.
void polls(int form) {
  Lock kept{"kept"};
  Lock lock{"lock"};
  Condition told{"told"};
  bool ready = false;
  Turns turns;
  Thread poller{"poller", [&] {
                  std::unique_lock outer{kept};
                  turns.done();
                  if (form >= 10) outer.unlock();
                  std::unique_lock hold{lock};
                  while (!ready) (void)told.wait_for(hold, 10ms);
                }};
  Thread notifier{"notifier", [&] {
                    turns.wait_for(1);
                    const std::lock_guard outer{kept};
                    if (form >= 10) std::this_thread::sleep_for(1500ms);
                    const std::lock_guard hold{lock};
                    ready = true;
                    told.notify_all();
                  }};
  poller.join();
  notifier.join();
  std::puts("over");
}

// Two threads and two locks that Gridlock does not know.
void foreign_locks(int form) {
  std::mutex one;
  std::mutex two;
  Rendezvous meeting{2};
  const auto nest = [&](std::mutex& a, std::mutex& b) {
    const std::lock_guard outer{a};
    if (form < 10) meeting.meet();
    const std::lock_guard inner{b};
  };
  Thread forth{"forth", [&] { nest(one, two); }};
  Thread back{"back", [&] { form < 10 ? nest(two, one) : nest(one, two); }};
  forth.join();
  back.join();
  std::puts("over");
}

// Two consumers that put in more than goes in; main has put once and then does something else.
void queue_of_its_consumers(int form) {
  Queue<int> queue{form >= 10 ? 64u : 2u, "queue"};
  std::atomic<int> taken{0};
  const auto work = [&] {
    while (const std::optional<int> item = queue.get()) {
      for (int i = 0; i < *item; ++i) queue.put(*item - 1);
      ++taken;
    }
  };
  Thread one{"one", work};
  Thread two{"two", work};
  queue.put(4);
  while (taken.load() != 65) std::this_thread::sleep_for(5ms);  // 1 + 4 + 12 + 24 + 24
  queue.close();
  std::puts("over");
}

// Correct, and somebody waits for longer than the option says: 0 main works, 1 a std::thread does, 2
// main sleeps and has put before.
void idle_worker(int form) {
  Queue<int> queue{"queue"};
  Thread worker{"worker", [&] {
                  while (queue.get()) {
                  }
                }};
  queue.put(1);
  const auto end = std::chrono::steady_clock::now() + 2500ms;
  const auto work = [&] {
    while (std::chrono::steady_clock::now() < end) {
    }
  };
  if (form == 0) work();
  if (form == 1) std::thread{work}.join();
  if (form == 2) std::this_thread::sleep_until(end);
  queue.close();
  std::puts("over");
}

// Each tries to wait for its own end: 0 a thread joins itself, 1 a worker shuts its pool down, 2 a
// thread destroys its own Thread, 3 a task gets its own result, 4 a worker destroys its pool, 5 the
// only worker of a queue joins it, 6 a timer's function destroys its timer.
void for_itself(int form) {
  Event made{"made"};
  const auto refused = [](auto&& call) {
    try {
      call();
    } catch (const std::system_error& error) {
      std::puts(error.code() == std::errc::resource_deadlock_would_occur ? "refused" : "other");
    }
  };
  std::optional<Executor> pool;
  std::unique_ptr<Thread> thread;
  std::unique_ptr<Timer> timer;
  Future<int> result;
  Queue<int> queue{"queue"};
  if (form == 1 || form == 3 || form == 4) pool.emplace(1u);
  if (form == 0) {
    thread = std::make_unique<Thread>("thread", [&] {
      made.wait();
      refused([&] { thread->join(); });
    });
  } else if (form == 1) {
    (void)pool->submit([&] { refused([&] { pool->shutdown(); }); });
  } else if (form == 2) {
    thread = std::make_unique<Thread>("thread", [&] {
      made.wait();
      thread->~Thread();
    });
  } else if (form == 3) {
    result = pool->submit([&] {
      made.wait();
      return result.get();
    });
  } else if (form == 4) {
    (void)pool->submit([&] {
      made.wait();
      pool->~Executor();
    });
  } else if (form == 5) {
    queue.put(1);
    thread = std::make_unique<Thread>("thread", [&] {
      (void)queue.get();
      queue.join();
    });
  } else {
    timer = std::make_unique<Timer>(0ms, [&] {
      made.wait();
      timer->~Timer();
    });
    timer->start();
  }
  made.set();
  if (form == 2 || form == 4 || form == 6) {
    for (;;) std::this_thread::sleep_for(10ms);
  }
  if (thread) thread->join();
  if (pool) pool->shutdown();
  std::puts("over");
}

constexpr std::array kAll = {
    Situation{"passed-over", passed_over},
    Situation{"one-after-the-other", one_after_the_other},
    Situation{"pool-waits-for-room", pool_waits_for_room},
    Situation{"reused-memory", reused_memory},
    Situation{"beside-a-bystander", beside_a_bystander},
    Situation{"polls", polls},
    Situation{"foreign-locks", foreign_locks},
    Situation{"queue-of-its-consumers", queue_of_its_consumers},
    Situation{"idle-worker", idle_worker},
    Situation{"for-itself", for_itself},
};

}  // namespace

std::span<const Situation> standstills() { return kAll; }

}  // namespace gridlock::probe
