// SPDX-License-Identifier: Apache-2.0
//
// A lock that is fresh: its maker takes it before anybody else can know it, and then the lock of the list
// that he puts it into. In each deadlock it is in the list before it is taken.
#include "tests/situations/situations.h"

#include <optional>

namespace gridlock::situations {
namespace {

// In the lucky run the other thread begins, but comes when the maker is done.
template <typename Maker, typename Other>
void in_turn(Play& play, Maker maker, Other other) {
  play.run_freely({[&] {
                     maker();
                     play.passed();
                   },
                   [&] {
                     play.await(1);
                     other();
                   }});
}

// What the maker does with the fresh lock; and afterwards the other thread takes it under the list's lock.
template <typename Fresh, typename List>
struct Shelf {
  List list{"list"};
  std::optional<Fresh> o;
  Turns made;
};

// `taking` calls what it is given while it holds the lock.
template <typename Fresh, typename Taking>
void publish(Play& play, bool taken_first, Taking taking) {
  Shelf<Fresh, Lock> shelf;
  in_turn(
      play,
      [&] {
        shelf.o.emplace("o");
        if (!taken_first) {
          play.take(shelf.list);
          shelf.made.done();
          play.nest(*shelf.o, shelf.list);
          return;
        }
        taking(*shelf.o, [&] {
          play.take(shelf.list);
          shelf.made.done();
        });
      },
      [&] {
        shelf.made.wait_for(1);
        play.nest(shelf.list, *shelf.o);
      });
}

template <typename Fresh>
void once(Fresh& lock, const std::function<void()>& inside) {
  const std::lock_guard hold{lock};
  inside();
}
void twice(RLock& lock, const std::function<void()>& inside) {
  const std::lock_guard hold{lock};
  once(lock, inside);
}
void reading(SharedLock& lock, const std::function<void()>& inside) {
  lock.lock_shared();
  inside();
  lock.unlock_shared();
}

void held_for_reading(Play& play) {
  Shelf<SharedLock, Lock> shelf;
  in_turn(
      play,
      [&] {
        shelf.o.emplace("o");
        play.take(shelf.list);
        shelf.made.done();
        play.nest(Reading{*shelf.o}, shelf.list);
      },
      [&] {
        shelf.made.wait_for(1);
        play.nest(shelf.list, *shelf.o);
      });
}

// A node with two locks, of which the second is the one in question.
void with_another_below_it(Play& play, bool taken_first) {
  Lock list{"list"};
  std::optional<Lock> o;
  std::optional<Lock> p;
  Turns made;
  in_turn(
      play,
      [&] {
        o.emplace("o");
        p.emplace("p");
        if (!taken_first) {
          play.take(list);
          made.done();
        }
        const std::lock_guard on_o{*o};
        if (!taken_first) return play.nest(*p, list);
        const std::lock_guard on_p{*p};
        play.take(list);
        made.done();
      },
      [&] {
        made.wait_for(1);
        play.nest(list, *p);
      });
}

void while_others_are_held(Play& play, bool taken_first) {
  Lock list{"list"};
  Lock index{"index"};
  std::optional<Lock> o;
  Turns made;
  in_turn(
      play,
      [&] {
        o.emplace("o");
        if (!taken_first) {
          play.take(list);
          made.done();
        }
        const std::lock_guard on_o{*o};
        play.meet();
        play.take(index, list);
        if (taken_first) made.done();
      },
      [&] {
        made.wait_for(1);
        play.nest(list, *o);
      });
}

void under_a_semaphore(Play& play, bool taken_first) {
  Shelf<Lock, Lock> shelf;
  Semaphore list{1, "list"};
  Permit on_list{list};
  in_turn(
      play,
      [&] {
        shelf.o.emplace("o");
        if (!taken_first) {
          play.take(on_list);
          shelf.made.done();
          return play.nest(*shelf.o, on_list);
        }
        const std::lock_guard on_o{*shelf.o};
        play.take(on_list);
        shelf.made.done();
      },
      [&] {
        shelf.made.wait_for(1);
        play.nest(on_list, *shelf.o);
      });
}

// Handed over by something else than the list's lock: give(), and get() in the other thread.
template <typename Give, typename Get>
void handed_over(Play& play, bool taken_first, Give give, Get get) {
  Lock list{"list"};
  std::optional<Lock> o;
  in_turn(
      play,
      [&] {
        o.emplace("o");
        if (!taken_first) {
          give();
          return play.nest(*o, list);
        }
        const std::lock_guard on_o{*o};
        play.take(list);
        give();
      },
      [&] {
        get();
        play.nest(list, *o);
      });
}

void through_queue(Play& play, bool taken_first) {
  Queue<int> q{"q"};
  handed_over(play, taken_first, [&] { q.put(1); }, [&] { (void)q.get(); });
}
void through_event(Play& play, bool taken_first) {
  Event e{"e"};
  handed_over(play, taken_first, [&] { e.set(); }, [&] { e.wait(); });
}

constexpr std::array kSituations = {
    Situation{"under-the-lists-lock", "list o", "deadlock",
              [](Play& play) { publish<Lock>(play, false, once<Lock>); },
              [](Play& play) { publish<Lock>(play, true, once<Lock>); }},
    Situation{"with-another-below-it", "list p", "deadlock",
              [](Play& play) { with_another_below_it(play, false); },
              [](Play& play) { with_another_below_it(play, true); }},
    Situation{"while-others-are-held", "list o", "deadlock",
              [](Play& play) { while_others_are_held(play, false); },
              [](Play& play) { while_others_are_held(play, true); }},
    Situation{"as-an-rlock-held-twice", "list o", "deadlock",
              [](Play& play) { publish<RLock>(play, false, twice); },
              [](Play& play) { publish<RLock>(play, true, twice); }},
    Situation{"held-for-reading", "list o", "deadlock", held_for_reading,
              [](Play& play) { publish<SharedLock>(play, true, reading); }},
    Situation{"under-a-semaphore", "list o", "deadlock",
              [](Play& play) { under_a_semaphore(play, false); },
              [](Play& play) { under_a_semaphore(play, true); }},
    Situation{"through-a-queue", "list o", "deadlock",
              [](Play& play) { through_queue(play, false); },
              [](Play& play) { through_queue(play, true); }},
    Situation{"through-an-event", "list o", "deadlock",
              [](Play& play) { through_event(play, false); },
              [](Play& play) { through_event(play, true); }},
};

}  // namespace

std::span<const Situation> publications() { return kSituations; }

}  // namespace gridlock::situations
