// SPDX-License-Identifier: Apache-2.0
//
// Several of them in one cycle.
#include "tests/situations/situations.h"

#include <shared_mutex>

namespace gridlock::situations {
namespace {

// t3: a, then set e. t2: holds s, waits for e. t1: holds a, wants s.
void lock_semaphore_event(Play& play, bool needs) {
  Lock a{"a"};
  Semaphore s{1, "s"};
  Event e{"e"};
  Permit permit{s};
  play.run({[&] {
              play.meet();
              if (needs) play.touch(a);
              e.set();
            },
            [&] { play.nest(a, permit); },
            [&] {
              const std::lock_guard hold{permit};
              play.meet();
              e.wait();
            }});
}

// The consumer reads m while it waits for an item; the producer writes m first, or reads it too.
void reader_and_queue(Play& play, bool writes) {
  SharedLock m{"m"};
  Queue<int> q{"q"};
  play.run({[&] {
              play.meet();
              if (writes) {
                play.touch(m);
              } else {
                play.touch(Reading{m});
              }
              q.put(1);
            },
            [&] {
              const std::shared_lock hold{m};
              play.meet();
              (void)q.get();
            }});
}

// a -> m (written; read by t2) -> s -> o (body) -> b -> a.
void five_kinds(Play& play, bool against) {
  Lock a{"a"};
  SharedLock m{"m"};
  Semaphore s{1, "s"};
  OnceFlag o{"o"};
  Lock b{"b"};
  Permit permit{s};
  play.run({[&] {
              call_once(o, [&] {
                play.meet();
                play.take(b);
              });
            },
            [&] { play.nest(a, m); }, [&] { play.nest(Reading{m}, permit); },
            [&] {
              const std::lock_guard hold{permit};
              play.meet();
              call_once(o, [] {});
            },
            [&] {
              if (against) {
                play.nest(b, a);
              } else {
                play.meet();
                play.take(a, b);
              }
            }});
}

// A future under a once body: the body waits for what another thread gives only after the flag.
void once_and_future(Play& play, bool through) {
  OnceFlag o{"o"};
  auto [promise, future] = make_future<int>("f");
  const auto body = [&, &wanted = future] {
    call_once(o, [&] {
      play.meet();
      (void)wanted.get();
    });
  };
  play.run_freely({[&, &promised = promise] {
                     play.meet();
                     if (through) play.attempt([&] { call_once(o, [] {}); });
                     promised.set_value(1);
                     if (!through) call_once(o, [] {});
                   },
                   body});
}

// A barrier and a queue: one waits at the barrier before it puts, the other gets before the barrier.
void barrier_and_queue(Play& play, bool puts_before) {
  Barrier bar{2, "bar"};
  Queue<int> q{"q"};
  play.run_freely({[&] {
                     if (puts_before) q.put(1);
                     play.attempt([&] { bar.arrive_and_wait(); });
                     if (!puts_before) q.put(1);
                   },
                   [&] {
                     play.attempt([&] { (void)q.get(); });
                     bar.arrive_and_wait();
                   }});
}

// An RLock, a semaphore of one and a shared lock, in a ring.
void three_sorts_of_lock(Play& play, bool against) {
  RLock r{"r"};
  Semaphore s{1, "s"};
  SharedLock m{"m"};
  Permit permit{s};
  Reading reading{m};
  play.run({[&] { play.nest(r, r, permit); }, [&] { play.nest(permit, reading); },
            [&] {
              if (against) {
                play.nest(m, r);
              } else {
                play.nest(r, m);
              }
            }});
}

// A future under a gate that both sides hold: the waiter releases the gate first, or not.
void future_under_two_locks(Play& play, bool inner_needed) {
  Lock a{"a"};
  Lock b{"b"};
  auto [promise, future] = make_future<int>("f");
  play.run({[&, &promised = promise] {
              play.meet();
              if (inner_needed) play.attempt([&] { play.take(a, b); });
              promised.set_value(1);
            },
            [&, &wanted = future] {
              const std::lock_guard hold{b};
              play.meet();
              (void)wanted.get();
            }});
}

constexpr std::array kSituations = {
    Situation{"lock-semaphore-event", "a e s", "starvation",
              [](Play& play) { lock_semaphore_event(play, true); },
              [](Play& play) { lock_semaphore_event(play, false); }},
    Situation{"reader-and-queue", "m q", "starvation",
              [](Play& play) { reader_and_queue(play, true); },
              [](Play& play) { reader_and_queue(play, false); }},
    Situation{"five-kinds", "a b m o s", "deadlock", [](Play& play) { five_kinds(play, true); },
              [](Play& play) { five_kinds(play, false); }},
    Situation{"once-and-future", nullptr, "starvation",
              [](Play& play) { once_and_future(play, true); },
              [](Play& play) { once_and_future(play, false); }},
    Situation{"barrier-and-queue", nullptr, "starvation",
              [](Play& play) { barrier_and_queue(play, false); },
              [](Play& play) { barrier_and_queue(play, true); }},
    Situation{"three-sorts-of-lock", "m r s", "deadlock",
              [](Play& play) { three_sorts_of_lock(play, true); },
              [](Play& play) { three_sorts_of_lock(play, false); }},
    Situation{"future-and-two-locks", "b f", "starvation",
              [](Play& play) { future_under_two_locks(play, true); },
              [](Play& play) { future_under_two_locks(play, false); }},
};

}  // namespace

std::span<const Situation> mixes() { return kSituations; }

}  // namespace gridlock::situations
