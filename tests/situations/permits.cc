// SPDX-License-Identifier: Apache-2.0
//
// Semaphores of several permits that each thread gives back itself: who holds one and asks for another.
#include "tests/situations/situations.h"

namespace gridlock::situations {
namespace {

// So many threads, each of which holds `first` permits and asks for one more.
template <typename Kind = Semaphore>
void each(Play& play, std::uint32_t permits, unsigned threads, unsigned first = 1) {
  Kind s{permits, "s"};
  Permit permit{s};
  std::vector<std::function<void()>> bodies;
  for (unsigned i = 0; i < threads; ++i) {
    bodies.emplace_back([&] {
      for (unsigned j = 0; j < first; ++j) s.acquire();
      play.meet();
      play.touch(permit);
      for (unsigned j = 0; j < first; ++j) s.release();
    });
  }
  play.run(bodies);
}

// The third of them wants one alone.
void one_fewer(Play& play) {
  Semaphore s{3, "s"};
  Permit permit{s};
  play.run({[&] { play.nest(permit, permit); }, [&] { play.nest(permit, permit); },
            [&] { play.take(permit); }});
}

void one_takes_them_one_by_one(Play& play) {
  BoundedSemaphore s{2, "s"};
  Permit permit{s};
  play.run({[&] { play.nest(permit, permit); },
            [&] {
              play.take(permit);
              play.take(permit);
            }});
}

void first_by_a_try(Play& play, std::uint32_t permits) {
  Semaphore s{permits, "s"};
  const auto body = [&] {
    const bool first = s.try_acquire();
    play.meet();
    play.touch(Permit{s});
    if (first) s.release();
  };
  play.run({body, body});
}

void under_a_lock(Play& play) {
  Lock g{"g"};
  Semaphore s{2, "s"};
  Permit permit{s};
  const auto body = [&] {
    const std::lock_guard hold{g};
    play.nest(permit, permit);
  };
  play.run({body, body});
}

void others_release(Play& play) {
  Semaphore s{2, "s"};
  Permit permit{s};
  s.release();
  play.run({[&] { play.nest(permit, permit); }, [&] { play.nest(permit, permit); }});
}

void and_a_lock(Play& play, std::uint32_t permits) {
  Lock a{"a"};
  Semaphore s{permits, "s"};
  Permit permit{s};
  play.run({[&] { play.nest(permit, a); }, [&] { play.nest(permit, a); },
            [&] { play.nest(a, permit); }});
}

void of_two_crossed(Play& play, bool both_ask) {
  Semaphore s{2, "s"};
  Semaphore t{1, "t"};
  Permit on_s{s};
  Permit on_t{t};
  play.run({[&] { play.nest(on_s, on_t); },
            [&] { both_ask ? play.nest(on_s, on_t) : play.take(on_s); },
            [&] { play.nest(on_t, on_s); }});
}

// The lock and one permit are a cycle that lacks the third thread.
void second_keeper(Play& play, bool keeps) {
  Lock a{"a"};
  Semaphore s{2, "s"};
  Permit permit{s};
  play.run({[&] { play.nest(a, permit); }, [&] { play.nest(permit, a); },
            [&] {
              if (keeps) return play.nest(permit, permit);
              play.take(permit);
              play.take(permit);
            }});
}

constexpr std::array kSituations = {
    Situation{"two-each", "s", "starvation", [](Play& play) { each(play, 2, 2); },
              [](Play& play) { each(play, 3, 2); }},
    Situation{"two-each-for-three", "s", "starvation", [](Play& play) { each(play, 3, 3); },
              one_fewer},
    Situation{"three-each", "s", "starvation", [](Play& play) { each(play, 4, 2, 2); },
              [](Play& play) { each(play, 5, 2, 2); }},
    Situation{"bounded-two-each", "s", "starvation",
              [](Play& play) { each<BoundedSemaphore>(play, 2, 2); }, one_takes_them_one_by_one},
    Situation{"the-first-by-a-try", "s", "starvation", [](Play& play) { first_by_a_try(play, 2); },
              [](Play& play) { first_by_a_try(play, 3); }},
    Situation{"two-each-under-a-lock", "s", "starvation", [](Play& play) { each(play, 2, 2); },
              under_a_lock},
    Situation{"that-others-release", "s", "starvation", [](Play& play) { each(play, 2, 2); },
              others_release},
    Situation{"and-a-lock", "a s", "starvation", [](Play& play) { and_a_lock(play, 2); },
              [](Play& play) { and_a_lock(play, 3); }},
    Situation{"of-two-crossed", "s t", "starvation", [](Play& play) { of_two_crossed(play, true); },
              [](Play& play) { of_two_crossed(play, false); }},
    Situation{"the-second-keeper-comes-last", "a s", "starvation",
              [](Play& play) { second_keeper(play, true); },
              [](Play& play) { second_keeper(play, false); }},
};

}  // namespace

std::span<const Situation> permits() { return kSituations; }

}  // namespace gridlock::situations
