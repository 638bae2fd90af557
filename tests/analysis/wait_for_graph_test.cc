// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/wait_for_graph.h"

#include <gtest/gtest.h>

#include <vector>

namespace gridlock::internal {
namespace {

constexpr Waiter kRuns{};
Waiter for_thread(WaiterIndex releaser) { return {.waiting = true, .releaser = releaser}; }
Waiter for_anybody() { return {.waiting = true}; }

std::vector<bool> stuck(std::vector<Waiter> waiters, bool strangers = false) {
  const u32 count = find_stuck(waiters.data(), static_cast<u32>(waiters.size()), strangers);
  std::vector<bool> result;
  u32 counted = 0;
  for (const Waiter& waiter : waiters) {
    result.push_back(waiter.stuck);
    counted += waiter.stuck ? 1 : 0;
  }
  EXPECT_EQ(count, counted);
  return result;
}

using Is = std::vector<bool>;

TEST(Stuck, IsACycleEvenWhileOthersRun) {
  EXPECT_EQ(stuck({for_thread(1), for_thread(0), kRuns}), (Is{true, true, false}));
}
TEST(Stuck, IsNotAChainThatEndsAtAThreadThatRuns) {
  EXPECT_EQ(stuck({for_thread(1), for_thread(2), kRuns}), (Is{false, false, false}));
}
TEST(Stuck, IsWhoeverWaitsForACycle) {
  EXPECT_EQ(stuck({for_thread(1), for_thread(2), for_thread(1), kRuns}),
            (Is{true, true, true, false}));
}
TEST(Stuck, IsAThreadThatWaitsForItself) {
  EXPECT_EQ(stuck({for_thread(0), kRuns}), (Is{true, false}));
}
TEST(Stuck, AreAllWhenEverybodyWaitsForAnybody) {
  EXPECT_EQ(stuck({for_anybody(), for_anybody()}), (Is{true, true}));
}
TEST(Stuck, IsNobodyWhoWaitsForAnybodyWhileOneRuns) {
  EXPECT_EQ(stuck({for_anybody(), for_anybody(), kRuns}), (Is{false, false, false}));
}
TEST(Stuck, IsNobodyWhoWaitsForAnybodyWhileAStrangerRuns) {
  EXPECT_EQ(stuck({for_anybody(), for_thread(0)}, true), (Is{false, false}));
}
TEST(Stuck, IsACycleWhateverStrangersDo) {
  EXPECT_EQ(stuck({for_thread(1), for_thread(0)}, true), (Is{true, true}));
}
TEST(Stuck, IsAMixOfALockAndASemaphoreWithNobodyLeft) {
  // T0 holds a lock and waits for a permit; T1 wants the lock; T2 joins T1.
  EXPECT_EQ(stuck({for_anybody(), for_thread(0), for_thread(1)}), (Is{true, true, true}));
}
TEST(Stuck, IsNobodyWhereNobodyIs) { EXPECT_EQ(stuck({}), Is{}); }

}  // namespace
}  // namespace gridlock::internal
