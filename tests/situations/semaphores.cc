// SPDX-License-Identifier: Apache-2.0
//
// Semaphores: of one permit, as a lock; at zero, as a signal.
#include "tests/situations/situations.h"

#include <chrono>

namespace gridlock::situations {
namespace {

using namespace std::chrono_literals;

// t1 has to get a before it releases, or after; t2 waits for a permit and holds a.
void signal_under_lock(Play& play, bool before) {
  Lock a{"a"};
  Semaphore s{0, "s"};
  play.run({[&] {
              play.meet();
              if (before) play.touch(a);
              s.release();
              if (!before) play.touch(a);
            },
            [&] {
              const std::lock_guard hold{a};
              play.meet();
              s.acquire();
            }});
}

// t2 needs two permits; the second one, or the first as well, under a.
void second_permit(Play& play, bool under_lock) {
  Lock a{"a"};
  Semaphore s{0, "s"};
  play.run({[&] {
              s.release();
              play.meet();
              play.touch(a);
              s.release();
            },
            [&] {
              {
                const std::lock_guard hold{a};
                s.acquire();
                play.meet();
                if (under_lock) s.acquire();
              }
              if (!under_lock) s.acquire();
            }});
}

// Two that could release: both need a, or one of them does not.
void two_givers(Play& play, bool both_need) {
  Lock a{"a"};
  Semaphore s{0, "s"};
  const auto give = [&](bool needs) {
    play.meet();
    if (needs) play.touch(a);
    s.release();
  };
  play.run({[&] { give(true); }, [&] { give(both_need); },
            [&] {
              const std::lock_guard hold{a};
              play.meet();
              s.acquire();
            }});
}

void released_by_another(Play& play, bool another) {
  Lock a{"a"};
  Semaphore s{1, "s"};
  play.run({[&] {
              if (another) s.release();
            },
            [&] { play.nest(Permit{s}, a); },
            [&] {
              Permit permit{s};
              play.nest(a, permit);
            }},
           2);
}

template <typename Kind>
void as_lock(Play& play, std::uint32_t permits, bool crossed) {
  Lock a{"a"};
  Kind s{permits, "s"};
  Permit permit{s};
  play.run({[&] { play.nest(permit, a); },
            [&] {
              if (crossed) {
                play.nest(a, permit);
              } else {
                play.nest(permit, a);
              }
            }});
}

constexpr std::array kSituations = {
    Situation{"of-one-and-a-lock", "a s", "deadlock",
              [](Play& play) { as_lock<Semaphore>(play, 1, true); },
              [](Play& play) { as_lock<Semaphore>(play, 1, false); }},
    Situation{"bounded-of-one-and-a-lock", "a s", "deadlock",
              [](Play& play) { as_lock<BoundedSemaphore>(play, 1, true); },
              [](Play& play) { as_lock<BoundedSemaphore>(play, 1, false); }},
    Situation{"of-two-for-two-threads", "a s", "deadlock",
              [](Play& play) { as_lock<Semaphore>(play, 1, true); },
              [](Play& play) { as_lock<Semaphore>(play, 2, true); }},
    Situation{"two-of-one", "s t", "deadlock",
              [](Play& play) {
                Semaphore s{1, "s"};
                Semaphore t{1, "t"};
                Permit on_s{s};
                Permit on_t{t};
                play.run({[&] { play.nest(on_s, on_t); }, [&] { play.nest(on_t, on_s); }});
              },
              [](Play& play) {
                Semaphore s{1, "s"};
                Semaphore t{1, "t"};
                Permit on_s{s};
                Permit on_t{t};
                play.run({[&] { play.nest(on_s, on_t); }, [&] { play.nest(on_s, on_t); }});
              }},
    Situation{"of-one-released-by-another", "a s", "deadlock",
              [](Play& play) { released_by_another(play, false); },
              [](Play& play) { released_by_another(play, true); }},
    Situation{"signal-under-a-lock", "a s", "starvation",
              [](Play& play) { signal_under_lock(play, true); },
              [](Play& play) { signal_under_lock(play, false); }},
    Situation{"second-permit-under-a-lock", "a s", "starvation",
              [](Play& play) { second_permit(play, true); },
              [](Play& play) { second_permit(play, false); }},
    Situation{"two-givers", "a s", "starvation", [](Play& play) { two_givers(play, true); },
              [](Play& play) { two_givers(play, false); }},
    Situation{"tried-under-a-lock", "a s", "starvation",
              [](Play& play) { signal_under_lock(play, true); },
              [](Play& play) {
                Lock a{"a"};
                Semaphore s{0, "s"};
                play.run({[&] {
                            play.touch(a);
                            s.release();
                          },
                          [&] {
                            const std::lock_guard hold{a};
                            if (!s.try_acquire()) (void)s.try_acquire_for(1ms);
                          }});
              }},
    Situation{"lost-with-its-thread", nullptr, "starvation",
              [](Play& play) {
                Semaphore s{1, "s"};
                Thread{"leaver", [&] { s.acquire(); }}.join();
                play.run({[&] { s.acquire(); }});
              },
              [](Play& play) {
                Semaphore s{1, "s"};
                Thread{"leaver", [&] { play.touch(Permit{s}); }}.join();
                play.run({[&] { s.acquire(); }});
              }},
};

}  // namespace

std::span<const Situation> semaphores() { return kSituations; }

}  // namespace gridlock::situations
