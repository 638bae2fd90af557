// SPDX-License-Identifier: Apache-2.0
//
// Locks: order, recursion, trying, letting go.
#include "tests/situations/situations.h"

#include <chrono>
#include <optional>

namespace gridlock::situations {
namespace {

using namespace std::chrono_literals;

// Locks b while it holds a, which it got without waiting for it.
void try_then_lock(Play& play, Lock& a, Lock& b) {
  if (!a.try_lock()) return;
  const std::lock_guard hold{a, std::adopt_lock};
  play.meet();
  play.take(b);
}
void lock_then_try(Lock& a, Lock& b) {
  const std::lock_guard hold{a};
  if (b.try_lock()) b.unlock();
}
void timed_then_lock(Play& play, Lock& a, Lock& b) {
  if (!a.try_lock_for(10s)) return;
  const std::lock_guard hold{a, std::adopt_lock};
  play.meet();
  play.take(b);
}
void lock_then_timed(Lock& a, Lock& b) {
  const std::lock_guard hold{a};
  if (b.try_lock_for(1ms)) b.unlock();
}

void ring(Play& play, std::vector<Lock*> locks, bool last_turned) {
  std::vector<std::function<void()>> bodies;
  for (std::size_t i = 0; i < locks.size(); ++i) {
    Lock* first = locks[i];
    Lock* second = locks[(i + 1) % locks.size()];
    if (last_turned && i + 1 == locks.size()) std::swap(first, second);
    bodies.emplace_back([&play, first, second] { play.nest(*first, *second); });
  }
  play.run(bodies);
}

// Two that go down a list hand over hand, and one that goes from its end to its beginning.
void walkers(Play& play, bool against) {
  Lock a{"a"};
  Lock b{"b"};
  Lock c{"c"};
  Turns turns;
  play.run_freely({[&] {
                     turns.wait_for(1);
                     std::unique_lock on_a{a};
                     play.meet();
                     std::unique_lock on_b{b};
                     on_a.unlock();
                     play.take(c);
                     on_b.unlock();
                     turns.done();
                   },
                   [&] {
                     std::unique_lock on_a{a};
                     std::unique_lock on_b{b};
                     on_a.unlock();
                     turns.done();
                     play.meet();
                     play.take(c);
                   },
                   [&] {
                     if (!play.hangs()) turns.wait_for(2);
                     const std::lock_guard on_first{against ? c : a};
                     play.meet();
                     play.take(against ? a : c);
                   }});
}

// The lock in a slot of memory; the twin makes a new one there before the other thread comes.
void slot(Play& play, bool again) {
  std::optional<Lock> x;
  x.emplace("x");
  Lock b{"b"};
  Lock handing{"handing over"};  // of the memory: it is no race
  Turns turns;
  play.run_freely({[&] {
                     play.nest(*x, b);
                     if (again) x.emplace("new x");
                     play.take(handing);
                     turns.done();
                   },
                   [&] {
                     if (!play.hangs()) turns.wait_for(1);
                     play.take(handing);
                     play.nest(b, *x);
                   }});
}

// A lock that its maker takes before anybody else can know it; really: and again afterwards.
void publish(Play& play, bool and_after) {
  std::optional<Lock> p;
  Lock b{"b"};
  Turns turns;
  play.run_freely({[&] {
                     p.emplace("p");
                     play.take(*p, b);
                     turns.done();
                     if (!and_after) return;
                     if (!play.hangs()) turns.wait_for(2);
                     play.nest(*p, b);
                   },
                   [&] {
                     turns.wait_for(1);
                     play.nest(b, *p);
                     turns.done();
                   }});
}

constexpr std::array kSituations = {
    Situation{"two", "a b", "deadlock",
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                play.run({[&] { play.nest(a, b); }, [&] { play.nest(b, a); }});
              },
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                play.run({[&] { play.nest(a, b); }, [&] { play.nest(a, b); }});
              }},
    Situation{"three", "a b c", "deadlock",
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                Lock c{"c"};
                ring(play, {&a, &b, &c}, false);
              },
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                Lock c{"c"};
                ring(play, {&a, &b, &c}, true);
              }},
    Situation{"five", "a b c d e", "deadlock",
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                Lock c{"c"};
                Lock d{"d"};
                Lock e{"e"};
                ring(play, {&a, &b, &c, &d, &e}, false);
              },
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                Lock c{"c"};
                Lock d{"d"};
                Lock e{"e"};
                ring(play, {&a, &b, &c, &d, &e}, true);
              }},
    Situation{"one-thread", "a b", "deadlock",
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                play.run({[&] { play.nest(a, b); }, [&] { play.nest(b, a); }});
              },
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                play.run({[&] {
                            play.take(a, b);
                            play.take(b, a);
                          },
                          [&] { play.take(b); }});
              }},
    Situation{"rlock-and-lock", "a r", "deadlock",
              [](Play& play) {
                RLock r{"r"};
                Lock a{"a"};
                play.run({[&] { play.nest(r, a); }, [&] { play.nest(a, r); }});
              },
              [](Play& play) {
                RLock r{"r"};
                Lock a{"a"};
                play.run({[&] { play.nest(r, a); }, [&] { play.nest(r, r, a); }});
              }},
    Situation{"recursion-under-another", "a r", "deadlock",
              [](Play& play) {
                RLock r{"r"};
                Lock a{"a"};
                play.run({[&] { play.nest(r, a, r); }, [&] { play.nest(a, r); }});
              },
              [](Play& play) {  // r again under a is no request for r
                RLock r{"r"};
                Lock a{"a"};
                play.run({[&] { play.nest(r, a, r); }, [&] { play.nest(r, a); }});
              }},
    Situation{"taken-twice", nullptr, "self-deadlock",
              [](Play& play) {
                Lock a{"a"};
                play.run({[&] { play.nest(a, a); }});
              },
              [](Play& play) {
                RLock a{"a"};
                play.run({[&] { play.nest(a, a); }});
              }},
    Situation{"all-at-once", "a b", "deadlock",
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                play.run({[&] { play.nest(a, b); }, [&] { play.nest(b, a); }});
              },
              [](Play& play) {  // std::lock backs off
                Lock a{"a"};
                Lock b{"b"};
                play.run({[&] { const std::scoped_lock both{a, b}; },
                          [&] { const std::scoped_lock both{b, a}; }});
              }},
    Situation{"all-at-once-under-another", "a c", "deadlock",
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                Lock c{"c"};
                play.run({[&] {
                            const std::lock_guard hold{c};
                            play.meet();
                            const std::scoped_lock both{a, b};
                          },
                          [&] { play.nest(a, c); }});
              },
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                Lock c{"c"};
                play.run({[&] {
                            const std::lock_guard hold{c};
                            const std::scoped_lock both{a, b};
                          },
                          [&] { play.nest(c, a); }});
              }},
    Situation{"all-at-once-waits-for-its-second", "b c", "deadlock",
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                Lock c{"c"};
                play.run({[&] {
                            const std::lock_guard hold{c};
                            play.meet();
                            const std::scoped_lock both{a, b};
                          },
                          [&] { play.nest(b, c); }});
              },
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                Lock c{"c"};
                play.run({[&] {
                            const std::lock_guard hold{c};
                            const std::scoped_lock both{a, b};
                          },
                          [&] { play.nest(c, b); }});
              }},
    Situation{"held-after-all-at-once", "b c", "deadlock",
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                Lock c{"c"};
                play.run({[&] {
                            const std::scoped_lock both{a, b};
                            play.meet();
                            play.take(c);
                          },
                          [&] { play.nest(c, b); }});
              },
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                Lock c{"c"};
                play.run({[&] {
                            const std::scoped_lock both{a, b};
                            play.take(c);
                          },
                          [&] { play.nest(b, c); }});
              }},
    Situation{"held-by-try", "a b", "deadlock",
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                play.run({[&] { try_then_lock(play, a, b); }, [&] { play.nest(b, a); }});
              },
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                play.run({[&] { play.nest(a, b); }, [&] { lock_then_try(b, a); }});
              }},
    Situation{"held-by-timed", "a b", "deadlock",
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                play.run({[&] { timed_then_lock(play, a, b); }, [&] { play.nest(b, a); }});
              },
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                play.run({[&] { play.nest(a, b); }, [&] { lock_then_timed(b, a); }});
              }},
    Situation{"hand-over-hand", "a c", "deadlock",
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                Lock c{"c"};
                play.run({[&] { play.nest(a, b, c); }, [&] { play.nest(c, a); }});
              },
              [](Play& play) {  // never holds a and asks for c
                Lock a{"a"};
                Lock b{"b"};
                Lock c{"c"};
                play.run({[&] {
                            std::unique_lock on_a{a};
                            const std::lock_guard on_b{b};
                            on_a.unlock();
                            play.take(c);
                          },
                          [&] { play.nest(c, a); }});
              }},
    Situation{"hand-over-hand-by-two", "a b c", "deadlock", [](Play& play) { walkers(play, true); },
              [](Play& play) { walkers(play, false); }},
    Situation{"unlocked-out-of-order", "b c", "deadlock",
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                Lock c{"c"};
                play.run({[&] {
                            std::unique_lock on_a{a};
                            const std::lock_guard on_b{b};
                            on_a.unlock();
                            play.meet();
                            play.take(c);
                          },
                          [&] { play.nest(c, b); }});
              },
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                Lock c{"c"};
                play.run({[&] {
                            const std::lock_guard on_a{a};
                            std::unique_lock on_b{b};
                            on_b.unlock();
                            play.take(c);
                          },
                          [&] { play.nest(c, b); }});
              }},
    Situation{"memory-used-again", "b x", "deadlock", [](Play& play) { slot(play, false); },
              [](Play& play) { slot(play, true); }},
    Situation{"before-it-was-published", "b p", "deadlock", [](Play& play) { publish(play, true); },
              [](Play& play) { publish(play, false); }},
};

}  // namespace

std::span<const Situation> locks() { return kSituations; }

}  // namespace gridlock::situations
