// SPDX-License-Identifier: Apache-2.0
//
// Order through what one thread signals and another waits for. It holds in every schedule only if
// nobody else could have given that signal.
#include "tests/situations/situations.h"

#include <atomic>
#include <thread>

namespace gridlock::situations {
namespace {

struct Two {
  Lock a{"a"};
  Lock b{"b"};
};

// t1 takes a, b and signals; t2 waits for that and takes b, a. With `early`, somebody signals before:
// a second thread, or the first one.
enum class Early : std::uint8_t { kNo, kSecondThread, kSameThread };

void through(Play& play, Early early, const std::function<void()>& signal,
             const std::function<void()>& wait) {
  Two s;
  play.run({[&] {
              if (early == Early::kSecondThread) signal();
            },
            [&] {
              if (early == Early::kSameThread) signal();
              play.nest(s.a, s.b);
              signal();
            },
            [&] {
              wait();
              play.nest(s.b, s.a);
            }},
           2);
}

void through_semaphore(Play& play, Early early, std::uint32_t permits = 0) {
  Semaphore semaphore{permits, "semaphore"};
  through(play, early, [&] { semaphore.release(); }, [&] { semaphore.acquire(); });
}
void through_event(Play& play, Early early) {
  Event event{"event"};
  through(play, early, [&] { event.set(); }, [&] { event.wait(); });
}
void through_queue(Play& play, Early early) {
  Queue<int> queue{"queue"};
  through(play, early, [&] { queue.put(1); }, [&] { (void)queue.get(); });
}

void through_future(Play& play, bool early) {
  Two s;
  auto [promise, future] = make_future<int>("future");
  play.run({[&, &promised = promise] {
              if (early) promised.set_value(1);
              play.nest(s.a, s.b);
              if (!early) promised.set_value(1);
            },
            [&, &wanted = future] {
              (void)wanted.get();
              play.nest(s.b, s.a);
            }});
}

void through_barrier(Play& play, bool early) {
  Two s;
  Barrier barrier{2, "barrier"};
  play.run_freely({[&] {
                     if (early) barrier.arrive_and_wait();
                     play.await(0);
                     play.nest(s.a, s.b);
                     play.passed();
                     if (!early) barrier.arrive_and_wait();
                   },
                   [&] {
                     barrier.arrive_and_wait();
                     play.await(1);
                     play.nest(s.b, s.a);
                   }});
}

void join_queue(Play& play, bool early) {
  Two s;
  Queue<int> queue{"queue"};
  queue.put(1);
  play.run({[&] {
              (void)queue.get();
              if (early) queue.task_done();
              play.nest(s.a, s.b);
              if (!early) queue.task_done();
            },
            [&] {
              queue.join();
              play.nest(s.b, s.a);
            }});
}

// What is in the body of a call_once is over for everybody who came through it, whoever ran it. What
// its runner did before is over only if that runner was the first by more than luck.
void through_once(Play& play, bool in_body, bool calls_too) {
  Two s;
  OnceFlag flag{"flag"};
  play.run({[&] {
              if (!in_body) play.nest(s.a, s.b);
              call_once(flag, [&] {
                if (in_body) play.nest(s.a, s.b);
              });
            },
            [&] {
              if (calls_too) {
                call_once(flag, [&] {
                  if (in_body) play.take(s.a, s.b);
                });
              }
              play.nest(s.b, s.a);
            }});
}

template <typename Set, typename Wait>
void through_memory(Play& play, bool early, Set set, Wait wait) {
  Two s;
  play.run({[&] {
              if (early) set();
              play.nest(s.a, s.b);
              set();
            },
            [&] {
              wait();
              play.nest(s.b, s.a);
            }});
}
void through_atomic(Play& play, bool early) {
  std::atomic<bool> flag{false};
  through_memory(
      play, early, [&] { flag = true; },
      [&] {
        while (!flag) std::this_thread::yield();
      });
}
void through_condition(Play& play, bool early) {
  Lock lock{"lock"};
  Condition changed{"changed"};
  bool done = false;
  through_memory(
      play, early,
      [&] {
        const std::lock_guard hold{lock};
        done = true;
        changed.notify_one();
      },
      [&] {
        std::unique_lock hold{lock};
        changed.wait(hold, [&] { return done; });
      });
}

constexpr const char* kMemory =
    "order through ordinary memory is not visible: the schedule that breaks it looks the same";

constexpr std::array kSituations = {
    Situation{"semaphore-second-releaser", "a b", "deadlock",
              [](Play& play) { through_semaphore(play, Early::kSecondThread); },
              [](Play& play) { through_semaphore(play, Early::kNo); }},
    Situation{"semaphore-released-before-too", "a b", "deadlock",
              [](Play& play) { through_semaphore(play, Early::kSameThread); },
              [](Play& play) { through_semaphore(play, Early::kNo); }},
    Situation{"semaphore-with-a-permit", "a b", "deadlock",
              [](Play& play) { through_semaphore(play, Early::kNo, 1); },
              [](Play& play) { through_semaphore(play, Early::kNo, 0); }},
    Situation{"event-second-setter", "a b", "deadlock",
              [](Play& play) { through_event(play, Early::kSecondThread); },
              [](Play& play) { through_event(play, Early::kNo); }},
    Situation{"event-set-before-too", "a b", "deadlock",
              [](Play& play) { through_event(play, Early::kSameThread); },
              [](Play& play) { through_event(play, Early::kNo); }},
    Situation{"queue-second-producer", "a b", "deadlock",
              [](Play& play) { through_queue(play, Early::kSecondThread); },
              [](Play& play) { through_queue(play, Early::kNo); }},
    Situation{"queue-item-before-too", "a b", "deadlock",
              [](Play& play) { through_queue(play, Early::kSameThread); },
              [](Play& play) { through_queue(play, Early::kNo); }},
    Situation{"queue-join-done-before", "a b", "deadlock",
              [](Play& play) { join_queue(play, true); },
              [](Play& play) { join_queue(play, false); }},
    Situation{"future-fulfilled-before", "a b", "deadlock",
              [](Play& play) { through_future(play, true); },
              [](Play& play) { through_future(play, false); }},
    Situation{"barrier-passed-before", "a b", "deadlock",
              [](Play& play) { through_barrier(play, true); },
              [](Play& play) { through_barrier(play, false); }},
    Situation{"once-not-called-by-the-other", "a b", "deadlock",
              [](Play& play) { through_once(play, true, false); },
              [](Play& play) { through_once(play, true, true); }},
    Situation{"once-what-came-before-the-body", "a b", "deadlock",
              [](Play& play) { through_once(play, false, true); },
              [](Play& play) { through_once(play, true, true); }},
    Situation{"atomic-flag", "a b", "deadlock", [](Play& play) { through_atomic(play, true); },
              [](Play& play) { through_atomic(play, false); },
              known_gap(kMemory, kTwinLucky | kTwinFree)},
    Situation{"flag-under-a-lock", "a b", "deadlock",
              [](Play& play) { through_condition(play, true); },
              [](Play& play) { through_condition(play, false); },
              known_gap(kMemory, kTwinLucky | kTwinFree)},
};

}  // namespace

std::span<const Situation> order_through() { return kSituations; }

}  // namespace gridlock::situations
