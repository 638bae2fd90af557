// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace gridlock {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

static_assert(sizeof(Latch) <= 24);
static_assert(!std::is_copy_constructible_v<Latch> && !std::is_move_constructible_v<Latch>);

TEST(Latch, IsOpenWhenItWasCountedDownToZero) {
  Latch latch{3, "latch"};
  EXPECT_FALSE(latch.try_wait());
  latch.count_down();
  EXPECT_FALSE(latch.wait_for(0s));
  latch.count_down(2);
  EXPECT_TRUE(latch.try_wait());
  latch.wait();
  EXPECT_TRUE(latch.wait_for(0s));
}

TEST(Latch, OfZeroOrLessIsOpen) {
  EXPECT_TRUE(Latch{0}.try_wait());
  EXPECT_TRUE(Latch{-1}.try_wait());
}

TEST(Latch, TakesNoNoticeOfACountOfZeroOrLess) {
  Latch latch{1};
  latch.count_down(0);
  latch.count_down(-1);
  EXPECT_FALSE(latch.try_wait());
  latch.count_down();
}

TEST(Latch, HasRoomForItsLargestCount) {
  Latch latch{Latch::max()};
  latch.count_down(Latch::max() - 1);
  EXPECT_FALSE(latch.try_wait());
  latch.count_down();
  EXPECT_TRUE(latch.try_wait());
}

TEST(Latch, WakesAllWaiters) {
  Latch latch{2};
  std::atomic<int> passed{0};
  std::vector<Thread> threads;
  for (int i = 0; i < 5; ++i) {
    threads.emplace_back([&] {
      latch.wait();
      ++passed;
    });
  }
  latch.count_down();
  EXPECT_FALSE(latch.wait_for(1ms));
  EXPECT_EQ(passed, 0);
  latch.count_down();
  threads.clear();
  EXPECT_EQ(passed, 5);
}

TEST(Latch, LetsTheArrivingGoTogether) {
  constexpr int kThreads = 6;
  Latch latch{kThreads};
  std::atomic<int> arrived{0};
  std::atomic<int> too_early{0};
  std::vector<Thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      ++arrived;
      latch.arrive_and_wait();
      if (arrived != kThreads) ++too_early;
    });
  }
  threads.clear();
  EXPECT_EQ(too_early, 0);
}

TEST(Latch, GivesUpAfterItsTimeAndNotBefore) {
  Latch latch{1};
  const auto begin = Clock::now();
  EXPECT_FALSE(latch.wait_for(10ms));
  EXPECT_FALSE(latch.wait_until(Clock::now() + 10ms));
  EXPECT_GE(Clock::now() - begin, 20ms);
  latch.count_down();
}

TEST(Latch, MayBeDestroyedByAWaiterThousandsOfTimes) {
  for (int i = 0; i < 3000; ++i) {
    auto latch = std::make_unique<Latch>(2);
    Latch& counted = *latch;
    Thread one{[&counted] { counted.count_down(); }};
    Thread two{[&counted] { counted.count_down(); }};
    latch->wait();
    latch.reset();
  }
}

}  // namespace
}  // namespace gridlock
