// SPDX-License-Identifier: Apache-2.0
//
// Conditions that are waited for with a test that is true at once: in another schedule it would not
// have been.
#include "tests/situations/situations.h"

#include <atomic>
#include <chrono>
#include <thread>

namespace gridlock::situations {
namespace {

using namespace std::chrono_literals;

struct Parts {
  Lock o{"o"};
  Lock m{"m"};
  Condition changed{"changed"};
  bool ready = false;

  void notify() {
    const std::lock_guard hold{m};
    ready = true;
    changed.notify_one();
  }
  void wait_holding(Play& play) {
    const std::lock_guard outer{o};
    std::unique_lock hold{m};
    play.meet();
    changed.wait(hold, [&] { return ready; });
  }
};

// t1 needs o before it notifies (`before`), or after.
void true_at_once(Play& play, bool before) {
  Parts s;
  play.run({[&] {
              play.meet();
              if (before) play.touch(s.o);
              s.notify();
              if (!before) play.touch(s.o);
            },
            [&] { s.wait_holding(play); }});
}

void notified_unlocked(Play& play, bool before) {
  Parts s;
  play.run({[&] {
              play.meet();
              if (before) play.touch(s.o);
              {
                const std::lock_guard hold{s.m};
                s.ready = true;
              }
              s.changed.notify_all();
              if (!before) play.touch(s.o);
            },
            [&] { s.wait_holding(play); }});
}

void for_a_time(Play& play) {
  Parts s;
  play.run({[&] {
              play.touch(s.o);
              s.notify();
            },
            [&] {
              const std::lock_guard outer{s.o};
              std::unique_lock hold{s.m};
              s.changed.wait_for(hold, 1ms, [&] { return s.ready; });
            }});
}

// Another thread than the notifier made the test true, and was over before.
void made_true_before_the_start(Play& play) {
  Parts s;
  Thread{"early",
         [&] {
           const std::lock_guard hold{s.m};
           s.ready = true;
         }}
      .join();
  play.run({[&] {
              play.touch(s.o);
              const std::lock_guard hold{s.m};
              s.changed.notify_one();
            },
            [&] { s.wait_holding(play); }});
}

// The test is true from the beginning, and was found so before anybody had notified.
void true_from_the_first(Play& play) {
  Parts s;
  s.ready = true;
  std::atomic<bool> tried{false};
  play.run_freely({[&] {
                     while (!tried) Play::look_again();
                     play.touch(s.o);
                     {
                       const std::lock_guard hold{s.m};
                       s.changed.notify_one();
                     }
                     play.passed();
                   },
                   [&] {
                     {
                       std::unique_lock hold{s.m};
                       s.changed.wait(hold, [&] { return s.ready; });
                     }
                     tried = true;
                     play.await(1);
                     s.wait_holding(play);
                   }});
}

// The same, when nobody had looked before.
void true_all_along(Play& play) {
  Parts s;
  s.ready = true;
  std::atomic<bool> notified{false};
  play.run_freely({[&] {
                     play.touch(s.o);
                     s.notify();
                     notified = true;
                   },
                   [&] {
                     while (!notified) Play::look_again();
                     s.wait_holding(play);
                   }});
}

// t1 notifies twice, and needs o in between: before the test is true, or after.
void notified_twice(Play& play, bool before) {
  Parts s;
  play.run({[&] {
              if (before) {
                s.changed.notify_one();
                play.meet();
              } else {
                s.notify();
              }
              play.touch(s.o);
              s.notify();
            },
            [&] { s.wait_holding(play); }});
}

// t2 keeps b while it waits under m. t1 takes b under m when it has notified, or afterwards.
void lock_taken_again(Play& play, bool under) {
  Parts s;
  Lock b{"b"};
  play.run({[&] {
              play.meet();
              {
                const std::lock_guard hold{s.m};
                s.ready = true;
                s.changed.notify_one();
                if (under) play.touch(b);
              }
              if (!under) play.touch(b);
            },
            [&] {
              std::unique_lock hold{s.m};
              const std::lock_guard kept{b};
              play.meet();
              s.changed.wait(hold, [&] { return s.ready; });
            }});
}

// t3 waits under a for the event of t2, which waits for t1's notification; t1 needs a before it, or not.
// In the lucky run t2 comes when t1 is over, or sleeps before.
void through_an_event(Play& play, bool needs, bool sleeps) {
  Parts s;
  Lock a{"a"};
  Event e{"e"};
  const auto notifier = [&] {
    if (sleeps) play.await(1);
    if (sleeps) play.until_it_sleeps();
    play.meet();
    if (needs) play.touch(a);
    s.notify();
    if (!needs) play.touch(a);
    play.passed();
  };
  const auto between = [&] {
    if (!sleeps) play.await(1);
    play.meet();
    {
      std::unique_lock hold{s.m};
      play.this_is_me();
      if (sleeps) play.passed();
      play.attempt([&] { s.changed.wait(hold, [&] { return s.ready; }); });
    }
    e.set();
    if (!sleeps) play.passed();
  };
  const auto waiter = [&] {
    play.await(2);
    const std::lock_guard hold{a};
    play.meet();
    e.wait();
  };
  play.run_freely({notifier, between, waiter});
}

// In the lucky run t1 is at the lock already when t2 lets go of it to wait.
void notified_at_once(Play& play, bool before) {
  Parts s;
  play.run_freely({[&] {
                     play.meet();
                     if (before) play.touch(s.o);
                     play.this_is_me();
                     play.passed();
                     play.await(2);
                     s.notify();
                     if (!before) play.touch(s.o);
                   },
                   [&] {
                     play.await(1);
                     const std::lock_guard outer{s.o};
                     std::unique_lock hold{s.m};
                     play.meet();
                     play.passed();
                     play.until_it_sleeps();
                     s.changed.wait(hold, [&] { return s.ready; });
                   }});
}

constexpr const char* kTrue =
    "what makes a test true is not seen: one that is true in every schedule looks the same";

constexpr auto kReal = [](Play& play) { true_at_once(play, true); };

constexpr std::array kSituations = {
    Situation{"test-true-at-once", "changed o", "starvation", kReal,
              [](Play& play) { true_at_once(play, false); }},
    Situation{"test-true-at-once-notified-unlocked", "changed o", "starvation",
              [](Play& play) { notified_unlocked(play, true); },
              [](Play& play) { notified_unlocked(play, false); }},
    Situation{"test-true-at-once-for-a-time", "changed o", "starvation", kReal,
              [](Play& play) { for_a_time(play); }},
    Situation{"test-made-true-before-the-start", "changed o", "starvation", kReal,
              [](Play& play) { made_true_before_the_start(play); }},
    Situation{"test-true-from-the-first", "changed o", "starvation", kReal,
              [](Play& play) { true_from_the_first(play); }},
    Situation{"test-true-all-along", "changed o", "starvation", kReal,
              [](Play& play) { true_all_along(play); }, known_gap(kTrue, kTwinLucky | kTwinFree)},
    Situation{"notified-before-it-needs", "changed o", "starvation",
              [](Play& play) { notified_twice(play, true); },
              [](Play& play) { notified_twice(play, false); }},
    Situation{"notified-as-soon-as-released", "changed o", "starvation",
              [](Play& play) { notified_at_once(play, true); },
              [](Play& play) { notified_at_once(play, false); }},
    Situation{"test-true-at-once-lock-taken-again", "b m", "deadlock",
              [](Play& play) { lock_taken_again(play, true); },
              [](Play& play) { lock_taken_again(play, false); }},
    Situation{"test-true-at-once-through-an-event", "a changed e", "starvation",
              [](Play& play) { through_an_event(play, true, false); },
              [](Play& play) { through_an_event(play, false, false); }},
    Situation{"notified-and-then-waited-for", "a changed e", "starvation",
              [](Play& play) { through_an_event(play, true, true); },
              [](Play& play) { through_an_event(play, false, true); }},
};

}  // namespace

std::span<const Situation> tested_waits() { return kSituations; }

}  // namespace gridlock::situations
