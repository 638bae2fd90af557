// SPDX-License-Identifier: Apache-2.0
//
// Once flags: the body is under the flag as under a lock.
#include "tests/situations/situations.h"

namespace gridlock::situations {
namespace {

// t1 takes a in the body; t2 calls while it holds a, or not.
void body_takes(Play& play, bool calls_holding) {
  Lock a{"a"};
  OnceFlag o{"o"};
  play.run({[&] {
              call_once(o, [&] {
                play.meet();
                play.take(a);
              });
            },
            [&] {
              std::unique_lock hold{a};
              play.meet();
              if (!calls_holding) hold.unlock();
              call_once(o, [] {});
            }});
}

void crossed(Play& play, bool one_order) {
  OnceFlag o{"o"};
  OnceFlag p{"p"};
  const auto both = [&](OnceFlag& first, OnceFlag& second) {
    call_once(first, [&] {
      play.meet();
      call_once(second, [] {});
    });
  };
  play.run({[&] { both(o, p); }, [&] { one_order ? both(o, p) : both(p, o); }});
}

void in_its_own_body(Play& play, bool same) {
  OnceFlag o{"o"};
  OnceFlag p{"p"};
  play.run({[&] { call_once(o, [&] { call_once(same ? o : p, [] {}); }); }});
}

// The body that failed had taken a, and the next one may be called under it, or not.
void failed(Play& play, bool calls_holding) {
  Lock a{"a"};
  OnceFlag o{"o"};
  play.run({[&] {
              try {
                call_once(o, [&] {
                  play.meet();
                  play.take(a);
                  throw 1;
                });
              } catch (int) {  // NOLINT(bugprone-empty-catch): the flag is open again
              }
            },
            [&] {
              std::unique_lock hold{a};
              play.meet();
              if (!calls_holding) hold.unlock();
              call_once(o, [] {});
            }});
}

// The body is over before the other thread is started.
void over_before_the_start(Play& play) {
  Lock a{"a"};
  OnceFlag o{"o"};
  call_once(o, [&] { play.take(a); });
  play.run({[&] {
              const std::lock_guard hold{a};
              call_once(o, [] {});
            },
            [&] { call_once(o, [] {}); }});
}

constexpr std::array kSituations = {
    Situation{"called-under-what-the-body-takes", "a o", "deadlock",
              [](Play& play) { body_takes(play, true); },
              [](Play& play) { body_takes(play, false); }},
    Situation{"body-over-before-the-start", "a o", "deadlock",
              [](Play& play) { body_takes(play, true); },
              [](Play& play) { over_before_the_start(play); }},
    Situation{"body-that-fails", "a o", "deadlock", [](Play& play) { failed(play, true); },
              [](Play& play) { failed(play, false); }},
    Situation{"crossed", nullptr, "deadlock", [](Play& play) { crossed(play, false); },
              [](Play& play) { crossed(play, true); }},
    Situation{"in-its-own-body", nullptr, "self-deadlock",
              [](Play& play) { in_its_own_body(play, true); },
              [](Play& play) { in_its_own_body(play, false); }},
};

}  // namespace

std::span<const Situation> once_flags() { return kSituations; }

}  // namespace gridlock::situations
