// SPDX-License-Identifier: Apache-2.0
//
// The catalogue's scenarios of waits, as plain code: conditions, events, semaphores, barriers, latches.
#include <semaphore.h>

#include <barrier>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <semaphore>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/interpose/programs/catalogue.h"

namespace {

// condition
void condition_lost_wakeup() {
  std::mutex kitchen;
  std::condition_variable dinner;
  Turns turns;
  std::jthread cook([&] {
    {
      const std::lock_guard guard(kitchen);
      dinner.notify_one();
    }
    turns.done();
  });
  std::jthread guest([&] {
    turns.wait_for(1);
    std::unique_lock hold(kitchen);
    dinner.wait(hold);  // wrong: nothing says whether it is ready already
  });
}
void condition_predicate() {
  std::mutex kitchen;
  std::condition_variable dinner;
  Turns turns;
  bool on_the_table = false;
  std::jthread cook([&] {
    {
      const std::lock_guard guard(kitchen);
      on_the_table = true;
      dinner.notify_one();
    }
    turns.done();
  });
  std::jthread guest([&] {
    turns.wait_for(1);
    std::unique_lock hold(kitchen);
    dinner.wait(hold, [&] { return on_the_table; });
  });
}
void wait_for_parcel(bool locked) {
  std::mutex counter;
  std::condition_variable arrived;
  bool parcel = false;
  {
    const std::lock_guard guard(counter);
    parcel = true;
    arrived.notify_one();
  }
  std::jthread courier([&] {
    std::unique_lock hold(counter, std::defer_lock);
    if (locked) hold.lock();
    if (!locked)
      arrived.wait_for(hold, std::chrono::milliseconds(1));  // wrong: the lock is not held
    if (locked) arrived.wait(hold, [&] { return parcel; });
  });
}
void condition_wait_unlocked() { wait_for_parcel(false); }
void condition_wait_locked() { wait_for_parcel(true); }

template <typename WaitForDessert>
void serve(WaitForDessert wait_for_dessert, bool with_dessert) {
  std::mutex kitchen;
  std::condition_variable bell;
  Turns turns;
  bool dessert = false;
  std::jthread guest([&] {
    std::unique_lock hold(kitchen);
    turns.done();
    wait_for_dessert(bell, hold, dessert);
    check(dessert);
  });
  turns.wait_for(1);
  {
    const std::lock_guard guard(kitchen);  // free only when the guest waits
    bell.notify_all();                     // the soup
  }
  if (!with_dessert) return;
  const std::lock_guard guard(kitchen);
  dessert = true;
  bell.notify_all();
}
void condition_own_predicate() {
  serve([](std::condition_variable& bell, std::unique_lock<std::mutex>& hold,
           const bool& dessert) { bell.wait(hold, [&] { return dessert; }); },
        true);
}
void condition_no_predicate() {
  serve(
      [](std::condition_variable& bell, std::unique_lock<std::mutex>& hold, const bool&) {
        bell.wait(hold);  // wrong: the bell does not say what is ready
      },
      false);
}

template <typename WaitForLoaf>
void sell(WaitForLoaf wait_for_loaf, int bakings) {
  std::mutex shop;
  std::condition_variable fresh;
  Turns turns;
  int loaves = 0;
  std::jthread patient([&] {
    std::unique_lock hold(shop);
    turns.done();
    wait_for_loaf(fresh, hold, loaves);
    check(loaves > 0);
    --loaves;
  });
  std::jthread quick([&] {
    turns.wait_for(2);
    {
      const std::lock_guard guard(shop);
      --loaves;  // never waited: it just came by
    }
    turns.done();
  });
  turns.wait_for(1);
  for (int baking = 0; baking < bakings; ++baking) {
    {
      const std::lock_guard guard(shop);
      ++loaves;
    }
    if (baking == 0) {
      turns.done();
      turns.wait_for(3);
    }
    fresh.notify_one();
  }
}
void condition_stolen_wakeup() {
  sell(
      [](std::condition_variable& fresh, std::unique_lock<std::mutex>& hold, const int& loaves) {
        if (loaves == 0) fresh.wait(hold);  // wrong: looks before the wait only
      },
      1);
}
void condition_looks_again() {
  sell(
      [](std::condition_variable& fresh, std::unique_lock<std::mutex>& hold, const int& loaves) {
        while (loaves == 0) fresh.wait(hold);
      },
      2);
}
void condition_notify_without_lock() {
  std::mutex station;
  std::condition_variable whistle;
  Turns turns;
  std::atomic<bool> arrived = false;
  std::jthread signalman([&] {
    std::unique_lock hold(station);
    whistle.wait(hold, [&] {
      const bool seen = arrived;
      turns.done();
      turns.wait_for(2);  // the train comes now
      return seen;
    });
  });
  std::jthread driver([&] {
    turns.wait_for(1);
    arrived = true;  // wrong: not under the lock
    whistle.notify_one();
    turns.done();
  });
}
void condition_notify_after_unlock() {
  std::mutex station;
  std::condition_variable whistle;
  Turns turns;
  bool arrived = false;
  bool looked = false;
  std::thread signalman([&] {
    std::unique_lock hold(station);
    whistle.wait(hold, [&] {
      if (!looked) turns.done();  // the driver asks for the lock now
      looked = true;
      return arrived;
    });
  });
  std::thread driver([&] {
    turns.wait_for(1);
    {
      const std::lock_guard guard(station);
      arrived = true;
    }
    whistle.notify_one();
  });
  signalman.join();
  driver.join();
}

// event: what std has for it is an atomic that is waited for.
void board(bool let_go) {
  std::mutex platform;
  std::atomic<bool> doors_open = false;
  Turns turns;
  std::jthread passenger([&] {
    std::unique_lock hold(platform);
    turns.done();
    if (let_go) hold.unlock();
    doors_open.wait(false);
  });
  std::jthread driver([&] {
    turns.wait_for(1);
    const std::lock_guard guard(platform);
    doors_open = true;
    doors_open.notify_all();
  });
}
void event_holding() { board(false); }
void event_released() { board(true); }

// semaphore
constexpr int kPermits = 3;
bool request_succeeds() { return false; }
class [[nodiscard]] Permit {
 public:
  explicit Permit(std::counting_semaphore<>& semaphore) : semaphore_(semaphore) {
    semaphore_.acquire();
  }
  ~Permit() { semaphore_.release(); }
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;

