// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <concepts>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

namespace gridlock {
namespace {

struct Pair {
  int one;
  int two;
};

template <typename A>
concept Counts = requires(A& atomic) {
  atomic.fetch_add(1);
  atomic.fetch_xor(1);
  ++atomic;
};
template <typename A>
concept Adds = requires(A& atomic) { atomic.fetch_add(1); };

// As std::atomic.
static_assert(Counts<Atomic<int>> && !Counts<Atomic<bool>> && !Adds<Atomic<Pair>>);
static_assert(Adds<Atomic<double>> && !Counts<Atomic<double>>);
static_assert(Adds<Atomic<int*>> && !Counts<Atomic<int*>>);
static_assert(!std::is_copy_constructible_v<Atomic<int>>);
// The place is the caller's without a value, too.
static_assert(std::is_constructible_v<Atomic<int>, CallSite> &&
              std::is_nothrow_default_constructible_v<Atomic<int>>);

constinit Atomic<int> before_main{3};

TEST(Atomic, HasTheOperationsOfStdAtomic) {
  Atomic<int> value{1, "value"};
  value = 5;
  value.store(6, std::memory_order_release);
  EXPECT_EQ(value, 6);
  EXPECT_EQ(value.exchange(7), 6);
  int expected = 0;
  EXPECT_FALSE(value.compare_exchange_strong(expected, 9));
  EXPECT_EQ(expected, 7);
  EXPECT_TRUE(value.compare_exchange_strong(expected, 8, std::memory_order_acq_rel,
                                            std::memory_order_relaxed));
  EXPECT_EQ(++value, 9);
  EXPECT_EQ(value++, 9);
  EXPECT_EQ(value--, 10);
  EXPECT_EQ(--value, 8);
  EXPECT_EQ(value += 4, 12);
  EXPECT_EQ(value -= 2, 10);
  EXPECT_EQ(value &= 6, 2);
  EXPECT_EQ(value |= 5, 7);
  EXPECT_EQ(value ^= 1, 6);
  EXPECT_EQ(value.load(std::memory_order_relaxed), 6);
  EXPECT_EQ(before_main, 3);
  int array[3] = {1, 2, 3};
  Atomic<int*> pointer{&array[0]};
  ++pointer;
  pointer += 1;
  EXPECT_EQ(*pointer.load(), 3);
}

// UndefinedBehaviorSanitizer says nothing of it either.
TEST(Atomic, WrapsAroundAtTheGreatestAndTheLeastValue) {
  constexpr int kMost = std::numeric_limits<int>::max();
  constexpr int kLeast = std::numeric_limits<int>::min();
  Atomic<int> value{kMost};
  EXPECT_EQ(++value, kLeast);
  EXPECT_EQ(--value, kMost);
  EXPECT_EQ(value += 1, kLeast);
  EXPECT_EQ(value -= 1, kMost);
}

TEST(Atomic, WaitsWhileTheValueIsTheOldOne) {
  Atomic<Pair> value{Pair{1, 2}, "pair"};
  value.wait(Pair{1, 3});  // another one
  int plain = 0;
  Thread changes{[&] {
    plain = 1;
    value = Pair{1, 3};
    value.notify_one();
  }};
  value.wait(Pair{1, 2});
  EXPECT_EQ(plain, 1);
}

TEST(Atomic, SleepsOnAfterANotificationWithoutAChange) {
  Atomic<int> value{0};
  std::atomic<bool> over{false};
  Thread waiter{[&] {
    value.wait(0);
    over = true;
  }};
  for (int i = 0; i < 100; ++i) {
    value.notify_all();
    std::this_thread::yield();
  }
  EXPECT_FALSE(over);
  value = 1;
  value.notify_all();
}

TEST(Atomic, WakesAllWaiters) {
  Atomic<int> value{0};
  std::atomic<int> passed{0};
  std::vector<Thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      value.wait(0);
      ++passed;
    });
  }
  value = 1;
  value.notify_all();
  threads.clear();
  EXPECT_EQ(passed, 6);
}

TEST(Atomic, HandsATurnToAndFroThousandsOfTimes) {
  Atomic<int> turn{0};
  constexpr int kTurns = 3000;
  const auto play = [&](int own) {
    for (int i = own; i < kTurns; i += 2) {
      for (int now = turn; now != i; now = turn) turn.wait(now);
      turn = i + 1;
      turn.notify_one();
    }
  };
  Thread even{[&] { play(0); }};
  Thread odd{[&] { play(1); }};
  even.join();
  odd.join();
  EXPECT_EQ(turn, kTurns);
}

TEST(AtomicFlag, IsSetAndWaitedFor) {
  AtomicFlag flag{"flag"};
  EXPECT_FALSE(flag.test());
  Thread setter{[&] {
    EXPECT_FALSE(flag.test_and_set());
    flag.notify_all();
  }};
  flag.wait(false);
  EXPECT_TRUE(flag.test());
  flag.clear();
  EXPECT_FALSE(flag.test());
}

}  // namespace
}  // namespace gridlock
