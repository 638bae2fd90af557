// SPDX-License-Identifier: Apache-2.0
//
// What signals order: of events that are cleared, of latches, and of queues with several ends.
#include "tests/situations/situations.h"

#include <atomic>
#include <thread>

namespace gridlock::situations {
namespace {

struct Two {
  Lock a{"a"};
  Lock b{"b"};
};

// For a thread that others wait for.
void try_nest(Play& play, Lock& first, Lock& second) {
  play.attempt([&] { play.nest(first, second); });
}

void cleared_after(Play& play, bool early) {
  Two s;
  Event e{"e"};
  play.run({[&] {
              if (early) e.set();
              play.nest(s.a, s.b);
              if (!early) e.set();
            },
            [&] {
              e.wait();
              e.clear();
              play.nest(s.b, s.a);
            }});
}

void cleared_by_its_setter(Play& play, bool early) {
  Two s;
  Event e{"e"};
  std::atomic<bool> seen{false};
  play.run_freely({[&] {
                     if (!early) play.nest(s.a, s.b);
                     e.set();
                     while (!seen) Play::look_again();
                     e.clear();
                     if (early) play.nest(s.a, s.b);
                     play.passed();
                   },
                   [&] {
                     e.wait();
                     seen = true;
                     play.await(1);
                     play.nest(s.b, s.a);
                   }});
}

// t2 answers the first set, and has cleared it by then.
void set_again(Play& play, bool early) {
  Two s;
  Event e{"e"};
  Event r{"r"};
  play.run_freely({[&] {
                     e.set();
                     r.wait();
                     if (early) e.set();
                     play.nest(s.a, s.b);
                     if (!early) e.set();
                     play.passed();
                   },
                   [&] {
                     e.wait();
                     e.clear();
                     r.set();
                     e.wait();
                     play.await(1);
                     play.nest(s.b, s.a);
                   }});
}

void waited_for_again(Play& play, bool needs) {
  Lock a{"a"};
  Event e{"e"};
  Event r{"r"};
  play.run_freely({[&] {
                     e.set();
                     r.wait();
                     play.meet();
                     if (needs) play.touch(a);
                     e.set();
                     if (!needs) play.touch(a);
                     play.passed();
                   },
                   [&] {
                     e.wait();
                     e.clear();
                     r.set();
                     play.await(1);
                     const std::lock_guard hold{a};
                     play.meet();
                     e.wait();
                   }});
}

// Two threads give one permit each, and the third takes one or both of them. `more`: another one gives
// one, too, in the lucky run after all that.
void latch_of_permits(Play& play, int taken, bool more) {
  Two s;
  Semaphore permits{0, "s"};
  const auto first = [&] {
    try_nest(play, s.a, s.b);
    permits.release();
  };
  const auto give = [&] { permits.release(); };
  const auto third = [&] {
    for (int i = 0; i < taken; ++i) permits.acquire();
    play.nest(s.b, s.a);
  };
  more ? play.run({first, give, third, give}, 2) : play.run({first, give, third}, 2);
}

// The third one is started when both permits of the first two were taken, or with them.
void next_round(Play& play, bool started_after) {
  Two s;
  Semaphore permits{0, "s"};
  play.run_freely({[&] {
                    Turns given;
                    const auto give = [&] {
                      permits.release();
                      given.done();
                    };
                    const Thread t1{"t1", [&] {
                                      try_nest(play, s.a, s.b);
                                      give();
                                    }};
                    const Thread t2{"t2", give};
                    Thread t3;
                    if (!started_after) t3 = Thread{"t3", give};
                    if (play.lucky()) given.wait_for(started_after ? 2 : 3);
                    permits.acquire();
                    permits.acquire();
                    if (started_after) t3 = Thread{"t3", give};
                    try_nest(play, s.b, s.a);
                    permits.acquire();
                  }},
                  2);
}

void latch_of_items(Play& play, int taken) {
  Two s;
  Queue<int> q{"q"};
  play.run({[&] {
              try_nest(play, s.a, s.b);
              q.put(1);
            },
            [&] { q.put(2); },
            [&] {
              for (int i = 0; i < taken; ++i) (void)q.get();
              play.nest(s.b, s.a);
            }},
           2);
}

void latch_of_tasks(Play& play, bool early) {
  Two s;
  Queue<int> q{"q"};
  q.put(1);
  q.put(2);
  play.run({[&] {
              (void)q.get();
              if (early) q.task_done();
              try_nest(play, s.a, s.b);
              if (!early) q.task_done();
            },
            [&] {
              (void)q.get();
              q.task_done();
            },
            [&] {
              q.join();
              play.nest(s.b, s.a);
            }},
           2);
}

void last_task(Play& play, bool early) {
  Two s;
  Queue<int> q{"q"};
  q.put(1);
  q.put(2);
  play.run({[&] {
              (void)q.get();
              q.task_done();
              (void)q.get();
              if (early) q.task_done();
              try_nest(play, s.a, s.b);
              if (!early) q.task_done();
            },
            [&] {
              q.join();
              play.nest(s.b, s.a);
            }});
}

// Two workers answer one request each; the client has one answer or both when it goes on.
void reply_of_each(Play& play, bool both) {
  Two s;
  Queue<int> q{"q"};
  Queue<int> r{"r"};
  q.put(1);
  q.put(2);
  play.run({[&] {
              (void)q.get();
              try_nest(play, s.a, s.b);
              r.put(1);
            },
            [&] {
              (void)q.get();
              r.put(2);
            },
            [&] {
              (void)r.get();
              if (both) (void)r.get();
              try_nest(play, s.b, s.a);
              if (!both) (void)r.get();
            }},
           2);
}

void bounded(Play& play, bool early) {
  Two s;
  Queue<int> q{2, "q"};
  Turns taken;
  play.run({[&] {
              if (early) q.put(1);
              try_nest(play, s.a, s.b);
              if (!early) q.put(1);
              q.put(2);
            },
            [&] {
              (void)q.get();
              taken.done();
              play.nest(s.b, s.a);
            },
            [&] {
              if (play.hangs()) taken.wait_for(1);
              (void)q.get();
            }},
           2);
}

void closed_after_the_item(Play& play, bool early) {
  Two s;
  Queue<int> q{"q"};
  Event e{"e"};
  play.run({[&] {
              if (early) q.put(1);
              try_nest(play, s.a, s.b);
              if (!early) q.put(1);
            },
            [&] {
              (void)q.get();
              e.set();
              play.nest(s.b, s.a);
            },
            [&] {
              e.wait();
              q.close();
            }},
           2);
}

// The main thread closes the queue when it has joined both producers, or one.
void closed_when_all_is_put(Play& play, bool both) {
  Two s;
  Queue<int> q{"q"};
  play.run_freely({[&] {
                    Turns put;
                    Thread t1{"t1", [&] {
                                try_nest(play, s.a, s.b);
                                try {
                                  q.put(1);
                                } catch (const QueueClosed&) {  // NOLINT(bugprone-empty-catch)
                                }
                                put.done();
                              }};
                    Thread t2{"t2", [&] {
                                q.put(2);
                                put.done();
                              }};
                    const Thread t3{"t3", [&] {
                                      if (play.lucky()) put.wait_for(2);
                                      for (int i = 0; i < 3; ++i) (void)q.get();
                                      try_nest(play, s.b, s.a);
                                    }};
                    if (play.lucky()) put.wait_for(2);
                    if (both) t1.join();
                    t2.join();
                    q.close();
                  }},
                  2);
}

constexpr std::array kSituations = {
    Situation{"event-cleared-after", "a b", "deadlock",
              [](Play& play) { cleared_after(play, true); },
              [](Play& play) { cleared_after(play, false); }},
    Situation{"event-cleared-by-its-setter", "a b", "deadlock",
              [](Play& play) { cleared_by_its_setter(play, true); },
              [](Play& play) { cleared_by_its_setter(play, false); }},
    Situation{"event-cleared-and-set-again", "a b", "deadlock",
              [](Play& play) { set_again(play, true); },
              [](Play& play) { set_again(play, false); }},
    Situation{"event-waited-for-again", "a e", "starvation",
              [](Play& play) { waited_for_again(play, true); },
              [](Play& play) { waited_for_again(play, false); }},
    Situation{"latch-of-permits", "a b", "deadlock",
              [](Play& play) { latch_of_permits(play, 1, false); },
              [](Play& play) { latch_of_permits(play, 2, false); }},
    Situation{"latch-and-one-permit-more", "a b", "deadlock",
              [](Play& play) { latch_of_permits(play, 2, true); },
              [](Play& play) { latch_of_permits(play, 2, false); }},
    Situation{"latch-of-the-next-round", "a b", "deadlock",
              [](Play& play) { next_round(play, false); },
              [](Play& play) { next_round(play, true); }},
    Situation{"latch-of-items", "a b", "deadlock", [](Play& play) { latch_of_items(play, 1); },
              [](Play& play) { latch_of_items(play, 2); }},
    Situation{"latch-of-tasks", "a b", "deadlock", [](Play& play) { latch_of_tasks(play, true); },
              [](Play& play) { latch_of_tasks(play, false); }},
    Situation{"latch-of-the-last-task", "a b", "deadlock",
              [](Play& play) { last_task(play, true); },
              [](Play& play) { last_task(play, false); }},
    Situation{"reply-of-each-worker", "a b", "deadlock",
              [](Play& play) { reply_of_each(play, false); },
              [](Play& play) { reply_of_each(play, true); }},
    Situation{"item-of-a-bounded-queue", "a b", "deadlock", [](Play& play) { bounded(play, true); },
              [](Play& play) { bounded(play, false); }},
    Situation{"queue-closed-after-the-item", "a b", "deadlock",
              [](Play& play) { closed_after_the_item(play, true); },
              [](Play& play) { closed_after_the_item(play, false); }},
    Situation{"queue-closed-when-all-is-put", "a b", "deadlock",
              [](Play& play) { closed_when_all_is_put(play, false); },
              [](Play& play) { closed_when_all_is_put(play, true); }},
};

}  // namespace

std::span<const Situation> signals() { return kSituations; }

}  // namespace gridlock::situations
