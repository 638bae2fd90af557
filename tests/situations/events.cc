// SPDX-License-Identifier: Apache-2.0
//
// Events.
#include "tests/situations/situations.h"

#include <chrono>

namespace gridlock::situations {
namespace {

using namespace std::chrono_literals;

// t1 gets a before it sets, or after; t2 waits for it under a.
void set_under_lock(Play& play, bool before) {
  Lock a{"a"};
  Event e{"e"};
  play.run({[&] {
              play.meet();
              if (before) play.touch(a);
              e.set();
              if (!before) play.touch(a);
            },
            [&] {
              const std::lock_guard hold{a};
              play.meet();
              e.wait();
            }});
}

// The same with a value that t1 changes.
void change_under_lock(Play& play, bool before) {
  Lock a{"a"};
  Atomic<int> e{0, "e"};
  play.run({[&] {
              play.meet();
              if (before) play.touch(a);
              e = 1;
              e.notify_all();
              if (!before) play.touch(a);
            },
            [&] {
              const std::lock_guard hold{a};
              play.meet();
              e.wait(0);
            }});
}

void waits_for_a_time(Play& play) {
  Lock a{"a"};
  Event e{"e"};
  play.run({[&] {
              play.touch(a);
              e.set();
            },
            [&] {
              const std::lock_guard hold{a};
              e.wait_for(1ms);
            }});
}

// t3 -> t2 -> t1: each waits for the next one's event, and t1 holds what t3 needs.
void chain(Play& play, bool needs) {
  Lock a{"a"};
  Event e{"e"};
  Event f{"f"};
  play.run({[&] {
              play.meet();
              if (needs) play.touch(a);
              f.set();
            },
            [&] {
              play.meet();
              play.attempt([&] { f.wait(); });
              e.set();
            },
            [&] {
              const std::lock_guard hold{a};
              play.meet();
              e.wait();
            }});
}

// The second thread that sets does not need a, and comes before the wait; or does.
void two_setters(Play& play, bool both_need) {
  Lock a{"a"};
  Event e{"e"};
  Rendezvous given{3};
  const auto set = [&](bool needs) {
    play.meet();
    if (needs) play.touch(a);
    e.set();
    if (!both_need) given.meet();
  };
  const std::vector<std::function<void()>> bodies = {[&] { set(true); }, [&] { set(both_need); },
                                                     [&] {
                                                       if (!both_need) given.meet();
                                                       const std::lock_guard hold{a};
                                                       play.meet();
                                                       e.wait();
                                                     }};
  both_need ? play.run(bodies) : play.run_freely(bodies);
}

// The setter's a is over before the waiter begins, or not.
void started_after(Play& play, bool after) {
  Lock a{"a"};
  Event e{"e"};
  const auto waiter = [&] {
    const std::lock_guard hold{a};
    play.meet();
    e.wait();
  };
  if (after) {
    play.touch(a);
    Thread late{"late", waiter};
    e.set();
    return;
  }
  set_under_lock(play, true);
}

// Both take a under g. That keeps them apart at a, but not where the waiter keeps g as well.
void gated(Play& play, bool before) {
  Lock g{"g"};
  Lock a{"a"};
  Event e{"e"};
  play.run({[&] {
              play.meet();
              if (!before) e.set();
              play.attempt([&] { play.take(g, a); });
              if (before) e.set();
            },
            [&] {
              const std::lock_guard gate{g};
              const std::lock_guard hold{a};
              play.meet();
              e.wait();
            }});
}

// The setter had a before it set f, and whoever waits for e under a has seen f first; or has not.
void through_another(Play& play, bool sees_it) {
  Lock a{"a"};
  Event e{"e"};
  Event f{"f"};
  play.run({[&] {
              play.meet();
              play.touch(a);
              f.set();
              e.set();
            },
            [&] {
              if (sees_it) f.wait();
              const std::lock_guard hold{a};
              play.meet();
              e.wait();
            }});
}

// Two that need each other's event first.
void crossed(Play& play, bool first_sets) {
  Event e{"e"};
  Event f{"f"};
  play.run_freely({[&] {
                     if (first_sets) f.set();
                     play.attempt([&] { e.wait(); });
                     f.set();
                   },
                   [&] {
                     play.attempt([&] { f.wait(); });
                     e.set();
                   }});
}

constexpr std::array kSituations = {
    Situation{"waited-for-under-a-lock", "a e", "starvation",
              [](Play& play) { set_under_lock(play, true); },
              [](Play& play) { set_under_lock(play, false); }},
    Situation{"waited-for-a-time", "a e", "starvation",
              [](Play& play) { set_under_lock(play, true); },
              [](Play& play) { waits_for_a_time(play); }},
    Situation{"through-a-second-event", "a e f", "starvation",
              [](Play& play) { chain(play, true); }, [](Play& play) { chain(play, false); }},
    Situation{"two-setters", "a e", "starvation", [](Play& play) { two_setters(play, true); },
              [](Play& play) { two_setters(play, false); }},
    Situation{"waiter-started-after", "a e", "starvation",
              [](Play& play) { started_after(play, false); },
              [](Play& play) { started_after(play, true); }},
    Situation{"gate-that-the-waiter-keeps", "e g", "starvation",
              [](Play& play) { gated(play, true); }, [](Play& play) { gated(play, false); }},
    Situation{"seen-before-the-wait", "a e", "starvation",
              [](Play& play) { through_another(play, false); },
              [](Play& play) { through_another(play, true); }},
    Situation{"crossed", nullptr, "starvation", [](Play& play) { crossed(play, false); },
              [](Play& play) { crossed(play, true); }},
    Situation{"changed-under-a-lock", "a e", "starvation",
              [](Play& play) { change_under_lock(play, true); },
              [](Play& play) { change_under_lock(play, false); }},
};

}  // namespace

std::span<const Situation> events() { return kSituations; }

}  // namespace gridlock::situations
