// SPDX-License-Identifier: Apache-2.0
//
// Order that a signal and something else make together: a lock that is held across it, a signaller that
// has to receive first, the body of a call_once.
#include "tests/situations/situations.h"

#include <atomic>
#include <shared_mutex>
#include <thread>

namespace gridlock::situations {
namespace {

struct Three {
  Lock a{"a"};
  Lock b{"b"};
  Lock c{"c"};
};

void try_nest(Play& play, Lock& first, Lock& second) {
  play.attempt([&] { play.nest(first, second); });
}

// What is taken under a, after the signal that was given under a, or when a was given back.
void across_a_start(Play& play, bool across) {
  Three s;
  play.run_freely({[&] {
                    Turns turn;
                    std::unique_lock hold{s.a};
                    const Thread t1{"t1", [&] {
                                      if (play.lucky()) turn.wait_for(1);
                                      play.touch(s.a);
                                      try_nest(play, s.c, s.b);
                                    }};
                    if (!across) hold.unlock();
                    try_nest(play, s.b, s.c);
                    if (across) hold.unlock();
                    turn.done();
                  }},
                  2);
}

void across_an_event(Play& play, bool across) {
  Three s;
  Event e{"e"};
  play.run({[&] {
              std::unique_lock hold{s.a};
              e.set();
              if (!across) hold.unlock();
              play.nest(s.b, s.c);
            },
            [&] {
              e.wait();
              play.touch(s.a);
              play.nest(s.c, s.b);
            }});
}

// Who receives the item takes a first, or last.
void across_an_item(Play& play, bool first) {
  Three s;
  Queue<int> q{"q"};
  play.run({[&] {
              const std::lock_guard hold{s.a};
              q.put(1);
              play.nest(s.b, s.c);
            },
            [&] {
              (void)q.get();
              if (first) play.touch(s.a);
              play.nest(s.c, s.b);
              if (!first) play.touch(s.a);
            }});
}

// Another thread sets the event as well.
void across_one_of_two_events(Play& play) {
  Three s;
  Event e{"e"};
  std::atomic<bool> through{false};
  play.run({[&] {
              while (play.hangs() && !through) Play::look_again();
              const std::lock_guard hold{s.a};
              e.set();
              play.nest(s.b, s.c);
            },
            [&] {
              e.wait();
              play.touch(s.a);
              through = true;
              play.nest(s.c, s.b);
            },
            [&] { e.set(); }},
           2);
}

// Held for reading: who reads does not wait for it, who writes does.
void read_across_an_event(Play& play, bool writes) {
  Three s;
  SharedLock a{"a"};
  Event e{"e"};
  play.run({[&] {
              const std::shared_lock hold{a};
              e.set();
              play.nest(s.b, s.c);
            },
            [&] {
              e.wait();
              writes ? play.touch(a) : play.touch(Reading{a});
              play.nest(s.c, s.b);
            }});
}

// Who holds it for writing lets readers in before the nesting, or after.
void downgraded_after_an_event(Play& play, bool early) {
  Three s;
  SharedLock a{"a"};
  Event e{"e"};
  play.run({[&] {
              a.lock();
              e.set();
              if (early) a.downgrade();
              try_nest(play, s.b, s.c);
              if (!early) a.downgrade();
              a.unlock_shared();
            },
            [&] {
              e.wait();
              play.touch(Reading{a});
              play.nest(s.c, s.b);
            }});
}

// Each of the others gives the permit on.
void giver_has_received(Play& play, bool early) {
  Three s;
  Semaphore permit{0, "s"};
  play.run({[&] {
              if (early) permit.release();
              try_nest(play, s.a, s.b);
              if (!early) permit.release();
            },
            [&] {
              permit.acquire();
              try_nest(play, s.b, s.a);
              permit.release();
            },
            [&] {
              permit.acquire();
              permit.release();
            }},
           2);
}

void setter_has_waited(Play& play, bool early) {
  Three s;
  Event e{"e"};
  play.run({[&] {
              if (early) e.set();
              play.nest(s.a, s.b);
              if (!early) e.set();
            },
            [&] {
              e.wait();
              try_nest(play, s.b, s.a);
              e.set();
            }});
}

// The second one is started by the first, before it gives its own permit or after.
void giver_started(Play& play, bool before) {
  Three s;
  Semaphore permits{0, "s"};
  const auto give = [&] { permits.release(); };
  play.run({[&] {
              Thread t2;
              if (before) t2 = Thread{"t2", give};
              try_nest(play, s.a, s.b);
              give();
              if (!before) t2 = Thread{"t2", give};
            },
            [&] {
              permits.acquire();
              play.nest(s.b, s.a);
              permits.acquire();
            }});
}

// The other giver is no help: it has to wait for the same.
void giver_waits_too(Play& play, bool needs) {
  Lock a{"a"};
  Semaphore permit{0, "s"};
  play.run({[&] {
              play.meet();
              if (needs) play.touch(a);
              permit.release();
              if (!needs) play.touch(a);
            },
            [&] {
              play.attempt([&] { permit.acquire(); });
              permit.release();
            },
            [&] {
              {
                const std::lock_guard hold{a};
                play.meet();
                permit.acquire();
              }
              permit.release();
            }},
           2);
}

void once_and_event(Play& play, bool in_body) {
  Three s;
  Event e{"e"};
  OnceFlag o{"o"};
  const auto body = [&] {
    if (in_body) play.take(s.a, s.b);
    e.set();
  };
  play.run({[&] {
              if (!in_body) try_nest(play, s.a, s.b);
              call_once(o, body);
            },
            [&] {
              call_once(o, body);
              play.nest(s.b, s.a);
            }});
}

void once_wakes_another(Play& play, bool in_body) {
  Three s;
  Event e{"e"};
  OnceFlag o{"o"};
  const auto body = [&] {
    if (in_body) play.take(s.a, s.b);
    e.set();
  };
  play.run({[&] {
              if (!in_body) try_nest(play, s.a, s.b);
              call_once(o, body);
            },
            [&] { call_once(o, body); },
            [&] {
              e.wait();
              play.nest(s.b, s.a);
            }},
           2);
}

void once_starts(Play& play, bool in_body) {
  Three s;
  OnceFlag o{"o"};
  Thread child;
  const auto body = [&] {
    if (in_body) play.take(s.a, s.b);
    child = Thread{"child", [&] { try_nest(play, s.b, s.a); }};
  };
  play.run({[&] {
              if (!in_body) try_nest(play, s.a, s.b);
              call_once(o, body);
            },
            [&] { call_once(o, body); }, [] {}},
           2);
  child.join();
}

// t2 is started before the main thread takes a and b, or after; it might have run the body.
void once_heard(Play& play, bool by_all) {
  Three s;
  OnceFlag o{"o"};
  play.take(s.b);
  play.run_freely({[&] {
                    Turns turn;
                    Thread child;
                    const auto body = [&] {
                      child = Thread{"child", [&] { try_nest(play, s.b, s.a); }};
                    };
                    const auto second = [&] {
                      if (play.lucky()) turn.wait_for(1);
                      call_once(o, body);
                    };
                    Thread t2;
                    if (!by_all) t2 = Thread{"t2", second};
                    try_nest(play, s.a, s.b);
                    if (by_all) t2 = Thread{"t2", second};
                    Thread t1{"t1", [&] {
                                call_once(o, body);
                                turn.done();
                              }};
                    t1.join();
                    t2.join();
                    child.join();
                  }},
                  2);
}

constexpr std::array kSituations = {
    Situation{"lock-held-across-a-start", "b c", "deadlock",
              [](Play& play) { across_a_start(play, false); },
              [](Play& play) { across_a_start(play, true); }},
    Situation{"lock-held-across-an-event", "b c", "deadlock",
              [](Play& play) { across_an_event(play, false); },
              [](Play& play) { across_an_event(play, true); }},
    Situation{"lock-held-across-an-item", "b c", "deadlock",
              [](Play& play) { across_an_item(play, false); },
              [](Play& play) { across_an_item(play, true); }},
    Situation{"lock-held-across-one-of-two-events", "b c", "deadlock",
              [](Play& play) { across_one_of_two_events(play); },
              [](Play& play) { across_an_event(play, true); }},
    Situation{"lock-held-for-reading-across-an-event", "b c", "deadlock",
              [](Play& play) { read_across_an_event(play, false); },
              [](Play& play) { read_across_an_event(play, true); }},
    Situation{"lock-held-across-an-event-and-downgraded", "b c", "deadlock",
              [](Play& play) { downgraded_after_an_event(play, true); },
              [](Play& play) { downgraded_after_an_event(play, false); }},
    Situation{"second-giver-has-received", "a b", "deadlock",
              [](Play& play) { giver_has_received(play, true); },
              [](Play& play) { giver_has_received(play, false); }},
    Situation{"second-setter-has-waited", "a b", "deadlock",
              [](Play& play) { setter_has_waited(play, true); },
              [](Play& play) { setter_has_waited(play, false); }},
    Situation{"second-giver-started-after", "a b", "deadlock",
              [](Play& play) { giver_started(play, true); },
              [](Play& play) { giver_started(play, false); }},
    Situation{"second-giver-has-to-wait-too", "a s", "starvation",
              [](Play& play) { giver_waits_too(play, true); },
              [](Play& play) { giver_waits_too(play, false); }},
    Situation{"once-body-that-signals", "a b", "deadlock",
              [](Play& play) { once_and_event(play, false); },
              [](Play& play) { once_and_event(play, true); }},
    Situation{"once-body-that-wakes-another", "a b", "deadlock",
              [](Play& play) { once_wakes_another(play, false); },
              [](Play& play) { once_wakes_another(play, true); }},
    Situation{"once-body-that-starts", "a b", "deadlock",
              [](Play& play) { once_starts(play, false); },
              [](Play& play) { once_starts(play, true); }},
    Situation{"once-body-after-what-all-have-heard", "a b", "deadlock",
              [](Play& play) { once_heard(play, false); },
              [](Play& play) { once_heard(play, true); }},
};

}  // namespace

std::span<const Situation> hand_overs() { return kSituations; }

}  // namespace gridlock::situations
