// SPDX-License-Identifier: Apache-2.0
//
// A pool of threads with futures: what it gives, and how it can run out of threads.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <cstdio>
#include <stdexcept>
#include <vector>

GRIDLOCK_SCENARIO(
    executor_results,
    {.name = "executor/results",
     .summary = "A pool of named workers: results in order, results as they come, exceptions",
     .story =
         "To start a thread for each small piece of work is expensive, and to start a thousand is "
         "foolish. An executor has a fixed number of workers and a queue. submit() puts a call "
         "into the queue and gives you a future, the place where its result will be.\n\n"
         "map() calls a function with each element of a list and gives the results in the order of "
         "the list, whichever was ready first. as_completed() goes through futures the other way "
         "round, in the order in which they are ready. What a task throws is not lost, and does "
         "not end the program: it comes out of get(), in the thread that asks for the result.",
     .expect = gridlock::clean()}) {
  gridlock::Executor kitchen{3, "cook"};
  const std::vector<int> orders{1, 2, 3, 4, 5};
  int sum = 0;
  for (const int each : kitchen.map([](int x) { return x * x; }, orders)) sum += each;
  std::printf("map: the squares add up to %d\n", sum);

  std::vector<gridlock::Future<int>> meals;
  for (const int each : orders) {
    meals.push_back(kitchen.submit("meal", [each] {
      if (each == 4) throw std::runtime_error("no fish today");
      return each;
    }));
  }
  for (gridlock::Future<int>& meal : gridlock::as_completed(meals)) {
    try {
      std::printf("meal %d is ready\n", meal.get());
    } catch (const std::runtime_error& error) {
      std::printf("the cook says: %s\n", error.what());
    }
  }
}

GRIDLOCK_SCENARIO(
    executor_task_waits_for_task,
    {.name = "executor/task-waits-for-task",
     .summary = "Each worker of a pool waits for a task that no worker is left to run",
     .story =
         "Two cooks work through a queue of orders. A menu is an order that needs a soup, so each "
         "cook who takes a menu puts a soup into the queue and waits for it. Now two menus are "
         "ordered at once. Both cooks have one, both wait for a soup, and both soups are in the "
         "queue, where nobody is left to take them.\n\n"
         "There is no lock here, and with three cooks all would be well, as it is with two on a "
         "quiet day. It is the fullness of the pool that kills: a task that waits for a task of "
         "the "
         "same pool keeps a worker from it.\n\n"
         "In the report all workers of the pool are there. Each waits for the value of a future "
         "whose task is still in the queue of that pool.",
     .expect = gridlock::finds(gridlock::FindingKind::kDeadlock),
     .twin = "executor/task-adds-a-step"}) {
  gridlock::Executor kitchen{2, "cook"};
  gridlock::Rendezvous busy_day{2};
  const auto menu = [&] {
    busy_day.meet();  // both cooks have a menu
    gridlock::Future<int> soup = kitchen.submit("soup", [] { return 1; });
    return soup.get() + 1;  // wrong: with a worker of the same pool in hand
  };
  gridlock::Future<int> first = kitchen.submit("first menu", menu);
  gridlock::Future<int> second = kitchen.submit("second menu", menu);
  std::printf("%d courses\n", first.get() + second.get());
}

GRIDLOCK_SCENARIO(
    executor_task_adds_a_step,
    {.name = "executor/task-adds-a-step",
     .summary = "Whoever ordered waits for all the parts; no task waits for another",
     .story =
         "The same two menus with the same two cooks. But now the guest orders the soups and the "
         "rest, and puts the menu together. A guest may wait: that takes no cook away from the "
         "kitchen.\n\n"
         "There are other ways out: a second pool for the soups, or a menu that cooks its soup "
         "itself. To have more workers is none, it only takes more menus then.",
     .expect = gridlock::clean(),
     .twin = "executor/task-waits-for-task"}) {
  gridlock::Executor kitchen{2, "cook"};
  const auto soup = [] { return 1; };
  const auto rest = [] { return 1; };
  gridlock::Future<int> parts[] = {kitchen.submit("soup", soup), kitchen.submit("rest", rest),
                                   kitchen.submit("soup", soup), kitchen.submit("rest", rest)};
  int courses = 0;
  for (gridlock::Future<int>& part : parts) courses += part.get();
  std::printf("%d courses\n", courses);
}
