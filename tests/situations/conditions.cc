// SPDX-License-Identifier: Apache-2.0
//
// Conditions: what stays held while one waits, and what has to be taken again.
#include "tests/situations/situations.h"

#include <chrono>
#include <shared_mutex>
#include <thread>

namespace gridlock::situations {
namespace {

using namespace std::chrono_literals;

// t2 waits under m and still holds o (`holds`); t1 needs o before it notifies. In the lucky run t1 had
// o before t2 began.
void waits_holding(Play& play, bool holds, bool timed = false) {
  Lock o{"o"};
  Lock m{"m"};
  Condition changed{"changed"};
  bool ready = false;
  play.run_freely({[&] {
                     play.meet();
                     play.touch(o);
                     play.passed();
                     play.await(2);
                     play.until_it_sleeps();
                     const std::lock_guard hold{m};
                     ready = true;
                     changed.notify_one();
                   },
                   [&] {
                     play.await(1);
                     std::unique_lock outer{o};
                     if (!holds) outer.unlock();
                     std::unique_lock hold{m};
                     play.this_is_me();
                     play.passed();
                     play.meet();
                     if (timed) {
                       changed.wait_for(hold, 1ms, [&] { return ready; });
                     } else {
                       changed.wait(hold, [&] { return ready; });
                     }
                   }});
}

// t3 waits under m and holds b, which it takes before m or after. t1 takes b under m; t2 notifies.
void taken_again(Play& play, bool under) {
  Lock m{"m"};
  Lock b{"b"};
  Condition changed{"changed"};
  Turns turns;
  play.run_freely({[&] {
                     if (play.hangs()) {
                       turns.wait_for(1);
                       const std::lock_guard hold{m};  // the other waits by now
                       changed.notify_one();
                       play.touch(b);
                     } else {
                       if (under) play.take(m, b);
                       turns.done();
                     }
                   },
                   [&] {
                     if (play.hangs()) return;
                     turns.wait_for(2);
                     // Without m: a notifier that needs it is in a longer cycle, as real.
                     std::unique_lock hold{m, std::defer_lock};
                     if (!under) hold.lock();
                     if (under) play.until_it_sleeps();
                     changed.notify_one();
                   },
                   [&] {
                     if (!play.hangs()) turns.wait_for(1);
                     std::unique_lock first{m, std::defer_lock};
                     std::unique_lock second{b, std::defer_lock};
                     if (under) {
                       first.lock();
                       second.lock();
                     } else {
                       second.lock();
                       first.lock();
                     }
                     play.this_is_me();
                     turns.done();
                     changed.wait(first);
                   }});
}

void notified(Play& play, bool early, bool tested) {
  Lock m{"m"};
  Condition changed{"changed"};
  bool ready = false;
  Turns turns;
  if (early) {  // over before the wait, so that its end is not what closes the deadlock
    Thread{"early bird",
           [&] {
             const std::lock_guard hold{m};
             ready = true;
             changed.notify_one();
           }}
        .join();
    play.attempt([&] {
      std::unique_lock hold{m};
      if (tested) {
        changed.wait(hold, [&] { return ready; });
      } else {
        changed.wait(hold);
      }
    });
    return;
  }
  play.run_freely({[&] {
                     turns.wait_for(1);
                     {
                       const std::lock_guard hold{m};
                       ready = true;
                       changed.notify_one();
                     }
                   },
                   [&] {
                     std::unique_lock hold{m};
                     turns.done();
                     if (tested) {
                       changed.wait(hold, [&] { return ready; });
                     } else {
                       changed.wait(hold);
                     }
                   }});
}

// t2 waits under an RLock that it holds twice: both levels are released. `over`: while t1 needs a
// lock that t2 keeps.
void recursive(Play& play, bool over) {
  RLock r{"r"};
  Lock o{"o"};
  Condition changed{"changed"};
  bool ready = false;
  play.run_freely({[&] {
                     play.meet();
                     play.touch(o);
                     play.passed();
                     play.await(2);
                     play.until_it_sleeps();
                     const std::lock_guard hold{r};
                     ready = true;
                     changed.notify_all();
                   },
                   [&] {
                     play.await(1);
                     const std::lock_guard outer{r};
                     std::unique_lock keep{o};
                     if (!over) keep.unlock();
                     std::unique_lock hold{r};
                     play.this_is_me();
                     play.passed();
                     play.meet();
                     changed.wait(hold, [&] { return ready; });
                   }});
}

// Both notifiers need o; or one of them does not, and is the first.
void two_notifiers(Play& play, bool both_need) {
  Lock o{"o"};
  Lock m{"m"};
  Condition changed{"changed"};
  bool ready = false;
  Turns first;
  const auto notify = [&](bool needs) {
    play.meet();
    if (needs) play.touch(o);
    play.passed();
    play.await(3);
    play.until_it_sleeps();
    if (needs && !both_need) first.wait_for(1);
    {
      const std::lock_guard hold{m};
      ready = true;
      changed.notify_one();
    }
    first.done();
  };
  play.run_freely({[&] { notify(true); }, [&] { notify(both_need); },
                   [&] {
                     play.await(2);
                     const std::lock_guard outer{o};
                     std::unique_lock hold{m};
                     play.this_is_me();
                     play.passed();
                     play.meet();
                     changed.wait(hold, [&] { return ready; });
                   }});
}

// Two wait, and one of them (or both) is told. Then all three wait: the one that goes on, and main, for
// permits that nobody gives; or main for a lock that the one which was passed over keeps. The last of
// them is the victim, and frees the others.
void passed_over(Play& play, bool keeps, bool both) {
  Lock m{"m"};
  Lock o{"o"};
  Condition changed{"changed"};
  Semaphore s{both ? 2u : 0u, "s"};
  int waiting = 0;
  int items = 0;
  std::atomic<bool> rescued{false};
  const auto take = [&] {
    std::unique_lock hold{m};
    ++waiting;
    changed.wait(hold, [&] { return items > 0; });
    --items;
  };
  // Who has let go of the lock stands in line.
  const auto until = [&](int count) {
    for (bool there = false; !there; Play::look_again()) {
      const std::lock_guard hold{m};
      there = waiting >= count;
    }
  };
  const auto put = [&](bool all) {
    const std::lock_guard hold{m};
    items += all ? 2 : 1;
    if (all) return changed.notify_all();
    changed.notify_one();
  };
  const auto rescue = [&] {
    if (play.victims() == 0 || rescued.exchange(true)) return;
    s.release(2);
    put(false);
  };
  play.run_freely({[&] {
                     take();
                     play.attempt([&] { s.acquire(); });
                     rescue();
                   },
                   [&] {
                     until(1);
                     {
                       std::unique_lock outer{o, std::defer_lock};
                       if (keeps) outer.lock();
                       play.attempt(take);
                     }
                     rescue();
                   },
                   [&] {
                     until(2);
                     put(both);
                     play.attempt([&] {
                       if (keeps) {
                         play.take(o);
                       } else {
                         s.acquire();
                       }
                     });
                     rescue();
                   }});
}

constexpr std::array kSituations = {
    Situation{"notifier-needs-what-stays-held", "changed o", "starvation",
              [](Play& play) { waits_holding(play, true); },
              [](Play& play) { waits_holding(play, false); }},
    Situation{"waits-for-a-time-only", "changed o", "starvation",
              [](Play& play) { waits_holding(play, true); },
              [](Play& play) { waits_holding(play, true, true); }},
    Situation{"lock-taken-again-under-another", "b m", "deadlock",
              [](Play& play) { taken_again(play, true); },
              [](Play& play) { taken_again(play, false); }},
    Situation{"notified-too-early", nullptr, "lost-wakeup",
              [](Play& play) { notified(play, true, false); },
              [](Play& play) { notified(play, true, true); }},
    Situation{"notified-in-time", nullptr, "lost-wakeup",
              [](Play& play) { notified(play, true, false); },
              [](Play& play) { notified(play, false, false); }},
    Situation{"nobody-notifies", nullptr, "starvation",
              [](Play& play) {
                Lock m{"m"};
                Condition changed{"changed"};
                play.run({[&] {
                  std::unique_lock hold{m};
                  changed.wait(hold);
                }});
              },
              [](Play& play) { notified(play, false, true); }},
    Situation{"recursive-lock-released-in-full", "changed o", "starvation",
              [](Play& play) { recursive(play, true); },
              [](Play& play) { recursive(play, false); }},
    Situation{"two-notifiers", "changed o", "starvation",
              [](Play& play) { two_notifiers(play, true); },
              [](Play& play) { two_notifiers(play, false); }},
    Situation{"passed-over-beside-another-wait", nullptr, "starvation",
              [](Play& play) { passed_over(play, false, false); },
              [](Play& play) { passed_over(play, false, true); }},
    Situation{"passed-over-with-a-lock", nullptr, "starvation",
              [](Play& play) { passed_over(play, true, false); },
              [](Play& play) { passed_over(play, true, true); }},
};

}  // namespace

std::span<const Situation> conditions() { return kSituations; }

}  // namespace gridlock::situations
