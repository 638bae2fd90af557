// SPDX-License-Identifier: Apache-2.0
//
// Races of atomic objects with plain accesses of the same memory.
#include <atomic>
#include <thread>

#include "tests/explore/expect.h"

namespace gridlock {
namespace {

template <typename Publish, typename Take>
void make_and_take(Publish publish, Take take) {
  int word = 0;
  std::thread maker([&] {
    word = 1;  // not atomic yet: nobody else has it
    publish(word);
  });
  take(word);
  maker.join();
}

void release(int& word) { std::atomic_ref<int>(word).store(2, std::memory_order_release); }
void relax(int& word) { std::atomic_ref<int>(word).store(2, std::memory_order_relaxed); }

// What acquires a value is ordered behind all that was done before the value was published, the object's own plain
// initialisation among it. A load that comes earlier is in a race with that.
template <typename Read>
bool races_behind(void (*publish)(int&), Read read) {
  std::uint64_t found = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    ExploreOptions options = quietly(1);
    options.seed = seed;
    std::atomic<bool> ready = false;
    found += explore(
                 options,
                 [&] {
                   make_and_take(
                       [&](int& word) {
                         publish(word);
                         ready.store(true, std::memory_order_relaxed);  // orders nothing
                       },
                       [&](int& word) {
                         while (!ready.load(std::memory_order_relaxed)) std::this_thread::yield();
                         read(word);
                       });
                 }).failed
                 ? 1
                 : 0;
  }
  return found != 0;
}

TEST(Atomics, ALoadThatAcquiresIsOrderedBehindWhatTheStoreReleased) {
  const auto load = [](int& word) {
    static_cast<void>(std::atomic_ref<int>(word).load(std::memory_order_acquire));
  };
  EXPECT_FALSE(races_behind(&release, load));
  EXPECT_TRUE(races_behind(&relax, load));
}

TEST(Atomics, AReadModifyWriteThatAcquiresIsToo) {
  const auto add = [](int& word) {
    std::atomic_ref<int>(word).fetch_add(1, std::memory_order_acquire);
  };
  EXPECT_FALSE(races_behind(&release, add));
  EXPECT_TRUE(races_behind(&relax, add));
}

TEST(Atomics, ACompareExchangeAcquiresByTheOrderOfItsOutcome) {
  const auto swap_if = [](int expected, std::memory_order failing) {
    return [expected, failing](int& word) {
      int value = expected;
      std::atomic_ref<int>(word).compare_exchange_strong(value, 3, std::memory_order_acquire,
                                                         failing);
    };
  };
  EXPECT_FALSE(races_behind(&release, swap_if(2, std::memory_order_relaxed)));
  EXPECT_FALSE(races_behind(&release, swap_if(9, std::memory_order_acquire)));
  EXPECT_TRUE(races_behind(&release, swap_if(9, std::memory_order_relaxed)));
}

TEST(Atomics, ALoadThatDoesNotAcquireRacesWithAPlainStoreBeforeTheRelease) {
  EXPECT_TRUE(races_behind(&release, [](int& word) {
    static_cast<void>(std::atomic_ref<int>(word).load(std::memory_order_relaxed));
  }));
}

}  // namespace
}  // namespace gridlock
