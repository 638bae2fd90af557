// SPDX-License-Identifier: Apache-2.0
//
// Possible deadlocks that a run is lucky enough not to meet, and such that no run can meet.
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/interpose/programs/situation.h"

namespace {

std::mutex alice;
std::mutex bob;
std::mutex carol;
std::shared_mutex prices;

void a_moment(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

// A transfer from one account to another, long before the one back.
void bank() {
  std::thread there([] {
    const std::lock_guard from(alice);
    const std::lock_guard to(bob);
  });
  std::thread back([] {
    a_moment(50);
    const std::lock_guard from(bob);
    const std::lock_guard to(alice);
  });
  there.join();
  back.join();
}

struct Account {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  long balance = 100;
};

// One function for all transfers: the places of both requests are the same.
void transfer(Account& from, Account& to) {
  pthread_mutex_lock(&from.mutex);
  pthread_mutex_lock(&to.mutex);
  --from.balance;
  ++to.balance;
  pthread_mutex_unlock(&to.mutex);
  pthread_mutex_unlock(&from.mutex);
}

void many_transfers() {
  static Account accounts[8];
  std::thread up([] {
    for (int i = 0; i + 1 < 8; ++i) transfer(accounts[i], accounts[i + 1]);
  });
  std::thread down([] {
    a_moment(50);
    for (int i = 7; i > 0; --i) transfer(accounts[i], accounts[i - 1]);
  });
  up.join();
  down.join();
}

void three_threads() {
  std::thread one([] {
    const std::lock_guard first(alice);
    const std::lock_guard second(bob);
  });
  std::thread two([] {
    a_moment(50);
    const std::lock_guard first(bob);
    const std::lock_guard second(carol);
  });
  std::thread three([] {
    a_moment(100);
    const std::lock_guard first(carol);
    const std::lock_guard second(alice);
  });
  one.join();
  two.join();
  three.join();
}

void philosophers() {
  static std::mutex forks[5];
  std::vector<std::thread> all;
  for (int i = 0; i < 5; ++i) {
    all.emplace_back([i] {
      a_moment(20 * i);
      const std::lock_guard left(forks[i]);
      const std::lock_guard right(forks[(i + 1) % 5]);
    });
  }
  for (std::thread& one : all) one.join();
}

void through_rwlock() {
  std::thread reader([] {
    const std::shared_lock look(prices);
    const std::lock_guard change(alice);
  });
  std::thread writer([] {
    a_moment(50);
    const std::lock_guard change(alice);
    const std::unique_lock write(prices);
  });
  reader.join();
  writer.join();
}

// The thread that comes first takes the other's first lock on its way, too.
void on_the_way() {
  std::thread one([] {
    const std::lock_guard first(alice);
    const std::lock_guard second(bob);
  });
  std::thread two([] {
    a_moment(50);
    {
      const std::lock_guard look(alice);
    }
    const std::lock_guard first(bob);
    const std::lock_guard second(alice);
  });
  one.join();
  two.join();
}

// The one that is waited for needs the lock.
void through_join() {
  std::thread worker([] {
    a_moment(20);
    const std::lock_guard own(alice);
  });
  a_moment(60);
  const std::lock_guard held(alice);
  worker.join();
}

// Beside threads that go on all the time.
void beside_others() {
  std::atomic<bool> over{false};
  std::thread busy([&over] {
    while (!over) a_moment(1);
  });
  bank();
  over = true;
  busy.join();
}

// The second begins when the first is done, which only a flag says.
void ruled_out() {
  std::atomic<int> phase{0};
  std::thread one([&phase] {
    {
      const std::lock_guard first(alice);
      const std::lock_guard second(bob);
    }
    phase = 1;
    while (phase != 2) sched_yield();
  });
  std::thread two([&phase] {
    while (phase != 1) sched_yield();
    {
      const std::lock_guard first(bob);
      const std::lock_guard second(alice);
    }
    phase = 2;
  });
  one.join();
  two.join();
}

// The same, many times over: both are at their places again and again, never both at once.
void takes_turns() {
  std::atomic<int> turn{0};
  const auto play = [&turn](int own, std::mutex& first, std::mutex& second) {
    for (int i = 0; i < 20; ++i) {
      while (turn % 2 != own) sched_yield();
      {
        const std::lock_guard one(first);
        const std::lock_guard other(second);
      }
      ++turn;
    }
  };
  std::thread one([&] { play(0, alice, bob); });
  std::thread two([&] { play(1, bob, alice); });
  one.join();
  two.join();
}

void one_order() {
  std::thread one([] {
    const std::lock_guard first(alice);
    const std::lock_guard second(bob);
  });
  std::thread two([] {
    const std::lock_guard first(alice);
    const std::lock_guard second(bob);
  });
  one.join();
  two.join();
}

// Counts its runs in a file, and does something in the first one alone.
bool is_first_run() {
  const char* const name = std::getenv("CONFIRM_COUNT");
  if (name == nullptr) return true;
  int runs = 0;
  std::ifstream(name) >> runs;
  std::ofstream(name) << runs + 1;
  return runs == 0;
}

void counted() {
  is_first_run();
  one_order();
}
void ends_differently() {
  if (!is_first_run()) std::_Exit(3);
  bank();
}
void crashes_later() {
  if (!is_first_run()) std::abort();
  bank();
}
void never_ends_later() {
  if (is_first_run()) return bank();
  for (;;) pause();
}
// What is read from standard input says whether there is anything to do.
void by_input() {
  char word = 0;
  if (read(0, &word, 1) == 1 && word == 'b') bank();
}
// Hangs later, but in something else.
void hangs_elsewhere() {
  if (is_first_run()) return bank();
  const std::lock_guard first(carol);
  pthread_mutex_lock(carol.native_handle());
}

constexpr Situation kAll[] = {
    {"bank", &bank},
    {"many-transfers", &many_transfers},
    {"three-threads", &three_threads},
    {"philosophers", &philosophers},
    {"through-rwlock", &through_rwlock},
    {"on-the-way", &on_the_way},
    {"through-join", &through_join},
    {"beside-others", &beside_others},
    {"ruled-out", &ruled_out},
    {"takes-turns", &takes_turns},
    {"one-order", &counted},
    {"ends-differently", &ends_differently},
    {"crashes-later", &crashes_later},
    {"never-ends-later", &never_ends_later},
    {"by-input", &by_input},
    {"hangs-elsewhere", &hangs_elsewhere},
};

}  // namespace

int main(int words, char** argv) { return run_one(kAll, words, argv); }
