// SPDX-License-Identifier: Apache-2.0
//
// Barriers.
#include "tests/situations/situations.h"

namespace gridlock::situations {
namespace {

// `parties` come to the barrier; the last one holds a, which the others need before, or after.
void under_lock(Play& play, unsigned parties, bool before) {
  Lock a{"a"};
  Barrier bar{parties, "bar"};
  std::vector<std::function<void()>> bodies;
  for (unsigned i = 0; i + 1 < parties; ++i) {
    bodies.emplace_back([&] {
      play.meet();
      if (before) play.touch(a);
      play.passed();
      bar.arrive_and_wait();
      if (!before) play.touch(a);
    });
  }
  bodies.emplace_back([&] {
    play.await(parties - 1);
    const std::lock_guard hold{a};
    play.meet();
    bar.arrive_and_wait();
  });
  play.run_freely(bodies);
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
                     first.arrive_and_wait();
                     second.arrive_and_wait();
                   },
                   [&] {
                     (one_order ? first : second).arrive_and_wait();
                     (one_order ? second : first).arrive_and_wait();
                   }});
}

constexpr std::array kSituations = {
    Situation{"under-a-lock", "a bar", "starvation", [](Play& play) { under_lock(play, 2, true); },
              [](Play& play) { under_lock(play, 2, false); }},
    Situation{"of-three-under-a-lock", "a bar", "starvation",
              [](Play& play) { under_lock(play, 3, true); },
              [](Play& play) { under_lock(play, 3, false); }},
    Situation{"one-is-missing", nullptr, "starvation", [](Play& play) { missing(play, 3); },
              [](Play& play) { missing(play, 2); }},
    Situation{"crossed", nullptr, "starvation", [](Play& play) { crossed(play, false); },
              [](Play& play) { crossed(play, true); }},
};

}  // namespace

std::span<const Situation> barriers() { return kSituations; }

}  // namespace gridlock::situations
