// SPDX-License-Identifier: Apache-2.0
//
// Each row of the table in barrier.h. Runs with on_deadlock=throw.
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

namespace gridlock {
namespace {

using namespace std::chrono_literals;

TEST(Barrier, HoldsEveryPartyUntilTheLastOneIsThereThousandsOfTimes) {
  constexpr int kParties = 4;
  constexpr int kRounds = 2000;
  Barrier barrier{kParties, "round"};
  long values[kParties] = {};  // plain: the barrier alone orders them
  std::atomic<int> wrong{0};
  {
    std::vector<Thread> threads;
    for (int me = 0; me < kParties; ++me) {
      threads.emplace_back([&, me] {
        for (int round = 1; round <= kRounds; ++round) {
          values[me] = round;
          barrier.arrive_and_wait();
          for (const long value : values) wrong += value != round;
          barrier.arrive_and_wait();
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(barrier.waiting(), 0u);
  EXPECT_FALSE(barrier.broken());
}

TEST(Barrier, OfOnePartyNeverWaits) {
  Barrier barrier{1};
  barrier.arrive_and_wait();
  EXPECT_TRUE(barrier.wait_for(0ms));
  EXPECT_EQ(Barrier{0}.parties(), 1u);
}

TEST(Barrier, IsBrokenByAPartyThatGivesUpAndMadeWholeByReset) {
  Barrier barrier{2};
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(barrier.wait_for(30ms));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 30ms);
  EXPECT_TRUE(barrier.broken());
  EXPECT_THROW(barrier.arrive_and_wait(), BrokenBarrierError);
  EXPECT_THROW((void)barrier.wait_for(1h), BrokenBarrierError);
  barrier.reset();
  EXPECT_FALSE(barrier.broken());
  Thread other{[&] { barrier.arrive_and_wait(); }};
  EXPECT_TRUE(barrier.wait_until(std::chrono::steady_clock::now() + 1h));
}

// Waits in a thread of its own until somebody breaks the barrier with `how`.
template <typename How>
void expect_waiter_is_thrown_out(How how) {
  Barrier barrier{3};
  std::atomic<bool> thrown{false};
  {
    Thread waiter{[&] {
      try {
        barrier.arrive_and_wait();
      } catch (const BrokenBarrierError&) {
        thrown = true;
      }
    }};
    while (barrier.waiting() == 0) std::this_thread::yield();
    how(barrier);
  }
  EXPECT_TRUE(thrown);
  EXPECT_EQ(barrier.waiting(), 0u);
}

TEST(Barrier, ThrowsOutWhoeverWaitsWhenItBreaks) {
  expect_waiter_is_thrown_out([](Barrier& barrier) { barrier.abort(); });
  expect_waiter_is_thrown_out([](Barrier& barrier) { barrier.reset(); });
  expect_waiter_is_thrown_out([](Barrier& barrier) { EXPECT_FALSE(barrier.wait_for(0ms)); });
}

TEST(Barrier, ThatNobodyElseCanReachHasOneVictimAndIsUsableAfterReset) {
  Barrier barrier{3};
  std::atomic<int> victims{0};
  std::atomic<int> broken{0};
  const auto wait = [&] {
    try {
      barrier.arrive_and_wait();
    } catch (const BrokenBarrierError&) {
      ++broken;
    } catch (const std::system_error&) {
      ++victims;
    }
  };
  {
    Thread other{wait};
    wait();
  }
  EXPECT_EQ(victims, 1);
  EXPECT_EQ(broken, 1);
  barrier.reset();
  Thread second{[&] { barrier.arrive_and_wait(); }};
  Thread third{[&] { barrier.arrive_and_wait(); }};
  barrier.arrive_and_wait();
}

}  // namespace
}  // namespace gridlock
