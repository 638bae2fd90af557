// SPDX-License-Identifier: Apache-2.0
//
// Futures.
#include "tests/situations/situations.h"

#include <chrono>
#include <memory>

namespace gridlock::situations {
namespace {

using namespace std::chrono_literals;

// t1 needs a before it fulfils, or after; t2 gets the value under a.
void get_under_lock(Play& play, bool before, bool timed = false) {
  Lock a{"a"};
  auto [promise, future] = make_future<int>("f");
  play.run({[&, &promised = promise] {
              play.meet();
              if (before) play.touch(a);
              promised.set_value(1);
              if (!before) play.touch(a);
            },
            [&, &wanted = future] {
              const std::lock_guard hold{a};
              play.meet();
              if (timed) {
                (void)wanted.wait_for(1ms);
              } else {
                (void)wanted.get();
              }
            }});
}

// The task of an async needs what is held where its result is asked for.
void async_under_lock(Play& play, bool holds) {
  Lock a{"a"};
  Turns turns;
  auto result = async("w", [&] {
    if (play.hangs()) turns.wait_for(1);
    play.touch(a);
    if (!play.hangs()) turns.done();
    return 1;
  });
  if (!play.hangs()) turns.wait_for(1);
  play.attempt([&] {
    std::unique_lock hold{a};
    if (!holds) hold.unlock();
    if (play.hangs()) turns.done();
    (void)result.get();
  });
}

// Two wait for the one value, t3 under a.
void shared_under_lock(Play& play, bool before) {
  Lock a{"a"};
  auto [promise, future] = make_future<int>("f");
  const SharedFuture<int> all = future.share();
  play.run({[&, &promised = promise] {
              play.meet();
              if (before) play.touch(a);
              promised.set_value(1);
              if (!before) play.touch(a);
            },
            [&, own = all] {
              play.meet();
              play.attempt([&] { own.wait(); });
            },
            [&, own = all] {
              const std::lock_guard hold{a};
              play.meet();
              (void)own.get();
            }});
}

void chain(Play& play, bool needs) {
  Lock a{"a"};
  auto [promise_f, future_f] = make_future<int>("f");
  auto [promise_g, future_g] = make_future<int>("g");
  play.run({[&, &promised = promise_g] {
              play.meet();
              if (needs) play.touch(a);
              promised.set_value(1);
            },
            [&, &wanted = future_g, &promised = promise_f] {
              play.meet();
              play.attempt([&] { (void)wanted.get(); });
              promised.set_value(2);
            },
            [&, &wanted = future_f] {
              const std::lock_guard hold{a};
              play.meet();
              (void)wanted.get();
            }});
}

void crossed(Play& play, bool first_fulfils) {
  auto [promise_f, future_f] = make_future<int>("f");
  auto [promise_g, future_g] = make_future<int>("g");
  play.run_freely({[&, &promised = promise_f, &wanted = future_g] {
                     if (first_fulfils) promised.set_value(1);
                     play.attempt([&] { (void)wanted.get(); });
                     if (!first_fulfils) promised.set_value(1);
                   },
                   [&, &promised = promise_g, &wanted = future_f] {
                     play.attempt([&] { (void)wanted.get(); });
                     promised.set_value(1);
                   }});
}

// Nobody fulfils it; the twin's promise is destroyed, which does.
void kept(Play& play, bool broken) {
  auto promise = std::make_unique<Promise<int>>("f");
  Future<int> future = promise->get_future();
  const auto get = [&] {
    try {
      (void)future.get();
    } catch (const std::future_error&) {  // NOLINT(bugprone-empty-catch): wanted
    }
  };
  if (broken) {
    play.run_freely({[&] { promise.reset(); }, get});
  } else {
    play.run({get});
  }
}

constexpr std::array kSituations = {
    Situation{"got-under-a-lock", "a f", "starvation",
              [](Play& play) { get_under_lock(play, true); },
              [](Play& play) { get_under_lock(play, false); }},
    Situation{"waited-for-a-time", "a f", "starvation",
              [](Play& play) { get_under_lock(play, true); },
              [](Play& play) { get_under_lock(play, true, true); }},
    Situation{"of-async-under-a-lock", "a w", "starvation",
              [](Play& play) { async_under_lock(play, true); },
              [](Play& play) { async_under_lock(play, false); }},
    Situation{"through-a-second-future", "a f g", "starvation",
              [](Play& play) { chain(play, true); }, [](Play& play) { chain(play, false); }},
    Situation{"crossed", nullptr, "starvation", [](Play& play) { crossed(play, false); },
              [](Play& play) { crossed(play, true); }},
    Situation{"nobody-fulfils-it", nullptr, "starvation", [](Play& play) { kept(play, false); },
              [](Play& play) { kept(play, true); }},
    Situation{"shared-under-a-lock", "a f", "starvation",
              [](Play& play) { shared_under_lock(play, true); },
              [](Play& play) { shared_under_lock(play, false); }},
};

}  // namespace

std::span<const Situation> futures() { return kSituations; }

}  // namespace gridlock::situations
