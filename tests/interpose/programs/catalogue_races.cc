// SPDX-License-Identifier: Apache-2.0
//
// The catalogue's scenarios of shared data, as plain code. Races are seen where it is built with ThreadSanitizer.
#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <semaphore>
#include <set>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "tests/interpose/programs/catalogue.h"

namespace {

constexpr int kTimes = 100'000;
template <typename Add, typename Subtract>
void count_up_and_down(Add add, Subtract subtract) {
  Rendezvous meeting(2);
  std::jthread adder([&] {
    add();
    meeting.meet();
    meeting.meet();
    for (int i = 1; i < kTimes; ++i) add();
  });
  std::jthread subtracter([&] {
    meeting.meet();
    subtract();
    meeting.meet();
    for (int i = 1; i < kTimes; ++i) subtract();
  });
}
template <typename Mutex>
void count_under() {
  Mutex mutex;
  long counter = 0;
  count_up_and_down(
      [&] {
        const std::lock_guard guard(mutex);
        ++counter;
      },
      [&] {
        const std::lock_guard guard(mutex);
        --counter;
      });
  check(counter == 0);
}
long unsafe_counter = 0;
void counter_unsafe() {
  count_up_and_down([] { ++unsafe_counter; }, [] { --unsafe_counter; });
}
void counter_atomic() {
  std::atomic<long> counter = 0;
  count_up_and_down([&] { ++counter; }, [&] { --counter; });
  check(counter == 0);
}

template <typename Add>
void add_unprotected(Add add) {
  Turns turns;
  std::jthread first([&] {
    add(1);
    turns.done();
  });
  std::jthread second([&] {
    turns.wait_for(1);
    add(2);
  });
}
template <typename Add>
void add_under_lock(Add add) {
  std::mutex mutex;
  Rendezvous start(2);
  const auto work = [&](int offset) {
    start.meet();
    for (int i = 0; i < 1000; ++i) {
      const std::lock_guard guard(mutex);
      add(2 * i + offset);
    }
  };
  std::jthread first([&] { work(0); });
  std::jthread second([&] { work(1); });
}
std::list<int> a_list;
std::set<int> a_set;
std::map<int, int> a_map;
void add_to_list(int value) { a_list.push_back(value); }
void add_to_set(int value) { a_set.insert(value); }
void add_to_map(int key) { a_map[key] = 10 * key; }

struct Timetable {
  std::shared_mutex mutex;
  int departure = 900;
  int arrival = 1030;
  int asked = 0;
};
void write_as_reader() {
  Timetable table;
  Rendezvous both_read(2);
  Turns turns;
  std::jthread first([&] {
    const std::shared_lock guard(table.mutex);
    both_read.meet();
    ++table.asked;  // wrong: a write under the read lock
    turns.done();
  });
  std::jthread second([&] {
    const std::shared_lock guard(table.mutex);
    both_read.meet();
    turns.wait_for(1);
    ++table.asked;
  });
}
void write_as_writer() {
  Timetable table;
  Rendezvous start(5);
  std::vector<std::jthread> readers;
  for (int i = 0; i < 4; ++i)
    readers.emplace_back([&] {
      start.meet();
      for (int k = 0; k < 500; ++k) {
        const std::shared_lock guard(table.mutex);
        check(table.arrival - table.departure == 130);
      }
    });
  std::jthread master([&] {
    start.meet();
    for (int k = 0; k < 50; ++k) {
      const std::lock_guard guard(table.mutex);
      ++table.departure;
      ++table.arrival;
    }
  });
  readers.clear();
}

void plain_flag() {
  int answer = 0;
  bool ready = false;
  Turns turns;
  std::jthread thinker([&] {
    answer = 42;
    ready = true;  // wrong: orders nothing
    turns.done();
  });
  std::jthread asker([&] {
    turns.wait_for(1);
    if (ready) check(answer == 42);
  });
}
void signal_event() {
  int answer = 0;
  std::binary_semaphore ready(0);
  std::jthread asker([&] {
    ready.acquire();
    check(answer == 42);
  });
  std::jthread thinker([&] {
    answer = 42;
    ready.release();
  });
}
void signal_condition() {
  int answer = 0;
  bool is_ready = false;
  std::mutex mutex;
  std::condition_variable ready;
  std::jthread asker([&] {
    std::unique_lock hold(mutex);
    ready.wait(hold, [&] { return is_ready; });
    check(answer == 42);
  });
  std::jthread thinker([&] {
    const std::lock_guard guard(mutex);
    answer = 42;
    is_ready = true;
    ready.notify_one();
  });
}

constexpr Scenario kAll[] = {
    {"shared-counter/unsafe", counter_unsafe},
    {"shared-counter/atomic", counter_atomic},
    {"shared-counter/lock", count_under<std::mutex>},
    {"shared-counter/rlock", count_under<std::recursive_mutex>},
    {"container/list", [] { add_unprotected(add_to_list); }},
    {"container/list-locked", [] { add_under_lock(add_to_list); }},
    {"container/set", [] { add_unprotected(add_to_set); }},
    {"container/set-locked", [] { add_under_lock(add_to_set); }},
    {"container/map", [] { add_unprotected(add_to_map); }},
    {"container/map-locked", [] { add_under_lock(add_to_map); }},
    {"readers-writers/write-as-reader", write_as_reader},
    {"readers-writers/write-as-writer", write_as_writer},
    {"signal/plain-flag", plain_flag},
    {"signal/event", signal_event},
    {"signal/condition", signal_condition},
};

}  // namespace

int main(int argc, char** argv) { return run_one(kAll, argc, argv); }