 private:
  std::counting_semaphore<>& semaphore_;
};
void semaphore_bound() {
  std::counting_semaphore<> slots(kPermits);
  Rendezvous start(8);
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  {
    std::vector<std::jthread> visitors;
    for (int visitor = 0; visitor < 8; ++visitor)
      visitors.emplace_back([&] {
        start.meet();
        for (int i = 0; i < 1000; ++i) {
          const Permit permit(slots);
          const int now = ++inside;
          for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
          }
          --inside;
        }
      });
  }
  check(most <= kPermits);
}
void semaphore_leaked() {
  sem_t slots;
  sem_init(&slots, 0, kPermits);
  const auto send = [&] {
    sem_wait(&slots);
    if (!request_succeeds()) return;  // wrong: the permit is not given back
    sem_post(&slots);
  };
  std::thread([&] {
    for (int i = 0; i < kPermits; ++i) send();
  }).join();
  std::thread(send).join();
}
void semaphore_returned() {
  std::counting_semaphore<> slots(kPermits);
  const auto send = [&] {
    const Permit permit(slots);
    if (!request_succeeds()) return;
    std::puts("sent");
  };
  std::thread([&] {
    for (int i = 0; i < kPermits; ++i) send();
  }).join();
  std::thread(send).join();
}
void semaphore_balanced() {
  std::counting_semaphore<kPermits> slots(kPermits);
  std::jthread sender([&] {
    slots.acquire();
    slots.release();
  });
}

// barrier, latch
void hike(int places) {
  std::barrier hut(places);
  std::jthread anna([&] { hut.arrive_and_wait(); });
  std::jthread ben([&] { hut.arrive_and_wait(); });
}
void barrier_one_short() { hike(3); }  // wrong: two hikers
void barrier_complete() { hike(2); }

void connect(bool reachable) {
  if (!reachable) throw std::runtime_error("no route to host");
}
void latch_left_early() {
  std::latch connected(3);
  std::atomic<int> failures = 0;
  const auto shard = [&](bool reachable) {
    try {
      connect(reachable);
      connected.count_down();  // wrong: not when connect() throws
    } catch (const std::exception&) {
      ++failures;
    }
  };
  std::jthread north([&] { shard(true); });
  std::jthread south([&] { shard(false); });
  std::jthread west([&] { shard(true); });
  connected.wait();
}
void latch_counts_always() {
  std::latch finished(3);
  bool connected[3] = {};
  const auto shard = [&](int number, bool reachable) {
    try {
      connect(reachable);
      connected[number] = true;
    } catch (const std::exception&) {
      connected[number] = false;
    }
    finished.count_down();
  };
  std::jthread north([&] { shard(0, true); });
  std::jthread south([&] { shard(1, false); });
  std::jthread west([&] { shard(2, true); });
  finished.wait();
  check(connected[0] && !connected[1] && connected[2]);
}

constexpr Scenario kAll[] = {
    {"condition/lost-wakeup", condition_lost_wakeup},
    {"condition/predicate", condition_predicate},
    {"condition/wait-unlocked", condition_wait_unlocked},
    {"condition/wait-locked", condition_wait_locked},
    {"condition/no-predicate", condition_no_predicate},
    {"condition/own-predicate", condition_own_predicate},
    {"condition/stolen-wakeup", condition_stolen_wakeup},
    {"condition/looks-again", condition_looks_again},
    {"condition/notify-without-lock", condition_notify_without_lock},
    {"condition/notify-after-unlock", condition_notify_after_unlock},
    {"event/holding", event_holding},
    {"event/released", event_released},
    {"semaphore/bound", semaphore_bound},
    {"semaphore/leaked", semaphore_leaked},
    {"semaphore/returned", semaphore_returned},
    {"semaphore/balanced", semaphore_balanced},
    {"barrier/one-short", barrier_one_short},
    {"barrier/complete", barrier_complete},
    {"latch/left-early", latch_left_early},
    {"latch/counts-always", latch_counts_always},
};

}  // namespace

int main(int argc, char** argv) { return run_one(kAll, argc, argv); }
