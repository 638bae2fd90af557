// SPDX-License-Identifier: Apache-2.0
//
// The standard containers and two threads: none of them is safe by itself.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <list>
#include <map>
#include <set>

namespace {

constexpr int kTimes = 1000;

// First one thread adds, then the other. To overlap for real would break the container and crash;
// that they do not overlap changes nothing, because nothing orders them either.
template <typename Add>
void add_unprotected(Add add) {
  gridlock::Turns turns;
  gridlock::Thread first{"first", [&] {
                           add(1);
                           turns.done();
                         }};
  gridlock::Thread second{"second", [&] {
                            turns.wait_for(1);
                            add(2);
                          }};
}

// Each thread adds numbers of its own: the first the even ones.
template <typename Add>
void add_under_lock(Add add) {
  gridlock::Lock lock{"container lock"};
  gridlock::Rendezvous start{2};
  const auto work = [&](int offset) {
    start.meet();
    for (int i = 0; i < kTimes; ++i) {
      const gridlock::Guard guard{lock};
      add(2 * i + offset);
    }
  };
  gridlock::Thread first{"first", [&] { work(0); }};
  gridlock::Thread second{"second", [&] { work(1); }};
}

void check_complete(std::size_t size) {
  gridlock::assert_that(size == 2 * kTimes, "nothing that was added is lost");
}

}  // namespace

GRIDLOCK_SCENARIO(
    container_list,
    {.name = "container/list",
     .summary = "Two threads append to one std::list without a lock",
     .story =
         "A list is a chain: to append, the last link is made to point to the new one. If two "
         "threads do that at once, both hang their link onto the same last one, and one of the two "
         "is lost; or the chain ends up broken and a later walk over it never ends.\n\n"
         "The containers of the standard library promise only that different objects can be used "
         "by different threads, and that one object can be read by many as long as nobody "
         "writes.\n\n"
         "In the report, the accesses lie deep inside the library. Go up the stack to the first "
         "line of your own: that is the append without a lock.",
     .case_number = 11,
     .expect = gridlock::finds(gridlock::FindingKind::kDataRace),
     .twin = "container/list-locked"}) {
  std::list<int> list;
  add_unprotected([&](int value) { list.push_back(value); });
}

GRIDLOCK_SCENARIO(
    container_list_locked,
    {.name = "container/list-locked",
     .summary = "Each append to the list holds one lock",
     .story = "One lock for one container, and everybody who touches it takes that lock, "
              "those who only read as well. The list then has all 2000 numbers, in some "
              "order.",
     .case_number = 11,
     .expect = gridlock::clean(),
     .twin = "container/list"}) {
  std::list<int> list;
  add_under_lock([&](int value) { list.push_back(value); });
  check_complete(list.size());
}

GRIDLOCK_SCENARIO(
    container_set,
    {.name = "container/set",
     .summary = "Two threads insert into one std::set without a lock",
     .story =
         "A set is a tree, and an insertion may turn whole branches around to keep it balanced. A "
         "second thread that walks down meanwhile gets lost on a branch that is just being moved. "
         "It does not help that the two insert different values: they share the tree, not the "
         "values.\n\n"
         "In the report, look for the two calls of insert in your own lines. One of the two "
         "accesses may be a read: looking for the place is enough for a race.",
     .case_number = 11,
     .expect = gridlock::finds(gridlock::FindingKind::kDataRace),
     .twin = "container/set-locked"}) {
  std::set<int> set;
  add_unprotected([&](int value) { set.insert(value); });
}

GRIDLOCK_SCENARIO(
    container_set_locked,
    {.name = "container/set-locked",
     .summary = "Each insertion into the set holds one lock",
     .story = "The tree is turned around by one thread at a time, and nobody looks at "
              "it meanwhile. All 2000 different values are in it.",
     .case_number = 11,
     .expect = gridlock::clean(),
     .twin = "container/set"}) {
  std::set<int> set;
  add_under_lock([&](int value) { set.insert(value); });
  check_complete(set.size());
}

GRIDLOCK_SCENARIO(
    container_map,
    {.name = "container/map",
     .summary = "Two threads look up and store in one std::map without a lock",
     .story =
         "Two threads keep their figures in one map, each under a key of its own. map[key] looks "
         "harmless, like reading an array. But it inserts the key if it is not there, and so it "
         "changes the tree that both share.\n\n"
         "In the report, the line with the square brackets is on both sides. Reading a map with [] "
         "is a write; find() and at() are not.",
     .case_number = 11,
     .expect = gridlock::finds(gridlock::FindingKind::kDataRace),
     .twin = "container/map-locked"}) {
  std::map<int, int> map;
  add_unprotected([&](int key) { map[key] = 10 * key; });
}

GRIDLOCK_SCENARIO(container_map_locked,
                  {.name = "container/map-locked",
                   .summary = "Each use of the map holds one lock",
                   .story = "The lock is taken around the whole statement: the look-up and the "
                            "assignment to what it returns. A reference into the container that is "
                            "used after the lock was given back would be unprotected again.",
                   .case_number = 11,
                   .expect = gridlock::clean(),
                   .twin = "container/map"}) {
  std::map<int, int> map;
  add_under_lock([&](int key) { map[key] = 10 * key; });
  check_complete(map.size());
}

GRIDLOCK_SCENARIO(
    container_queue,
    {.name = "container/queue",
     .summary = "Two threads hand over values through a Queue, which is safe by itself",
     .story =
         "Often a container is shared only to hand something over: some threads put in, others "
         "take out. A Queue is made for that. It has its lock inside, and who takes from an empty "
         "one waits.\n\n"
         "What comes out is ordered too: all that the producer did before put() has happened when "
         "get() returns the item.",
     .case_number = 11,
     .expect = gridlock::clean(),
     .twin = "container/list"}) {
  gridlock::Queue<int> queue{"numbers"};
  const auto work = [&](int offset) {
    for (int i = 0; i < kTimes; ++i) queue.put(2 * i + offset);
  };
  {
    gridlock::Thread first{"first", [&] { work(0); }};
    gridlock::Thread second{"second", [&] { work(1); }};
  }
  check_complete(queue.size());
}
