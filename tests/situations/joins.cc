// SPDX-License-Identifier: Apache-2.0
//
// Joins: the end of a thread is what is waited for.
#include "tests/situations/situations.h"

#include <shared_mutex>

namespace gridlock::situations {
namespace {

void under_lock(Play& play, bool holds, bool by_destructor) {
  Lock a{"a"};
  Turns turns;
  Thread worker{"worker", [&] {
                  if (play.hangs()) turns.wait_for(1);
                  play.touch(a);
                  if (!play.hangs()) turns.done();
                }};
  if (!play.hangs()) turns.wait_for(1);
  play.attempt([&] {
    std::unique_lock hold{a};
    if (play.hangs()) turns.done();
    if (!holds) hold.unlock();
    if (by_destructor) {
      const Thread ends = std::move(worker);
    } else {
      worker.join();
    }
  });
  if (worker.joinable()) worker.join();
}

void under_reading(Play& play, bool writes) {
  SharedLock m{"m"};
  Turns turns;
  Thread worker{"worker", [&] {
                  if (play.hangs()) turns.wait_for(1);
                  if (writes) {
                    play.touch(m);
                  } else {
                    play.touch(Reading{m});
                  }
                  if (!play.hangs()) turns.done();
                }};
  if (!play.hangs()) turns.wait_for(1);
  play.attempt([&] {
    const std::shared_lock hold{m};
    if (play.hangs()) turns.done();
    worker.join();
  });
  if (worker.joinable()) worker.join();
}

// main joins `outer`, which joins `inner`, which needs what main holds.
void through_another(Play& play, bool holds) {
  Lock a{"a"};
  Turns turns;
  Thread inner{"inner", [&] {
                 if (play.hangs()) turns.wait_for(1);
                 play.touch(a);
                 if (!play.hangs()) turns.done();
               }};
  {
    Thread outer{"outer", [&] {
                   play.attempt([&] { inner.join(); });
                   if (!play.hangs()) turns.done();
                 }};
    if (!play.hangs()) turns.wait_for(2);
    play.attempt([&] {
      std::unique_lock hold{a};
      if (play.hangs()) turns.done();
      if (!holds) hold.unlock();
      outer.join();
    });
    if (outer.joinable()) outer.join();
  }
  if (inner.joinable()) inner.join();  // the victim was outer
}

void of_who_waits(Play& play, bool set_before) {
  Event e{"e"};
  Thread worker{"worker", [&] { play.attempt([&] { e.wait(); }); }};
  if (set_before) e.set();
  play.attempt([&] { worker.join(); });
  e.set();
  if (worker.joinable()) worker.join();
}

void under_permit(Play& play, bool holds) {
  Semaphore s{1, "s"};
  Turns turns;
  Thread worker{"worker", [&] {
                  if (play.hangs()) turns.wait_for(1);
                  play.touch(Permit{s});
                  if (!play.hangs()) turns.done();
                }};
  if (!play.hangs()) turns.wait_for(1);
  play.attempt([&] {
    Permit permit{s};
    std::unique_lock hold{permit};
    if (play.hangs()) turns.done();
    if (!holds) hold.unlock();
    worker.join();
  });
  if (worker.joinable()) worker.join();
}

constexpr std::array kSituations = {
    Situation{"under-a-lock-it-takes", "a worker", "deadlock",
              [](Play& play) { under_lock(play, true, false); },
              [](Play& play) { under_lock(play, false, false); }},
    Situation{"by-the-destructor", "a worker", nullptr,
              [](Play& play) { under_lock(play, true, true); },
              [](Play& play) { under_lock(play, false, true); }},
    Situation{"under-a-lock-read", "m worker", "deadlock",
              [](Play& play) { under_reading(play, true); },
              [](Play& play) { under_reading(play, false); }},
    Situation{"through-another-join", "a inner outer", "deadlock",
              [](Play& play) { through_another(play, true); },
              [](Play& play) { through_another(play, false); }},
    Situation{"under-a-permit-it-takes", "s worker", "deadlock",
              [](Play& play) { under_permit(play, true); },
              [](Play& play) { under_permit(play, false); }},
    Situation{"of-one-that-waits-for-the-joiner", nullptr, "starvation",
              [](Play& play) { of_who_waits(play, false); },
              [](Play& play) { of_who_waits(play, true); }},
};

}  // namespace

std::span<const Situation> joins() { return kSituations; }

}  // namespace gridlock::situations
