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

// One thread takes a, b and signals; another waits for that and takes b, a. Somebody else signals
// too, or the first one signals before. In the lucky run the second signaller comes first of all, or
// last: when the order was relied on already.
enum class Extra : std::uint8_t { kNone, kSecondThread, kSecondThreadLast, kSameThread };

void through(Play& play, Extra extra, const std::function<void()>& signal,
             const std::function<void()>& wait) {
  Two s;
  const auto first = [&] {
    if (extra == Extra::kSameThread) signal();
    play.nest(s.a, s.b);
    signal();
  };
  const auto second = [&] {
    wait();
    play.nest(s.b, s.a);
  };
  switch (extra) {
    case Extra::kSecondThread:
      return play.run({signal, first, second}, 2);
    case Extra::kSecondThreadLast:
      return play.run({first, second, signal}, 2);
    case Extra::kNone:
    case Extra::kSameThread:
      return play.run({first, second});
  }
}

void through_semaphore(Play& play, Extra extra, std::uint32_t permits = 0) {
  Semaphore semaphore{permits, "semaphore"};
  through(play, extra, [&] { semaphore.release(); }, [&] { semaphore.acquire(); });
}
void through_event(Play& play, Extra extra) {
  Event event{"event"};
  through(play, extra, [&] { event.set(); }, [&] { event.wait(); });
}
void through_queue(Play& play, Extra extra) {
  Queue<int> queue{"queue"};
  through(play, extra, [&] { queue.put(1); }, [&] { (void)queue.get(); });
}
// Who receives nothing from a queue that is closed comes after its closing.
void through_the_end_of_a_queue(Play& play, Extra extra) {
  Queue<int> queue{"queue"};
  through(play, extra, [&] { queue.close(); }, [&] { (void)queue.get(); });
}
// The second closer comes last, by luck or in every schedule.
void closed_twice(Play& play, bool in_every_schedule) {
  Two s;
  Queue<int> queue{"queue"};
  Event closed{"closed"};
  play.run({[&] {
              play.nest(s.a, s.b);
              queue.close();
              closed.set();
            },
            [&] {
              (void)queue.get();
              play.nest(s.b, s.a);
            },
            [&] {
              if (in_every_schedule) closed.wait();
              queue.close();
            }},
           2);
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

// Two more come to the barrier: who meets whom is luck. In the lucky run they come when the others have
// met; in the one that hangs the first of them lets main through, and the second comes after that.
void through_barrier_of_many(Play& play) {
  Two s;
  Barrier barrier{2, "barrier"};
  Turns through;
  play.run_freely({[&] {
                     play.attempt([&] { play.nest(s.a, s.b); });
                     play.passed();
                     barrier.arrive_and_wait();
                   },
                   [&] {
                     play.await(2);
                     barrier.arrive_and_wait();
                   },
                   [&] {
                     through.wait_for(1);
                     play.await(2);
                     barrier.arrive_and_wait();
                   },
                   [&] {
                     barrier.arrive_and_wait();
                     through.done();
                     play.await(1);
                     play.nest(s.b, s.a);
                     play.passed();
                   }},
                  2);
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
        while (!flag) Play::look_again();
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
    Situation{"semaphore-second-releaser-comes-last", "a b", "deadlock",
              [](Play& play) { through_semaphore(play, Extra::kSecondThreadLast); },
              [](Play& play) { through_semaphore(play, Extra::kNone); }},
    Situation{"semaphore-second-releaser", "a b", "deadlock",
              [](Play& play) { through_semaphore(play, Extra::kSecondThread); },
              [](Play& play) { through_semaphore(play, Extra::kNone); }},
    Situation{"semaphore-released-before-too", "a b", "deadlock",
              [](Play& play) { through_semaphore(play, Extra::kSameThread); },
              [](Play& play) { through_semaphore(play, Extra::kNone); }},
    Situation{"semaphore-with-a-permit", "a b", "deadlock",
              [](Play& play) { through_semaphore(play, Extra::kNone, 1); },
              [](Play& play) { through_semaphore(play, Extra::kNone, 0); }},
    Situation{"event-second-setter-comes-last", "a b", "deadlock",
              [](Play& play) { through_event(play, Extra::kSecondThreadLast); },
              [](Play& play) { through_event(play, Extra::kNone); }},
    Situation{"event-second-setter", "a b", "deadlock",
              [](Play& play) { through_event(play, Extra::kSecondThread); },
              [](Play& play) { through_event(play, Extra::kNone); }},
    Situation{"event-set-before-too", "a b", "deadlock",
              [](Play& play) { through_event(play, Extra::kSameThread); },
              [](Play& play) { through_event(play, Extra::kNone); }},
    Situation{"queue-second-producer-comes-last", "a b", "deadlock",
              [](Play& play) { through_queue(play, Extra::kSecondThreadLast); },
              [](Play& play) { through_queue(play, Extra::kNone); }},
    Situation{"queue-second-producer", "a b", "deadlock",
              [](Play& play) { through_queue(play, Extra::kSecondThread); },
              [](Play& play) { through_queue(play, Extra::kNone); }},
    Situation{"queue-item-before-too", "a b", "deadlock",
              [](Play& play) { through_queue(play, Extra::kSameThread); },
              [](Play& play) { through_queue(play, Extra::kNone); }},
    Situation{"queue-join-done-before", "a b", "deadlock",
              [](Play& play) { join_queue(play, true); },
              [](Play& play) { join_queue(play, false); }},
    Situation{"queue-closed-before", "a b", "deadlock",
              [](Play& play) { through_the_end_of_a_queue(play, Extra::kSameThread); },
              [](Play& play) { through_the_end_of_a_queue(play, Extra::kNone); }},
    Situation{"queue-second-closer-comes-last", "a b", "deadlock",
              [](Play& play) { closed_twice(play, false); },
              [](Play& play) { closed_twice(play, true); }},
    Situation{"future-fulfilled-before", "a b", "deadlock",
              [](Play& play) { through_future(play, true); },
              [](Play& play) { through_future(play, false); }},
    Situation{"barrier-passed-before", "a b", "deadlock",
              [](Play& play) { through_barrier(play, true); },
              [](Play& play) { through_barrier(play, false); }},
    Situation{"barrier-more-threads-than-parties", "a b", "deadlock",
              [](Play& play) { through_barrier_of_many(play); },
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
