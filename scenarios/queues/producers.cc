// SPDX-License-Identifier: Apache-2.0
//
// Two bakers and five customers around one shelf: who tells the customers that the day is over?
#include <gridlock/gridlock.h>
#include <gridlock/scenario.h>

#include <mutex>
#include <vector>

namespace {

constexpr int kBakers = 2;
constexpr int kCustomers = 5;
constexpr int kBatches = 8;
constexpr int kBatch = 5;
constexpr std::uint32_t kRoom = 8;
constexpr std::uint32_t kLow = 2;

struct Bakery {
  gridlock::Queue<int> shelf{kRoom, "shelf"};
  gridlock::Lock lock{"bakery"};
  gridlock::Condition low{"shelf is low"};
  int eaten = 0;  // under the lock

  // A baker bakes when little is left. Both may do so at once; then the shelf gets full, and put
  // waits until there is room.
  void bake() {
    for (int batch = 0; batch < kBatches; ++batch) {
      {
        std::unique_lock hold{lock};
        low.wait(hold, [&] { return shelf.size() <= kLow; });
      }
      for (int loaf = 0; loaf < kBatch; ++loaf) shelf.put(loaf);
    }
  }

  // The loaf is taken before the lock, and the call is given under it: it cannot fall between a
  // baker's look at the shelf and his wait.
  void buy() {
    while (shelf.get()) {
      const gridlock::Guard guard{lock};
      ++eaten;
      if (shelf.size() <= kLow) low.notify_all();
    }
  }

  void open_for_a_day(bool close_at_the_end) {
    std::vector<gridlock::Thread> bakers;
    std::vector<gridlock::Thread> customers;
    for (int i = 0; i < kCustomers; ++i) customers.emplace_back("customer", [this] { buy(); });
    for (int i = 0; i < kBakers; ++i) bakers.emplace_back("baker", [this] { bake(); });
    for (gridlock::Thread& baker : bakers) baker.join();
    if (close_at_the_end) shelf.close();
    for (gridlock::Thread& customer : customers) customer.join();
  }
};

}  // namespace

GRIDLOCK_SCENARIO(
    producers_not_closed,
    {.name = "producer-consumer/not-closed",
     .summary = "The producers go home, and the consumers wait forever",
     .story =
         "Two bakers fill a shelf that holds eight loaves, whenever only two are left; five "
         "customers take from it as long as they get something. When the bakers have baked all, "
         "they go home. The customers empty the shelf, and then stand before it: nobody told them "
         "that nothing more will come.\n\n"
         "Nothing is wrong with any of the locks. Each get() waits for a put(), and no thread that "
         "could call put() is left.\n\n"
         "In the report, five threads wait in get on the shelf, and main waits for one of them in "
         "join. Ask who should have put something there: both bakers have ended.",
     .case_number = 11,
     .expect = gridlock::finds(gridlock::FindingKind::kStarvation),
     .twin = "producer-consumer/closed"}) {
  Bakery bakery;
  bakery.open_for_a_day(false);
}

GRIDLOCK_SCENARIO(
    producers_closed,
    {.name = "producer-consumer/closed",
     .summary = "Two producers, five consumers, refill when low; the queue is closed at the end",
     .story =
         "The same bakers and customers. When both bakers have gone home, main closes the shelf. "
         "What lies there can still be taken; after that get() returns nothing at once, and each "
         "customer goes home.\n\n"
         "The queue's bound keeps the bakers from running ahead, its close() tells the customers "
         "that it is over, and the condition tells the bakers when to begin again. At the end all "
         "80 loaves were eaten, none twice.",
     .case_number = 11,
     .expect = gridlock::clean(),
     .twin = "producer-consumer/not-closed"}) {
  Bakery bakery;
  bakery.open_for_a_day(true);
  const gridlock::Guard guard{bakery.lock};
  gridlock::assert_that(bakery.eaten == kBakers * kBatches * kBatch,
                        "each loaf is eaten exactly once");
}
