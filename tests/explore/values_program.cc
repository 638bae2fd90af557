// SPDX-License-Identifier: Apache-2.0
//
// Bodies whose failing executions have known values in their steps: values_program NAME, for values_test.py.
#include <gridlock/explore.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <thread>

namespace {

std::int32_t g_total = 5;

// One thread reads 5, and its write of 6 takes away the other one's.
void lost_update() {
  std::thread other([] { g_total = g_total + 1; });
  g_total = g_total + 1;
  other.join();
  gridlock::require(g_total == 7, "two increments");
}

void race() {
  std::thread other([] { g_total = 41; });
  const int seen = g_total;
  other.join();
  gridlock::require(seen == 5, "the first value");
}

template <typename T>
void extremes(T low, T high) {
  std::atomic<T> value(low);
  std::thread other([&] { value.store(high); });
  const T seen = value.load();
  T expected = high;
  value.compare_exchange_strong(expected, low);
  value.exchange(high);
  other.join();
  gridlock::require(seen != high, "the first value");
}

template <typename T>
void of_size() {
  extremes<T>(std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
}

// A pointer's value is no number of ours, whatever it is hidden in.
void pointers() {
  static std::atomic<int*> shared = nullptr;
  static std::atomic<std::uint64_t> number = 0;
  int here = 0;
  auto there = std::make_unique<int>(1);
  std::thread other([&] {
    shared.store(&here);
    number.store(reinterpret_cast<std::uintptr_t>(there.get()));
  });
  const bool seen = shared.load() != nullptr && number.load() != 0;
  other.join();
  gridlock::require(!seen, "the first value");
}

void large_numbers() {
  std::atomic<double> real = 1.0;
  std::atomic<std::uint64_t> number = 0;
  std::thread other([&] {
    real.store(-2.5);
    number.store(0xfedcba9876543210U);
  });
  const bool seen = number.load() != 0 && real.load() < 0;
  other.join();
  gridlock::require(!seen, "the first value");
}

void locks() {
  std::mutex a;
  std::mutex b;
  std::thread other([&] {
    const std::scoped_lock first(a);
    const std::scoped_lock second(b);
  });
  {
    const std::scoped_lock first(b);
    const std::scoped_lock second(a);
  }
  other.join();
}

void refused() {
  std::mutex a;
  std::shared_mutex b;
  bool taken = true;
  std::thread other([&] {
    const std::scoped_lock first(a);
    const std::shared_lock second(b);
  });
  b.lock();
  if (a.try_lock()) {
    a.unlock();
  } else {
    taken = false;
  }
  b.unlock();
  other.join();
  gridlock::require(taken, "nobody has it");
}

void conditions() {
  using namespace std::chrono_literals;
  std::mutex mutex;
  std::condition_variable ready;
  bool is_ready = false;
  std::thread other([&] {
    const std::scoped_lock lock(mutex);
    is_ready = true;
    ready.notify_one();
  });
  bool in_time = true;
  bool woken = false;
  {
    std::unique_lock lock(mutex);
    if (!is_ready) woken = ready.wait_for(lock, 5ms) == std::cv_status::no_timeout;
    in_time = ready.wait_for(lock, 5ms) == std::cv_status::no_timeout;
  }
  other.join();
  gridlock::require(in_time || !woken, "notified twice");
}

void permits() {
  std::counting_semaphore<4> permits(2);
  std::atomic<int> inside = 0;
  bool alone = true;
  std::thread other([&] {
    permits.acquire();
    inside.fetch_add(1);
    inside.fetch_sub(1);
    permits.release();
  });
  permits.acquire();
  alone = inside.load() == 0;
  permits.release();
  other.join();
  gridlock::require(alone, "one permit");
}

// The write is announced before it happens, and the memory is gone when the thread is next seen.
void freed() {
  auto* const shared = new std::atomic<int*>(nullptr);
  std::thread other([=] {
    int* const mine = new int(3);
    *mine = 4;
    shared->store(mine);
  });
  int* const seen = shared->load();
  other.join();
  const bool found = seen != nullptr;
  delete shared->load();
  delete shared;
  gridlock::require(!found, "the first value");
}

}  // namespace

int main(int argc, char** argv) {
  const struct {
    const char* name;
    void (*body)();
  } bodies[] = {{"lost-update", lost_update},
                {"race", race},
                {"i8", of_size<std::int8_t>},
                {"i16", of_size<std::int16_t>},
                {"i32", of_size<std::int32_t>},
                {"i64", of_size<std::int64_t>},
                {"pointers", pointers},
                {"large-numbers", large_numbers},
                {"locks", locks},
                {"refused", refused},
                {"conditions", conditions},
                {"permits", permits},
                {"freed", freed}};
  for (const auto& one : bodies) {
    if (argc < 2 || std::strcmp(argv[1], one.name) != 0) continue;
    const bool races = std::strcmp(one.name, "race") == 0;
    const auto found = gridlock::explore(
        {.executions = 3000, .data_races = races, .quiet = true, .name = one.name}, one.body);
    std::printf("%s %s\n", found.kind.c_str(), found.replay.c_str());
    return found ? 1 : 0;
  }
  std::fprintf(stderr, "no such body\n");
  return 2;
}
