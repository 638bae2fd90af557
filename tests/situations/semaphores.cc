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

// t1 waits for its second permit while the only one that gave any joins it; a third thread gives it. Or the
// same thread gives both, and needs a in between.
void second_permit_to_come(Play& play, bool by_same) {
  Lock a{"a"};
  Semaphore s{0, "s"};
  std::vector<std::function<void()>> bodies = {[&] {
    const std::lock_guard hold{a};
    s.acquire();
    play.meet();
    s.acquire();
  }};
  if (!by_same) bodies.emplace_back([&] { s.release(); });
  bodies.emplace_back([&] {
    s.release();
    if (!by_same) return;
    play.meet();
    play.touch(a);
    s.release();
  });
  play.run_freely(bodies);
}

// Two that could release: both need a, or one of them does not, and comes before the wait.
void two_givers(Play& play, bool both_need) {
  Lock a{"a"};
  Semaphore s{0, "s"};
  Rendezvous given{3};
  const auto give = [&](bool needs) {
    play.meet();
    if (needs) play.touch(a);
    s.release();
    if (!both_need) given.meet();
  };
  const std::vector<std::function<void()>> bodies = {[&] { give(true); }, [&] { give(both_need); },
                                                     [&] {
                                                       if (!both_need) given.meet();
                                                       const std::lock_guard hold{a};
                                                       play.meet();
                                                       s.acquire();
                                                     }};
  both_need ? play.run(bodies) : play.run_freely(bodies);
}

// A second thread that gives without need, before the wait, and only then needs a.
void gives_first(Play& play) {
  Lock a{"a"};
  Semaphore s{0, "s"};
  Turns given;
  play.run_freely({[&] {
                     play.touch(a);
                     s.release();
                   },
                   [&] {
                     s.release();
                     given.done();
                     play.touch(a);
                     s.release();
                   },
                   [&] {
                     given.wait_for(1);
                     const std::lock_guard hold{a};
                     s.acquire();
                   }});
}

// The second thread that gives is the one that waits, later.
void gives_to_itself(Play& play) {
  Lock a{"a"};
  Lock b{"b"};
  Semaphore s{0, "s"};
  play.run({[&] {
              play.touch(a);
              s.release();
            },
            [&] {
              play.touch(b);
              s.release();
              const std::lock_guard hold{a};
              s.acquire();
            }});
}

// The first has given two when the receiver waits for his second; the other gives when he has had one.
void second_permit_of_two_givers(Play& play) {
  Lock a{"a"};
  Semaphore s{0, "s"};
  Turns got;
  play.run_freely({[&] {
                     play.touch(a);
                     s.release();
                     s.release();
                   },
                   [&] {
                     got.wait_for(1);
                     play.touch(a);
                     s.release();
                   },
                   [&] {
                     s.acquire();
                     got.done();
                     const std::lock_guard hold{a};
                     s.acquire();
                   }});
}

// Two permits of the first, and one of them was received before.
void received_before(Play& play) {
  Lock a{"a"};
  Semaphore s{0, "s"};
  play.run({[&] {
              s.release();
              s.release();
              play.touch(a);
            },
            [&] {
              play.touch(a);
              s.release();
            },
            [&] {
              s.acquire();
              const std::lock_guard hold{a};
              s.acquire();
            }});
}

// A permit more from a thread that took none: before the two threads ask for theirs, or after.
enum class Another : std::uint8_t { kNo, kBefore, kAfter };
void released_by_another(Play& play, Another another) {
  Lock a{"a"};
  Semaphore s{1, "s"};
  Permit permit{s};
  if (another == Another::kBefore) s.release();
  play.run({[&] { play.nest(permit, a); }, [&] { play.nest(a, permit); }});
  if (another == Another::kAfter) s.release();
}

// A permit that one thread keeps and another releases, but not before a third waits for it under a.
void nobody_released_yet(Play& play) {
  Lock a{"a"};
  Semaphore s{1, "s"};
  Turns turns;
  play.run_freely({[&] {
                     s.acquire();
                     play.touch(a);
                     turns.done();
                   },
                   [&] {
                     turns.wait_for(1);
                     const std::lock_guard hold{a};
                     play.this_is_me();
                     turns.done();
                     s.acquire();
                   },
                   [&] {
                     turns.wait_for(2);
                     play.until_it_sleeps();
                     s.release();
                   }});
}

