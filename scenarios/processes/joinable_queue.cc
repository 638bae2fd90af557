// SPDX-License-Identifier: Apache-2.0
//
// Producers and consumers in processes of their own, over a JoinableQueue.
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <string>
#include <vector>

namespace {

constexpr int kOrders = 12;
constexpr std::uint32_t kRoom = 4;  // orders that fit in the queue
constexpr int kNoMore = -1;         // the sentinel: no order has this number
constexpr int kCooks = 3;

// A daemon cooks whatever is ordered; the main process waits until all is cooked.
void restaurant(bool says_done) {
  gridlock::JoinableQueue<int> orders{kRoom, "orders"};
  gridlock::Shared<int> cooked{0};
  gridlock::Process cook{{.name = "cook", .daemon = true}, [&] {
                           for (;;) {
                             *cooked += orders.get();
                             if (says_done) orders.task_done();
                           }
                         }};
  for (int order = 1; order <= kOrders; ++order) orders.put(order);
  orders.join();
  gridlock::assert_that(*cooked == kOrders * (kOrders + 1) / 2, "every order was cooked");
}

// `cooks` processes take orders until one says that there are no more; `sentinels` of these are
// sent.
void kitchen(int cooks, int sentinels) {
  gridlock::JoinableQueue<int> orders{kRoom, "orders"};
  std::vector<gridlock::Process> kitchen;
  for (int i = 0; i < cooks; ++i) {
    kitchen.emplace_back("cook " + std::to_string(i + 1), [&] {
      while (orders.get() != kNoMore) {
      }
    });
  }
  for (int order = 1; order <= kOrders; ++order) orders.put(order);
  for (int i = 0; i < sentinels; ++i) orders.put(kNoMore);
  for (gridlock::Process& cook : kitchen) cook.join();
}

}  // namespace

GRIDLOCK_SCENARIO(
    joinable_queue_task_done,
    {.name = "joinable-queue/task-done",
     .summary = "A process puts orders, a daemon process cooks them, join waits for the last",
     .story =
         "The waiter and the cook are two processes; the orders go through a queue that holds "
         "four. The cook takes one, cooks it and says task_done(). The waiter writes all orders "
         "and calls join(), which returns when that has been said of each of them: an empty queue "
         "would not be enough, because the last order is out of the queue while it is still being "
         "cooked.\n\n"
         "The cook never leaves by himself. He is a daemon: when the waiter is done he is sent "
         "home.",
     .case_number = 20,
     .expect = gridlock::clean(),
     .twin = "joinable-queue/task-not-done"}) {
  restaurant(true);
}

GRIDLOCK_SCENARIO(
    joinable_queue_task_not_done,
    {.name = "joinable-queue/task-not-done",
     .summary = "The consumer takes every item but never says that it is done",
     .story =
         "The cook cooks everything and forgets to say so. The waiter stands at the counter in "
         "join() and waits for twelve task_done() that nobody will call; the cook has gone back "
         "to the queue and waits for an order that nobody will write.\n\n"
         "Nothing crashes and no processor is busy, so such a program looks as if it were "
         "thinking. Gridlock sees that every thread of both processes waits for another to do "
         "something, and ends it. In the report: one waits in join, one in get, for the same "
         "queue.",
     .case_number = 20,
     .expect = gridlock::finds(gridlock::FindingKind::kStarvation),
     .twin = "joinable-queue/task-done"}) {
  restaurant(false);
}

GRIDLOCK_SCENARIO(
    sentinel_missing,
    {.name = "sentinel/missing",
     .summary = "Nobody tells the consumer that there are no more items",
     .story =
         "The cook is no daemon now: his process ends when he is told that the kitchen closes. "
         "The waiter puts the last order and waits for the cook to go home. But nobody told him. "
         "To the cook an empty queue does not mean the end; the next order may come any "
         "moment.\n\n"
         "So he waits for an order, and the waiter for him. In the report the waiter waits for "
         "the end of a process, and that process in get.",
     .case_number = 21,
     .expect = gridlock::finds(gridlock::FindingKind::kStarvation),
     .twin = "sentinel/sent"}) {
  kitchen(1, 0);
}

GRIDLOCK_SCENARIO(
    sentinel_sent,
    {.name = "sentinel/sent",
     .summary = "The last item says that it is the last",
     .story = "After the last order the waiter puts one with a number that no order has. "
              "It stands at the end of the queue, so it is read when all the others have "
              "been, and the cook who reads it goes home. Such an item is called a "
              "sentinel. It must be a value that can never be a real one.",
     .case_number = 21,
     .expect = gridlock::clean(),
     .twin = "sentinel/missing"}) {
  kitchen(1, 1);
}

GRIDLOCK_SCENARIO(
    sentinels_one,
    {.name = "sentinels/one",
     .summary = "One sentinel for three consumers: two of them starve",
     .story =
         "Three cooks take their orders from one queue. The waiter puts a single sentinel at its "
         "end, as he did when there was one cook. Whoever takes it goes home and takes it with "
         "him: an item goes to one of those who get, not to all. The other two wait for an order "
         "that never comes.\n\n"
         "Which two changes from run to run. In the finding the two others wait in get, and the "
         "waiter for the end of one of them. The cook who went home is only in the list of "
         "processes above it, with exit code 0.",
     .case_number = 22,
     .expect = gridlock::finds(gridlock::FindingKind::kStarvation),
     .twin = "sentinels/one-each"}) {
  kitchen(kCooks, 1);
}

GRIDLOCK_SCENARIO(
    sentinels_one_each,
    {.name = "sentinels/one-each",
     .summary = "As many sentinels as there are consumers",
     .story = "Three cooks, three sentinels. Each cook stops reading at the first one he "
              "meets, so none of them can take two, and there is one for each. (The "
              "other way is that each puts the sentinel back before he goes home; then "
              "one is left in the queue at the end.)",
     .case_number = 22,
     .expect = gridlock::clean(),
     .twin = "sentinels/one"}) {
  kitchen(kCooks, kCooks);
}
