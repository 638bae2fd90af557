// SPDX-License-Identifier: Apache-2.0
//
// std::lock and std::scoped_lock under another lock: each of their locks may be waited for.
#include "tests/situations/situations.h"

namespace gridlock::situations {
namespace {

// All of `locks` at once under x; and x under the last of them, or the last of them under x.
template <typename... Locks>
void under_x(Play& play, bool crossed, Locks&... locks) {
  Lock x{"x"};
  auto& last = std::get<sizeof...(locks) - 1>(std::tie(locks...));
  play.run({[&] {
              const std::lock_guard hold{x};
              play.meet();
              const std::scoped_lock all{locks...};
            },
            [&] { crossed ? play.nest(last, x) : play.nest(x, last); }});
}

template <typename Kind>
void of_kind(Play& play, bool crossed) {
  Kind a{"a"};
  Kind r{"r"};
  under_x(play, crossed, a, r);
}

// b under a under c, and c under b: as scoped_lock has a and b, or with a try that gives up.
enum class How : std::uint8_t { kScoped, kTry, kUniqueTry };
void behind_a(Play& play, How how) {
  Lock a{"a"};
  Lock b{"b"};
  Lock c{"c"};
  play.run({[&] {
              const std::lock_guard hold{c};
              play.meet();
              if (how == How::kScoped) {
                const std::scoped_lock both{a, b};
              } else if (how == How::kTry) {
                a.lock();
                if (b.try_lock()) b.unlock();
                a.unlock();
              } else {
                const std::unique_lock on_a{a};
                const std::unique_lock on_b{b, std::try_to_lock};
              }
            },
            [&] { play.nest(b, c); }});
}

// The older forms: std::lock of locks, and of unique_locks that have theirs yet to take.
void std_lock(Play& play, bool of_guards, bool crossed) {
  Lock a{"a"};
  Lock b{"b"};
  Lock x{"x"};
  play.run({[&] {
              const std::lock_guard hold{x};
              play.meet();
              std::unique_lock on_a{a, std::defer_lock};
              std::unique_lock on_b{b, std::defer_lock};
              if (of_guards) {
                std::lock(on_a, on_b);
              } else {
                std::lock(a, b);
                on_a = std::unique_lock{a, std::adopt_lock};
                on_b = std::unique_lock{b, std::adopt_lock};
              }
            },
            [&] { crossed ? play.nest(b, x) : play.nest(x, b); }});
}

constexpr std::array kSituations = {
    Situation{"is-more-than-a-try", "b c", "deadlock",
              [](Play& play) { behind_a(play, How::kScoped); },
              [](Play& play) { behind_a(play, How::kTry); }},
    Situation{"is-more-than-a-try-of-a-guard", "b c", "deadlock",
              [](Play& play) { behind_a(play, How::kScoped); },
              [](Play& play) { behind_a(play, How::kUniqueTry); }},
    Situation{"waits-for-its-third", "c x", "deadlock",
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                Lock c{"c"};
                under_x(play, true, a, b, c);
              },
              [](Play& play) {
                Lock a{"a"};
                Lock b{"b"};
                Lock c{"c"};
                under_x(play, false, a, b, c);
              }},
    Situation{"of-rlocks", "r x", "deadlock", [](Play& play) { of_kind<RLock>(play, true); },
              [](Play& play) { of_kind<RLock>(play, false); }},
    Situation{"of-shared-locks", "r x", "deadlock",
              [](Play& play) { of_kind<SharedLock>(play, true); },
              [](Play& play) { of_kind<SharedLock>(play, false); }},
    Situation{"by-std-lock", "b x", "deadlock", [](Play& play) { std_lock(play, false, true); },
              [](Play& play) { std_lock(play, false, false); }},
    Situation{"by-std-lock-of-guards", "b x", "deadlock",
              [](Play& play) { std_lock(play, true, true); },
              [](Play& play) { std_lock(play, true, false); }},
};

}  // namespace

std::span<const Situation> all_at_once() { return kSituations; }

}  // namespace gridlock::situations
