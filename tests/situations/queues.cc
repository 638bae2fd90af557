// SPDX-License-Identifier: Apache-2.0
//
// Queues: items, room, and the end of the work.
#include "tests/situations/situations.h"

#include <chrono>

namespace gridlock::situations {
namespace {

using namespace std::chrono_literals;

void get_under_lock(Play& play, bool before, bool timed = false) {
  Lock a{"a"};
  Queue<int> q{"q"};
  play.run({[&] {
              play.meet();
              if (before) play.touch(a);
              q.put(1);
              if (!before) play.touch(a);
            },
            [&] {
              const std::lock_guard hold{a};
              play.meet();
              if (timed) {
                (void)q.get_for(1ms);
              } else {
                (void)q.get();
              }
            }});
}

// t2 puts a second item under a; t1 needs a before it takes the first.
void put_under_lock(Play& play, std::uint32_t capacity) {
  Lock a{"a"};
  Queue<int> q{capacity, "q"};
  play.run_freely({[&] {
                     play.await(1);
                     play.meet();
                     play.touch(a);
                     (void)q.get();
                     play.passed();
                   },
                   [&] {
                     q.put(1);
                     play.passed();
                     play.await(2);
                     const std::lock_guard hold{a};
                     play.meet();
                     q.put(2);
                   }});
}

// t2 waits under a until the work is done; t1 needs a for it.
void join_under_lock(Play& play, bool before) {
  Lock a{"a"};
  Queue<int> q{"q"};
  q.put(1);
  play.run({[&] {
              (void)q.get();
              play.meet();
              if (before) play.touch(a);
              q.task_done();
              if (!before) play.touch(a);
            },
            [&] {
              const std::lock_guard hold{a};
              play.meet();
              q.join();
            }});
}

void close_under_lock(Play& play, bool before) {
  Lock a{"a"};
  Queue<int> q{"q"};
  play.run({[&] {
              play.meet();
              if (before) play.touch(a);
              q.close();
              if (!before) play.touch(a);
            },
            [&] {
              const std::lock_guard hold{a};
              play.meet();
              (void)q.get();
            }});
}

// One puts and another closes; the closer needs a, or does not and comes before the wait.
void closed_by_another(Play& play, bool closer_needs) {
  Lock a{"a"};
  Queue<int> q{"q"};
  Turns closed;
  const std::vector<std::function<void()>> bodies = {[&] {
                                                       play.meet();
                                                       play.touch(a);
                                                       (void)q.try_put(1);
                                                     },
                                                     [&] {
                                                       play.meet();
                                                       if (closer_needs) play.touch(a);
                                                       q.close();
                                                       closed.done();
                                                     },
                                                     [&] {
                                                       if (!closer_needs) closed.wait_for(1);
                                                       const std::lock_guard hold{a};
                                                       play.meet();
                                                       (void)q.get();
                                                     }};
  closer_needs ? play.run(bodies) : play.run_freely(bodies);
}

// A put finds the queue closed. In another schedule it comes before, and needs a for that, or nothing.
void put_too_late(Play& play, bool needs) {
  Lock a{"a"};
  Queue<int> q{"q"};
  play.run({[&] {
              play.meet();
              play.touch(a);
              q.close();
            },
            [&] {
              play.meet();
              if (needs) play.touch(a);
              (void)q.try_put(1);
            },
            [&] {
              const std::lock_guard hold{a};
              play.meet();
              (void)q.get();
            }});
}

// The second put needs a, which whoever waits for the end of the work holds; the tasks are done once both are
// there, or one by one. One by one there is nothing to be done while the second is not there.
void end_of_work_not_put_yet(Play& play, bool at_once) {
  Lock a{"a"};
  Queue<int> q{"q"};
  play.run_freely({[&] {
                     if (!at_once) play.touch(a);
                     q.put(1);
                     play.meet();
                     if (at_once) play.touch(a);
                     q.put(2);
                     play.passed();
                   },
                   [&] {
                     play.await(1);
                     const std::lock_guard hold{a};
                     play.meet();
                     q.join();
                   },
                   [&] {
                     (void)q.get();
                     play.meet();
                     if (!at_once) q.task_done();
                     (void)q.get();
                     q.task_done();
                     if (at_once) q.task_done();
                   }});
}

// Who has found it closed does not wait there any more.
void closed_and_seen(Play& play) {
  Lock a{"a"};
  Queue<int> q{"q"};
  play.run({[&] {
              play.touch(a);
              q.close();
            },
            [&] {
              (void)q.get();
              const std::lock_guard hold{a};
              (void)q.get();
            }});
}

void two_producers(Play& play, bool both_need) {
  Lock a{"a"};
  Queue<int> q{"q"};
  Rendezvous given{3};
  const auto produce = [&](bool needs) {
    play.meet();
    if (needs) play.touch(a);
    q.put(1);
    if (!both_need) given.meet();
  };
  const std::vector<std::function<void()>> bodies = {[&] { produce(true); },
                                                     [&] { produce(both_need); },
                                                     [&] {
                                                       if (!both_need) given.meet();
                                                       const std::lock_guard hold{a};
                                                       play.meet();
                                                       (void)q.get();
                                                     }};
  both_need ? play.run(bodies) : play.run_freely(bodies);
}

// Each waits for the other's first item.
void ping_pong(Play& play, bool serve) {
  Queue<int> q{"q"};
  Queue<int> r{"r"};
  play.run_freely({[&] {
                     if (serve) r.put(0);
                     play.attempt([&] { (void)q.get(); });
                     r.put(1);
                   },
                   [&] {
                     play.attempt([&] { (void)r.get(); });
                     q.put(2);
                   }});
}

// Each puts two and then takes two; there is room for one, or for two.
void both_full(Play& play, std::uint32_t capacity) {
  Queue<int> q{capacity, "q"};
  Queue<int> r{capacity, "r"};
  const auto body = [&](Queue<int>& to, Queue<int>& from) {
    int more = 2;
    play.attempt([&] {
      to.put(1);
      to.put(2);
    });
    while (more-- > 0) (void)from.try_get();
  };
  play.run_freely({[&] { body(q, r); }, [&] { body(r, q); }});
}

// Two wait for items, and main for a permit, as does who gets one; of those there are only if there
// were enough items. The last of them is the victim, and frees the others.
void items_for_two(Play& play, unsigned items) {
  Queue<int> q{"q"};
  Semaphore more{items == 2 ? 3u : 0u, "more"};
  std::atomic<bool> rescued{false};
  const auto rescue = [&] {
    if (play.victims() == 0 || rescued.exchange(true)) return;
    more.release(3);
    q.put(1);
  };
  const auto take = [&] {
    play.attempt([&] {
      (void)q.get();
      more.acquire();
    });
    rescue();
  };
  play.run_freely({take, take, [&] {
                     for (unsigned i = 0; i < items; ++i) q.put(1);
                     play.attempt([&] { more.acquire(); });
                     rescue();
                   }});
}

constexpr std::array kSituations = {
    Situation{"item-under-a-lock", "a q", "starvation",
              [](Play& play) { get_under_lock(play, true); },
              [](Play& play) { get_under_lock(play, false); }},
    Situation{"item-for-a-time-only", "a q", "starvation",
              [](Play& play) { get_under_lock(play, true); },
              [](Play& play) { get_under_lock(play, true, true); }},
    Situation{"room-under-a-lock", "a q", "starvation", [](Play& play) { put_under_lock(play, 1); },
              [](Play& play) { put_under_lock(play, 2); }},
    Situation{"room-without-a-bound", "a q", "starvation",
              [](Play& play) { put_under_lock(play, 1); },
              [](Play& play) { put_under_lock(play, 0); }},
    Situation{"end-of-the-work-under-a-lock", "a q", "starvation",
              [](Play& play) { join_under_lock(play, true); },
              [](Play& play) { join_under_lock(play, false); }},
    Situation{"closed-under-a-lock", "a q", "starvation",
              [](Play& play) { close_under_lock(play, true); },
              [](Play& play) { close_under_lock(play, false); }},
    Situation{"closed-by-another", "a q", "starvation",
              [](Play& play) { closed_by_another(play, true); },
              [](Play& play) { closed_by_another(play, false); }},
    Situation{"put-too-late", "a q", "starvation", [](Play& play) { put_too_late(play, true); },
              [](Play& play) { put_too_late(play, false); }},
    Situation{"end-of-work-not-put-yet", "a q", "starvation",
              [](Play& play) { end_of_work_not_put_yet(play, true); },
              [](Play& play) { end_of_work_not_put_yet(play, false); }},
    Situation{"closed-and-seen", "a q", "starvation",
              [](Play& play) { close_under_lock(play, true); },
              [](Play& play) { closed_and_seen(play); }},
    Situation{"two-producers", "a q", "starvation", [](Play& play) { two_producers(play, true); },
              [](Play& play) { two_producers(play, false); }},
    Situation{"ping-pong", nullptr, "starvation", [](Play& play) { ping_pong(play, false); },
              [](Play& play) { ping_pong(play, true); }},
    Situation{"fewer-items-than-getters", nullptr, "starvation",
              [](Play& play) { items_for_two(play, 1); },
              [](Play& play) { items_for_two(play, 2); }},
    Situation{"both-full", nullptr, "starvation", [](Play& play) { both_full(play, 1); },
              [](Play& play) { both_full(play, 2); }},
};

}  // namespace

std::span<const Situation> queues() { return kSituations; }

}  // namespace gridlock::situations
