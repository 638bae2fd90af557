// SPDX-License-Identifier: Apache-2.0
//
// Tests that fail, pass and skip, for gtest_test.py.
#include <gridlock/explore_test.h>

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace {

int count_to_two() {
  std::atomic<int> total = 0;
  const auto add = [&] { total = total + 1; };
  std::thread first(add);
  std::thread second(add);
  first.join();
  second.join();
  return total;
}

GRIDLOCK_EXPLORE_TEST(Counter, LosesAnUpdate) { EXPECT_EQ(count_to_two(), 2); }

GRIDLOCK_EXPLORE_TEST(Counter, LosesAnUpdateThatIsAsserted) {
  ASSERT_EQ(count_to_two(), 2) << "what stands behind an assertion";
}

GRIDLOCK_EXPLORE_TEST(Counter, FailsInAnotherThread) {
  std::atomic<int> turns = 0;
  std::thread other([&] { EXPECT_EQ(++turns, 1) << "the other one was first"; });
  ++turns;
  other.join();
}

GRIDLOCK_EXPLORE_TEST_WITH(Counter, AddsUnderALock, {.executions = 200, .seed = 5}) {
  std::mutex mutex;
  int total = 0;
  const auto add = [&] {
    const std::scoped_lock lock(mutex);
    ++total;
  };
  std::thread first(add);
  std::thread second(add);
  first.join();
  second.join();
  EXPECT_EQ(total, 2);
}

GRIDLOCK_EXPLORE_TEST_WITH(Counter, IsCheckedInProcess,
                           {.repeat = gridlock::ExploreRepeat::kInProcess}) {
  EXPECT_EQ(count_to_two(), 2);
}

// Fails where a load may read an older store.
GRIDLOCK_EXPLORE_TEST(Message, IsBehindItsFlag) {
  std::atomic<int> data = 0;
  std::atomic<int> flag = 0;
  std::thread other([&] {
    data.store(7, std::memory_order_relaxed);
    flag.store(1, std::memory_order_relaxed);
  });
  if (flag.load(std::memory_order_acquire) == 1) {
    EXPECT_EQ(data.load(std::memory_order_relaxed), 7);
  }
  other.join();
}

GRIDLOCK_EXPLORE_TEST(Locks, AreTakenInTwoOrders) {
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

GRIDLOCK_EXPLORE_TEST(Race, IsFound) {
  int total = 0;
  std::thread other([&] { ++total; });
  ++total;
  other.join();
}

GRIDLOCK_EXPLORE_TEST(Error, IsNotCaught) {
  std::thread other([] { throw std::runtime_error("out of paper"); });
  other.join();
}

GRIDLOCK_EXPLORE_TEST_WITH(Skipped, SaysWhy, {.executions = 5}) {
  GTEST_SKIP() << "no printer here";
}

GRIDLOCK_EXPLORE_TEST_WITH(Skipped, WithoutAWord, {.executions = 5}) { GTEST_SKIP(); }

}  // namespace
