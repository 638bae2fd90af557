// SPDX-License-Identifier: Apache-2.0
//
// What hangs, and what only waits, in plain standard C++ and POSIX.
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#include <atomic>
#include <barrier>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <string>
#include <thread>

// With external linkage, so that the report has their names.
std::mutex alice;                     // NOLINT
std::mutex bob;                       // NOLINT
std::recursive_mutex again;           // NOLINT
std::shared_mutex book;               // NOLINT
std::condition_variable changed;      // NOLINT
std::counting_semaphore<4> seats{0};  // NOLINT
sem_t posix_seats;                    // NOLINT
std::atomic<int> turn{0};             // NOLINT
pthread_barrier_t hut;                // NOLINT
std::once_flag made;                  // NOLINT

namespace {

// The first lock of each is held when the other asks for its second.
template <typename First, typename Second>
void cross(First take_first, Second take_second) {
  std::barrier<> both{2};
  std::thread one{[&] { take_first([&] { both.arrive_and_wait(); }); }};
  std::thread two{[&] { take_second([&] { both.arrive_and_wait(); }); }};
  one.join();
  two.join();
}

template <typename Outer, typename Inner>
auto nest(Outer& outer, Inner& inner) {
  return [&](const auto& between) {
    const std::lock_guard hold{outer};
    between();
    const std::lock_guard more{inner};
  };
}

void two_mutexes() { cross(nest(alice, bob), nest(bob, alice)); }

void beside_one_that_runs() {
  std::thread runs{[] {
    for (std::atomic<long> i{0};; ++i) {
    }
  }};
  two_mutexes();
}

void mutex_twice() {
  pthread_mutex_lock(alice.native_handle());
  pthread_mutex_lock(alice.native_handle());
}

void recursive() { cross(nest(again, alice), nest(alice, again)); }

void writer() {
  cross(nest(book, alice), [](const auto& between) {
    const std::lock_guard hold{alice};
    between();
    const std::shared_lock more{book};
  });
}

void reader() {
  cross(
      [](const auto& between) {
        const std::shared_lock hold{book};
        between();
        const std::lock_guard more{alice};
      },
      nest(alice, book));
}

void holder_ended() {
  std::thread{[] { alice.lock(); }}.join();  // NOLINT
  alice.lock();
}

void join_under_lock() {
  alice.lock();
  std::thread{[] { const std::lock_guard hold{alice}; }}.join();
}

void notification() {
  std::unique_lock hold{alice};
  changed.wait(hold);
}

void notification_in_time() {
  std::unique_lock hold{alice};
  changed.wait_for(hold, std::chrono::hours(1));
}

void posix_semaphore() {
  sem_init(&posix_seats, 0, 0);
  while (sem_wait(&posix_seats) != 0) {
  }
}

void barrier_short() {
  pthread_barrier_init(&hut, nullptr, 2);
  pthread_barrier_wait(&hut);
}

void once_in_itself() {
  std::call_once(made, [] { std::call_once(made, [] {}); });
}

void one_that_sleeps() {
  std::thread sleeps{[] {
    for (;;) pause();
  }};
  sleeps.join();
}

const std::map<std::string, std::function<void()>> kForms{
    {"two-mutexes", two_mutexes},
    {"beside-one-that-runs", beside_one_that_runs},
    {"mutex-twice", mutex_twice},
    {"recursive", recursive},
    {"writer", writer},
    {"reader", reader},
    {"holder-ended", holder_ended},
    {"join-under-lock", join_under_lock},
    {"notification", notification},
    {"notification-in-time", notification_in_time},
    {"semaphore", [] { seats.acquire(); }},
    {"posix-semaphore", posix_semaphore},
    {"atomic", [] { turn.wait(0); }},
    {"future",
     [] {
       std::promise<int> value;
       value.get_future().get();
     }},
    {"barrier", barrier_short},
    {"once", once_in_itself},
    {"sleeps", one_that_sleeps},
};

}  // namespace

int main(int argc, char** argv) {
  alarm(120);  // whatever happens to the test
  const auto form = kForms.find(argc == 2 ? argv[1] : "");
  if (form == kForms.end()) return 2;
  form->second();
  return 0;
}
