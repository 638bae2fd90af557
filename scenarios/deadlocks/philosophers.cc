// SPDX-License-Identifier: Apache-2.0
//
// Five philosophers at a round table, a fork between each two of them, and everybody needs both
// forks to eat (Dijkstra, "Hierarchical ordering of sequential processes", 1971).
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <array>
#include <mutex>
#include <string_view>
#include <vector>

namespace {

constexpr int kSeats = 5;
constexpr int kMeals = 100;
constexpr std::array<std::string_view, kSeats> kNames = {"Plato", "Hypatia", "Kant", "Arendt",
                                                         "Laozi"};

struct Table {
  std::array<gridlock::Lock, kSeats> forks{gridlock::Lock{"fork 0"}, gridlock::Lock{"fork 1"},
                                           gridlock::Lock{"fork 2"}, gridlock::Lock{"fork 3"},
                                           gridlock::Lock{"fork 4"}};
  std::array<int, kSeats> meals{};  // each philosopher's own

  gridlock::Lock& left(int seat) { return forks[static_cast<std::size_t>(seat)]; }
  gridlock::Lock& right(int seat) { return forks[static_cast<std::size_t>((seat + 1) % kSeats)]; }
  void eat(int seat) { ++meals[static_cast<std::size_t>(seat)]; }
};

template <typename Dine>
void dinner(Dine dine) {
  std::vector<gridlock::Thread> philosophers;
  for (int seat = 0; seat < kSeats; ++seat)
    philosophers.emplace_back(kNames[static_cast<std::size_t>(seat)],
                              [&dine, seat] { dine(seat); });
  for (gridlock::Thread& philosopher : philosophers) philosopher.join();
}

template <typename Meal>
void dinner_of_many_meals(Meal meal) {
  Table table;
  gridlock::Rendezvous start{kSeats};
  dinner([&](int seat) {
    start.meet();
    for (int i = 0; i < kMeals; ++i) meal(table, seat);
  });
  for (const int meals : table.meals)
    gridlock::assert_that(meals == kMeals, "every philosopher has eaten");
}

}  // namespace

GRIDLOCK_SCENARIO(
    philosophers_hung,
    {.name = "philosophers/hung",
     .summary = "Each of five has the left fork and waits for the right one",
     .story =
         "Everybody sits down and takes the fork to the left. Now there is none left on the table, "
         "and everybody waits for the one to the right, which the neighbour holds and does not "
         "give back before he has eaten.\n\n"
         "It is the deadlock of two threads and two locks, with five of each. Nobody did anything "
         "that would be wrong if he were alone.\n\n"
         "In the report, follow the ring: each thread waits for a fork, and the next line says who "
         "has that one and waits for the next.",
     .expect = gridlock::finds(gridlock::FindingKind::kDeadlock),
     .twin = "philosophers/ordered"}) {
  Table table;
  gridlock::Rendezvous all_have_one{kSeats};
  dinner([&](int seat) {
    const gridlock::Guard first{table.left(seat)};
    all_have_one.meet();
    const gridlock::Guard second{table.right(seat)};
    table.eat(seat);
  });
}

GRIDLOCK_SCENARIO(
    philosophers_predicted,
    {.name = "philosophers/predicted",
     .summary = "The same five eat one after the other: lucky today",
     .story =
         "Today they come one after the other, and each has eaten when the next one arrives. "
         "Everybody gets both forks, and the evening ends well. With real threads most evenings "
         "do.\n\n"
         "Gridlock remembers who asked for which fork while holding which, and sees that the five "
         "together form a ring. The evening of philosophers/hung is possible.\n\n"
         "In the report the cycle has five arrows, one for each philosopher. Turn one of them "
         "around and the ring is broken.",
     .expect = gridlock::finds(gridlock::FindingKind::kLockOrderCycle),
     .twin = "philosophers/ordered"}) {
  Table table;
  gridlock::Turns turns;
  dinner([&](int seat) {
    turns.wait_for(static_cast<std::uint32_t>(seat));
    {
      const gridlock::Guard first{table.left(seat)};
      const gridlock::Guard second{table.right(seat)};
      table.eat(seat);
    }
    turns.done();
  });
}

GRIDLOCK_SCENARIO(
    philosophers_ordered,
    {.name = "philosophers/ordered",
     .summary = "Everybody takes the fork with the smaller number first",
     .story = "The forks have numbers. Everybody takes the smaller one first; for four that is the "
              "left one, for Laozi, who sits between fork 4 and fork 0, the right one. Whoever has "
              "the greatest number that is in use waits for nobody, so somebody can always eat.\n\n"
              "One arrow of the ring is turned around, and that is enough.",
     .expect = gridlock::clean(),
     .twin = "philosophers/hung"}) {
  dinner_of_many_meals([](Table& table, int seat) {
    const bool left_is_first = seat != kSeats - 1;
    const gridlock::Guard first{left_is_first ? table.left(seat) : table.right(seat)};
    const gridlock::Guard second{left_is_first ? table.right(seat) : table.left(seat)};
    table.eat(seat);
  });
}

GRIDLOCK_SCENARIO(
    philosophers_host,
    {.name = "philosophers/host",
     .summary = "A host lets one at a time reach for the forks",
     .story = "A host stands by the table, and only one at a time may reach out for forks. Who "
              "waits for the second fork has the host's permission, so nobody else is reaching out "
              "meanwhile, and who holds both forks needs nothing more and will give them back.\n\n"
              "The ring of the forks is still there, but it can never close. In the report it "
              "stands among the cycles that were judged infeasible, with the host as the reason.",
     .expect = gridlock::clean(),
     .twin = "philosophers/hung"}) {
  gridlock::Lock host{"host"};
  dinner_of_many_meals([&](Table& table, int seat) {
    std::unique_lock permission{host};
    const gridlock::Guard first{table.left(seat)};
    const gridlock::Guard second{table.right(seat)};
    permission.unlock();
    table.eat(seat);
  });
}

GRIDLOCK_SCENARIO(
    philosophers_both,
    {.name = "philosophers/both-at-once",
     .summary = "Everybody takes both forks together, or none",
     .story = "std::scoped_lock takes two locks as if they were one: it waits for one, tries the "
              "other, and puts the first back if that fails. Nobody sits there with one fork in "
              "the hand and waits for another.",
     .expect = gridlock::clean(),
     .twin = "philosophers/predicted"}) {
  dinner_of_many_meals([](Table& table, int seat) {
    const std::scoped_lock both{table.left(seat), table.right(seat)};
    table.eat(seat);
  });
}
