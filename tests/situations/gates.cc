// SPDX-License-Identifier: Apache-2.0
//
// Gates: a lock that is held on both sides lets only one of them in at a time.
#include "tests/situations/situations.h"

#include <memory>

namespace gridlock::situations {
namespace {

// Under `gate`, one lock inside the other.
template <typename Gate, typename First, typename Second>
void gated(Play& play, Gate&& gate, First& first, Second& second) {
  const std::lock_guard hold{gate};
  play.nest(first, second);
}

// Three in a ring, each behind the room; the third not, if it is let by.
void footman(Play& play, std::uint32_t permits, bool lets_one_by = false) {
  Lock a{"a"};
  Lock b{"b"};
  Lock c{"c"};
  Semaphore room{permits, "room"};
  play.run({[&] { gated(play, Permit{room}, a, b); }, [&] { gated(play, Permit{room}, b, c); },
            [&] {
              if (lets_one_by) return play.nest(c, a);
              gated(play, Permit{room}, c, a);
            }});
}

void two_permits_a_step(Play& play, std::uint32_t permits) {
  Lock a{"a"};
  Lock b{"b"};
  Semaphore room{permits, "room"};
  const auto body = [&](Lock& first, Lock& second) {
    room.acquire();
    room.acquire();
    play.nest(first, second);
    room.release(2);
  };
  play.run({[&] { body(a, b); }, [&] { body(b, a); }});
}

// Somebody who holds none gives one, or one that he held.
void with_help(Play& play, bool of_his_own) {
  Lock a{"a"};
  Lock b{"b"};
  Lock c{"c"};
  Semaphore room{2, "room"};
  if (of_his_own) room.acquire();
  room.release();
  play.run({[&] { gated(play, Permit{room}, a, b); }, [&] { gated(play, Permit{room}, b, c); },
            [&] { gated(play, Permit{room}, c, a); }});
}

// One is kept out by what another thread holds for it: who started it, or has submitted it.
template <typename Held, typename Gate, typename Begin>
void held_for_another(Play& play, Held&& held, Gate&& gate, bool all_the_while, Begin begin) {
  Lock a{"a"};
  Lock b{"b"};
  Turns turns;
  play.run({[&] {
              std::unique_lock hold{held};
              const auto wait = begin([&] { play.attempt([&] { play.nest(b, a); }); });
              if (!all_the_while) hold.unlock();
              turns.done();
              wait();
            },
            [&] {
              turns.wait_for(1);
              gated(play, gate, a, b);
            }},
           2);
}

// The gate is still held for another when that one closes the cycle, and released before the join.
void released_when_known(Play& play, bool all_the_while) {
  Lock a{"a"};
  Lock b{"b"};
  Lock g{"g"};
  Turns released;
  Turns closed;
  play.run({[&] {
              if (play.hangs()) released.wait_for(1);
              gated(play, g, a, b);
            },
            [&] {
              std::unique_lock hold{g};
              Thread inner{"inner", [&] {
                             play.attempt([&] { play.nest(b, a); });
                             closed.done();
                           }};
              if (!play.hangs()) closed.wait_for(1);
              if (!all_the_while) hold.unlock();
              released.done();
              inner.join();
            }},
           2);
}

struct Begins {
  explicit Begins(const char* thread) : name(thread) {}
  template <typename Body>
  auto operator()(Body body) const {
    return [inner = std::make_shared<Thread>(name, body)] { inner->join(); };
  }
  const char* name;
};

struct Submits {
  template <typename Body>
  auto operator()(Body body) const {
    auto pool = std::make_shared<Executor>(1U, "w");
    auto task = std::make_shared<Future<void>>(pool->submit("k", body));
    return [pool, task] { task->get(); };
  }
};

struct Three {
  Lock a{"a"};
  Lock b{"b"};
  Lock c{"c"};
  Lock g{"g"};
  Lock h{"h"};
};

constexpr std::array kSituations = {
    Situation{
        "both-sides", "a b", "deadlock",
        [](Play& play) {
          Three s;
          play.run({[&] { gated(play, s.g, s.a, s.b); }, [&] { gated(play, s.h, s.b, s.a); }});
        },
        [](Play& play) {
          Three s;
          play.run({[&] { gated(play, s.g, s.a, s.b); }, [&] { gated(play, s.g, s.b, s.a); }});
        }},
    Situation{"one-side-only", "a b", "deadlock",
              [](Play& play) {
                Three s;
                play.run({[&] { gated(play, s.g, s.a, s.b); }, [&] { play.nest(s.b, s.a); }});
              },
              [](Play& play) {
                Three s;
                play.run(
                    {[&] { gated(play, s.g, s.a, s.b); }, [&] { gated(play, s.g, s.b, s.a); }});
              }},
    Situation{"released-too-early", "a b", "deadlock",
              [](Play& play) {
                Three s;
                const auto body = [&](Lock& first, Lock& second) {
                  std::unique_lock gate{s.g};
                  const std::lock_guard hold{first};
                  gate.unlock();
                  play.meet();
                  play.take(second);
                };
                play.run({[&] { body(s.a, s.b); }, [&] { body(s.b, s.a); }});
              },
              [](Play& play) {
                Three s;
                const auto body = [&](Lock& first, Lock& second) {
                  std::unique_lock gate{s.g};
                  const std::lock_guard hold{first};
                  play.take(second);
                  gate.unlock();
                };
                play.run({[&] { body(s.a, s.b); }, [&] { body(s.b, s.a); }});
              }},
    Situation{"released-before-the-second-request", "a b", "deadlock",
              [](Play& play) {  // the second request comes when the gate is gone
                Three s;
                Turns turns;
                play.run({[&] {
                            std::unique_lock gate{s.g};
                            const std::lock_guard hold{s.a};
                            gate.unlock();
                            turns.done();
                            play.meet();
                            play.take(s.h, s.b);
                          },
                          [&] {
                            turns.wait_for(1);
                            gated(play, s.g, s.b, s.a);
                          }});
              },
              [](Play& play) {
                Three s;
                play.run({[&] {
                            const std::lock_guard gate{s.g};
                            const std::lock_guard hold{s.a};
                            play.take(s.h, s.b);
                          },
                          [&] { gated(play, s.g, s.b, s.a); }});
              }},
    Situation{"held-for-reading-by-both", "a b", "deadlock",
              [](Play& play) {
                Three s;
                SharedLock gate{"gate"};
                play.run({[&] { gated(play, Reading{gate}, s.a, s.b); },
                          [&] { gated(play, Reading{gate}, s.b, s.a); }});
              },
              [](Play& play) {
                Three s;
                SharedLock gate{"gate"};
                play.run({[&] { gated(play, Reading{gate}, s.a, s.b); },
                          [&] { gated(play, gate, s.b, s.a); }});
              }},
    Situation{"semaphore-of-one", "a b", "deadlock",
              [](Play& play) {
                Three s;
                Semaphore gate{2, "gate"};
                play.run({[&] { gated(play, Permit{gate}, s.a, s.b); },
                          [&] { gated(play, Permit{gate}, s.b, s.a); }});
              },
              [](Play& play) {
                Three s;
                Semaphore gate{1, "gate"};
                play.run({[&] { gated(play, Permit{gate}, s.a, s.b); },
                          [&] { gated(play, Permit{gate}, s.b, s.a); }});
              }},
    Situation{"semaphore-of-one-that-gets-two", "a b", "deadlock",
              [](Play& play) {  // in the lucky run when both have been there
                Three s;
                Semaphore gate{1, "gate"};
                play.run({[&] { gated(play, Permit{gate}, s.a, s.b); },
                          [&] { gated(play, Permit{gate}, s.b, s.a); }, [&] { gate.release(); }},
                         2);
              },
              [](Play& play) {
                Three s;
                Semaphore gate{1, "gate"};
                play.run({[&] { gated(play, Permit{gate}, s.a, s.b); },
                          [&] { gated(play, Permit{gate}, s.b, s.a); },
                          [&] { play.touch(Permit{gate}); }});
              }},
    Situation{"footman", "a b c", "deadlock", [](Play& play) { footman(play, 3); },
              [](Play& play) { footman(play, 2); }},
    Situation{"footman-of-two-permits-a-step", "a b", "deadlock",
              [](Play& play) { two_permits_a_step(play, 4); },
              [](Play& play) { two_permits_a_step(play, 3); }},
    Situation{"footman-whom-others-help", "a b c", "deadlock",
              [](Play& play) { with_help(play, false); },
              [](Play& play) { with_help(play, true); }},
    Situation{"footman-who-lets-one-by", "a b c", "deadlock",
              [](Play& play) { footman(play, 2, true); }, [](Play& play) { footman(play, 2); }},
    Situation{"two-of-three-steps", "a b c", "deadlock",
              [](Play& play) {
                Three s;
                play.run({[&] { gated(play, s.g, s.a, s.b); }, [&] { gated(play, s.h, s.b, s.c); },
                          [&] { play.nest(s.c, s.a); }});
              },
              [](Play& play) {
                Three s;
                play.run({[&] { gated(play, s.g, s.a, s.b); }, [&] { gated(play, s.g, s.b, s.c); },
                          [&] { play.nest(s.c, s.a); }});
              }},
    Situation{"far-apart-on-a-cycle-of-four", "a b c d", "deadlock",
              [](Play& play) {
                Three s;
                Lock d{"d"};
                play.run({[&] { gated(play, s.g, s.a, s.b); }, [&] { play.nest(s.b, s.c); },
                          [&] { gated(play, s.h, s.c, d); }, [&] { play.nest(d, s.a); }});
              },
              [](Play& play) {
                Three s;
                Lock d{"d"};
                play.run({[&] { gated(play, s.g, s.a, s.b); }, [&] { play.nest(s.b, s.c); },
                          [&] { gated(play, s.g, s.c, d); }, [&] { play.nest(d, s.a); }});
              }},
    Situation{"first-gated-then-not", "a b", "deadlock",
              [](Play& play) {
                Three s;
                play.run({[&] { gated(play, s.g, s.a, s.b); },
                          [&] {
                            if (!play.hangs()) play.take(s.g, s.b, s.a);
                          },
                          [&] { play.nest(s.b, s.a); }},
                         2);
              },
              [](Play& play) {
                Three s;
                play.run({[&] { gated(play, s.g, s.a, s.b); }, [&] { play.take(s.g, s.b, s.a); },
                          [&] { gated(play, s.g, s.b, s.a); }});
              }},
    Situation{"held-by-the-starter", "a b", "deadlock",
              [](Play& play) {
                Lock g{"g"};
                held_for_another(play, g, g, false, Begins{"inner"});
              },
              [](Play& play) {
                Lock g{"g"};
                held_for_another(play, g, g, true, Begins{"inner"});
              }},
    Situation{"held-by-the-starter-for-reading", "a b", "deadlock",
              [](Play& play) {
                SharedLock gate{"gate"};
                held_for_another(play, Reading{gate}, Reading{gate}, true, Begins{"inner"});
              },
              [](Play& play) {
                SharedLock gate{"gate"};
                held_for_another(play, Reading{gate}, gate, true, Begins{"inner"});
              }},
    Situation{"held-by-the-submitter", "a b", "deadlock",
              [](Play& play) {
                Lock g{"g"};
                held_for_another(play, g, g, false, Submits{});
              },
              [](Play& play) {
                Lock g{"g"};
                held_for_another(play, g, g, true, Submits{});
              }},
    Situation{"released-when-the-cycle-is-known", "a b", "deadlock",
              [](Play& play) { released_when_known(play, false); },
              [](Play& play) { released_when_known(play, true); }},
};

}  // namespace

std::span<const Situation> gates() { return kSituations; }

}  // namespace gridlock::situations