// In order also in kFree: the second giver comes last.
void second_giver_comes_late(Play& play) {
  Lock a{"a"};
  Semaphore s{0, "s"};
  Turns turns;
  play.run_freely({[&] {
                     play.touch(a);
                     s.release();
                     turns.done();
                   },
                   [&] {
                     turns.wait_for(2);
                     s.release();
                   },
                   [&] {
                     turns.wait_for(1);
                     const std::lock_guard hold{a};
                     s.acquire();
                     turns.done();
                   }});
}

// Producer and consumer: the permit first and then the lock of the buffer, or the other way round.
void buffer(Play& play, bool lock_first) {
  Lock m{"m"};
  Semaphore items{0, "items"};
  play.run({[&] {
              play.meet();
              play.touch(m);
              items.release();
            },
            [&] {
              if (!lock_first) items.acquire();
              const std::lock_guard hold{m};
              play.meet();
              if (lock_first) items.acquire();
            }});
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

// Two wait for permits, and main for another kind, as does who gets one; of that there is only if there
// were enough. The last of them is the victim, and frees the others.
void permits_for_two(Play& play, unsigned permits) {
  Semaphore s{0, "s"};
  Semaphore more{permits == 2 ? 3u : 0u, "more"};
  std::atomic<bool> rescued{false};
  const auto rescue = [&] {
    if (play.victims() == 0 || rescued.exchange(true)) return;
    more.release(3);
    s.release();
  };
  const auto take = [&] {
    play.attempt([&] {
      s.acquire();
      more.acquire();
    });
    rescue();
  };
  play.run_freely({take, take, [&] {
                     s.release(permits);
                     play.attempt([&] { more.acquire(); });
                     rescue();
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
              [](Play& play) { released_by_another(play, Another::kNo); },
              [](Play& play) { released_by_another(play, Another::kBefore); }},
    Situation{"of-one-that-nobody-released-yet", "a s", "deadlock",
              [](Play& play) { released_by_another(play, Another::kNo); },
              [](Play& play) { nobody_released_yet(play); }},
    Situation{"signal-under-a-lock", "a s", "starvation",
              [](Play& play) { signal_under_lock(play, true); },
              [](Play& play) { signal_under_lock(play, false); }},
    Situation{"second-permit-under-a-lock", "a s", "starvation",
              [](Play& play) { second_permit(play, true); },
              [](Play& play) { second_permit(play, false); }},
    Situation{"buffer-locked-first", "items m", "starvation",
              [](Play& play) { buffer(play, true); }, [](Play& play) { buffer(play, false); }},
    Situation{"two-givers", "a s", "starvation", [](Play& play) { two_givers(play, true); },
              [](Play& play) { two_givers(play, false); }},
    Situation{"two-givers-one-gives-first", "a s", "starvation",
              [](Play& play) { two_givers(play, true); }, [](Play& play) { gives_first(play); }},
    Situation{"two-givers-one-is-the-waiter", "a s", "starvation",
              [](Play& play) { two_givers(play, true); },
              [](Play& play) { gives_to_itself(play); }},
    Situation{"second-permit-still-to-come", "a s", "starvation",
              [](Play& play) { second_permit_to_come(play, true); },
              [](Play& play) { second_permit_to_come(play, false); }},
    Situation{"two-givers-and-a-second-permit", "a s", "starvation",
              [](Play& play) { two_givers(play, true); },
              [](Play& play) { second_permit_of_two_givers(play); }},
    Situation{"two-givers-received-before", "a s", "starvation",
              [](Play& play) { two_givers(play, true); },
              [](Play& play) { received_before(play); }},
    Situation{"second-giver-comes-late", "a s", "starvation",
              [](Play& play) { signal_under_lock(play, true); },
              [](Play& play) { second_giver_comes_late(play); },
              known_gap(kLate, kTwinLucky | kTwinFree)},
    Situation{"of-one-released-by-another-later", "a s", "deadlock",
              [](Play& play) { released_by_another(play, Another::kNo); },
              [](Play& play) { released_by_another(play, Another::kAfter); },
              known_gap(kLate, kTwinLucky | kTwinFree)},
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
    Situation{"fewer-permits-than-waiters", nullptr, "starvation",
              [](Play& play) { permits_for_two(play, 1); },
              [](Play& play) { permits_for_two(play, 2); }},
};

}  // namespace

std::span<const Situation> semaphores() { return kSituations; }

}  // namespace gridlock::situations
