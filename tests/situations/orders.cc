// SPDX-License-Identifier: Apache-2.0
//
// Order by start and join: what is over cannot be waited for.
#include "tests/situations/situations.h"

namespace gridlock::situations {
namespace {

struct Two {
  Lock a{"a"};
  Lock b{"b"};
};

// In the main thread alone: only there threads are started and joined by hand.
void alone(Play& play, const std::function<void()>& body) { play.attempt(body); }

// Twenty threads come one after the other; then one that is still there when the other order comes.
void many_came_before(Play& play, bool and_now) {
  Two s;
  for (int i = 0; i < 20; ++i) Thread{"early", [&] { play.take(s.a, s.b); }}.join();
  play.run({[&] {
              if (and_now) play.nest(s.a, s.b);
            },
            [&] { play.nest(s.b, s.a); }});
}

constexpr std::array kSituations = {
    Situation{"before-the-start", "a b", "deadlock",
              [](Play& play) {
                Two s;
                play.run({[&] { play.nest(s.b, s.a); }, [&] { play.nest(s.a, s.b); }});
              },
              [](Play& play) {
                Two s;
                play.take(s.a, s.b);
                play.run({[&] { play.nest(s.b, s.a); }, [&] { play.take(s.b); }});
              }},
    Situation{"after-the-join", "a b", "deadlock",
              [](Play& play) {
                Two s;
                play.run({[&] { play.nest(s.b, s.a); }, [&] { play.nest(s.a, s.b); }});
              },
              [](Play& play) {
                Two s;
                play.run({[&] { play.nest(s.b, s.a); }, [&] { play.take(s.b); }});
                play.take(s.a, s.b);
              }},
    Situation{"started-after-the-join", "a b", "deadlock",
              [](Play& play) {
                Two s;
                play.run({[&] { play.nest(s.a, s.b); }, [&] { play.nest(s.b, s.a); }});
              },
              [](Play& play) {
                Two s;
                alone(play, [&] {
                  Thread{"first", [&] { play.take(s.a, s.b); }}.join();
                  Thread{"second", [&] { play.take(s.b, s.a); }}.join();
                });
              }},
    Situation{"started-by-the-thread-itself", "a b", "deadlock",
              [](Play& play) {
                Two s;
                play.run({[&] {
                            Thread child{"child",
                                         [&] { play.attempt([&] { play.nest(s.b, s.a); }); }};
                            if (play.lucky()) child.join();
                          },
                          [&] { play.nest(s.a, s.b); }});
              },
              [](Play& play) {
                Two s;
                play.run({[&] {
                            play.take(s.a, s.b);
                            Thread{"child", [&] { play.take(s.b, s.a); }}.join();
                          },
                          [&] { play.take(s.b); }});
              }},
    Situation{"joined-by-another-that-is-joined", "a b", "deadlock",
              [](Play& play) {
                Two s;
                play.run(
                    {[&] { Thread{"deep", [&] { play.attempt([&] { play.nest(s.a, s.b); }); }}; },
                     [&] { play.nest(s.b, s.a); }});
              },
              [](Play& play) {
                Two s;
                play.run({[&] { Thread{"deep", [&] { play.take(s.a, s.b); }}.join(); },
                          [&] { play.take(s.b); }});
                play.take(s.b, s.a);
              }},
    Situation{"three-of-which-one-came-before", "a b c", "deadlock",
              [](Play& play) {
                Two s;
                Lock c{"c"};
                play.run({[&] { play.nest(s.a, s.b); }, [&] { play.nest(s.b, c); },
                          [&] { play.nest(c, s.a); }});
              },
              [](Play& play) {
                Two s;
                Lock c{"c"};
                play.take(s.a, s.b);
                play.run({[&] { play.nest(s.b, c); }, [&] { play.nest(c, s.a); }});
              }},
    Situation{"first-one-thread-then-two", "a b", "deadlock",
              [](Play& play) {
                Two s;
                play.run({[&] {
                            if (!play.hangs()) play.take(s.b, s.a);
                            play.nest(s.a, s.b);
                          },
                          [&] { play.nest(s.b, s.a); }});
              },
              [](Play& play) {
                Two s;
                play.run({[&] {
                            play.take(s.b, s.a);
                            play.take(s.a, s.b);
                          },
                          [&] { play.take(s.b); }});
              }},
    Situation{"first-ordered-then-not", "a b", "deadlock",
              [](Play& play) {
                Two s;
                play.take(s.a, s.b);
                play.run({[&] { play.nest(s.b, s.a); }, [&] { play.nest(s.a, s.b); }});
              },
              [](Play& play) {
                Two s;
                play.take(s.a, s.b);
                play.run({[&] { play.nest(s.b, s.a); }, [&] { play.take(s.a); }});
                play.take(s.a, s.b);
              }},
    Situation{"more-threads-than-contexts", "a b", "deadlock",
              [](Play& play) { many_came_before(play, true); },
              [](Play& play) { many_came_before(play, false); }},
    Situation{"again-and-again-before", "a b", "deadlock",
              [](Play& play) {  // more contexts than an edge keeps, the last one is the real one
                Two s;
                for (int i = 0; i < 20; ++i) {
                  play.take(s.a, s.b);
                  Thread{"idle", [] {}}.join();
                }
                play.run({[&] { play.nest(s.b, s.a); }, [&] { play.nest(s.a, s.b); }});
              },
              [](Play& play) {
                Two s;
                for (int i = 0; i < 20; ++i) {
                  play.take(s.a, s.b);
                  Thread{"idle", [] {}}.join();
                }
                play.run({[&] { play.nest(s.b, s.a); }, [&] { play.take(s.a); }});
              }},
};

}  // namespace

std::span<const Situation> orders() { return kSituations; }

}  // namespace gridlock::situations
