// SPDX-License-Identifier: Apache-2.0
//
// Barriers.
#include "tests/situations/situations.h"

#include <thread>

namespace gridlock::situations {
namespace {

// `parties` come to the barrier; one holds a, which another needs before, or after. In the lucky run
// it comes first, or last.
void under_lock(Play& play, unsigned parties, bool before, bool first = true) {
  Lock a{"a"};
  Barrier bar{parties, "bar"};
  std::vector<std::function<void()>> bodies;
  const auto until_waiting = [&](unsigned count) {
    while (play.lucky() && bar.waiting() < count) Play::look_again();
  };
  for (unsigned i = 0; i + 1 < parties; ++i) {
    bodies.emplace_back([&, i] {
      play.meet();
      if (before && i == 0) play.touch(a);
      play.passed();
      if (first) until_waiting(1);
      bar.arrive_and_wait();
      if (!before) play.touch(a);
    });
  }
  bodies.emplace_back([&] {
    play.await(parties - 1);
    const std::lock_guard hold{a};
    play.meet();
    if (!first) until_waiting(parties - 1);
    bar.arrive_and_wait();
  });
  play.run_freely(bodies);
}

// t1 comes without waiting, or for the last time; it needs a before that, or after.
void early_under_lock(Play& play, bool drops, bool before) {
  Lock a{"a"};
  Barrier bar{2, "bar"};
  play.run({[&] {
              play.meet();
              if (before) play.touch(a);
              if (drops) {
                bar.arrive_and_drop();
              } else {
                (void)bar.arrive();
              }
              if (!before) play.touch(a);
            },
            [&] {
              const std::lock_guard hold{a};
              play.meet();
              bar.wait(bar.arrive());
            }});
}

void missing(Play& play, unsigned parties) {
  Barrier bar{parties, "bar"};
  play.run_freely({[&] { bar.arrive_and_wait(); }, [&] { bar.arrive_and_wait(); }});
}

// Two barriers of two; each thread comes to its own first.
void crossed(Play& play, bool one_order) {
  Barrier first{2, "first"};
  Barrier second{2, "second"};
  play.run_freely({[&] {
                     play.attempt([&] { first.arrive_and_wait(); });
                     second.arrive_and_wait();
                   },
                   [&] {
                     play.attempt([&] { (one_order ? first : second).arrive_and_wait(); });
                     (one_order ? second : first).arrive_and_wait();
                   }});
}

constexpr std::array kSituations = {
    Situation{"under-a-lock", "a bar", "starvation", [](Play& play) { under_lock(play, 2, true); },
              [](Play& play) { under_lock(play, 2, false); }},
    Situation{"under-a-lock-coming-last", "a bar", "starvation",
              [](Play& play) { under_lock(play, 2, true, false); },
              [](Play& play) { under_lock(play, 2, false, false); }},
    Situation{"of-three-under-a-lock", "a bar", "starvation",
              [](Play& play) { under_lock(play, 3, true); },
              [](Play& play) { under_lock(play, 3, false); }},
    Situation{"one-is-missing", nullptr, "starvation", [](Play& play) { missing(play, 3); },
              [](Play& play) { missing(play, 2); }},
    Situation{"crossed", nullptr, "starvation", [](Play& play) { crossed(play, false); },
              [](Play& play) { crossed(play, true); }},
    Situation{"arrived-at-under-a-lock", "a bar", "starvation",
              [](Play& play) { early_under_lock(play, false, true); },
              [](Play& play) { early_under_lock(play, false, false); }},
    Situation{"dropped-under-a-lock", "a bar", "starvation",
              [](Play& play) { early_under_lock(play, true, true); },
              [](Play& play) { early_under_lock(play, true, false); }},
};

}  // namespace

std::span<const Situation> barriers() { return kSituations; }

}  // namespace gridlock::situations
