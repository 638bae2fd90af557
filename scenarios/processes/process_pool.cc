// SPDX-License-Identifier: Apache-2.0
//
// A pool of processes: what it gives, what becomes of a task whose process dies, and how it can run
// out of processes.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>
#include <signal.h>

#include <cstdio>
#include <stdexcept>
#include <vector>

GRIDLOCK_SCENARIO(
    process_pool_map,
    {.name = "process-pool/map",
     .summary = "A pool of processes: results in order, and the text of an exception",
     .story =
         "A pool of processes is used as a pool of threads is: submit() gives a future, map() the "
         "results in the order of the list. The difference is below. Each worker is a process with "
         "memory of its own, so two tasks cannot race for a variable, and a task that crashes "
         "takes "
         "nobody with it.\n\n"
         "The price is that everything has to be sent. Function, arguments and result go over as "
         "bytes; of an exception only its text does.",
     .expect = gridlock::clean()}) {
  gridlock::ProcessPool kitchen{2, "cook"};
  int sum = 0;
  for (const int each : kitchen.map([](int x) { return x * x; }, std::vector{1, 2, 3, 4, 5}))
    sum += each;
  std::printf("map: the squares add up to %d\n", sum);

  gridlock::TaskFuture<int> meal =
      kitchen.submit([](int) -> int { throw std::runtime_error("no fish today"); }, 4);
  try {
    std::printf("meal %d is ready\n", meal.get());
  } catch (const gridlock::TaskFailed& error) {
    std::printf("the cook says: %s\n", error.what());
  }
}

GRIDLOCK_SCENARIO(
    process_pool_worker_killed,
    {.name = "process-pool/worker-killed",
     .summary = "A worker is killed in the middle of its task; who waits for that is told",
     .story =
         "Somebody kills a process, or it runs out of memory, in the middle of a task. Nobody will "
         "ever finish it. A pool that did not notice would let its caller wait forever.\n\n"
         "This one joins each of its workers. When one is gone its task is lost, and get() throws "
         "WorkerDied. The other worker goes on with what is queued.",
     .expect = gridlock::clean()}) {
  gridlock::ProcessPool kitchen{2, "cook"};
  gridlock::TaskFuture<int> unlucky = kitchen.submit([] { return raise(SIGKILL); });
  try {
    std::printf("ended with %d\n", unlucky.get());
  } catch (const gridlock::WorkerDied& error) {
    std::printf("%s\n", error.what());
  }
  std::printf("the other one cooks %d\n", kitchen.submit([] { return 1; }).get());
}

GRIDLOCK_SCENARIO(
    process_pool_task_waits_for_task,
    {.name = "process-pool/task-waits-for-task",
     .summary = "The only worker waits for a task that is queued behind it",
     .story =
         "A cook has a menu that needs a soup, orders the soup from the same kitchen, and waits "
         "for "
         "it. He is the only cook. It hangs as executor/task-waits-for-task does: the soup is in "
         "the queue, and whoever could take it waits for it. There the finding is a deadlock, "
         "because only the workers of that pool could help. Here it is a starvation: a result "
         "comes with a permit of an IpcSemaphore, which any thread of any process may release, and "
         "all of them wait.\n\n"
         "In the report you see both processes. The guest in P1 waits for the menu, the cook in P2 "
         "for the soup, and the thread that joins the cook waits for his end.",
     .expect = gridlock::finds(gridlock::FindingKind::kStarvation),
     .twin = "process-pool/waits-outside"}) {
  static gridlock::ProcessPool kitchen{1, "cook"};  // static: the cook's copy has to find his
  const auto menu = [] {
    return kitchen.submit([] { return 1; }).get() + 1;  // wrong: with the only worker in hand
  };
  std::printf("%d courses\n", kitchen.submit(menu).get());
}

GRIDLOCK_SCENARIO(
    process_pool_waits_outside,
    {.name = "process-pool/waits-outside",
     .summary = "Whoever ordered waits for both parts; no task waits for another",
     .story =
         "The guest orders the soup and the rest, waits for both and puts the menu together. That "
         "takes no cook away from the kitchen, so one is enough.",
     .expect = gridlock::clean(),
     .twin = "process-pool/task-waits-for-task"}) {
  gridlock::ProcessPool kitchen{1, "cook"};
  gridlock::TaskFuture<int> soup = kitchen.submit([] { return 1; });
  gridlock::TaskFuture<int> rest = kitchen.submit([] { return 1; });
  std::printf("%d courses\n", soup.get() + rest.get());
}
