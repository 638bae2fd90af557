// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/mutex_ranks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace gridlock::internal {
namespace {

class MutexRanks : public testing::Test {
 protected:
  void SetUp() override {
    if (!ranks_are_checked()) GTEST_SKIP() << "a debug build of the observer checks them";
  }
};

[[noreturn]] void take_both(MutexRank first, MutexRank second) {
  mutex_of(first).lock();
  mutex_of(second).lock();
  _exit(0);
}

TEST_F(MutexRanks, TwoInTheWrongOrderEndTheProcessWithBothNames) {
  EXPECT_EXIT(take_both(MutexRank::kLog, MutexRank::kWait), testing::ExitedWithCode(70),
              "'wait' is taken by a thread that holds 'log'");
}
TEST_F(MutexRanks, TwoInTheRightOrderDoNot) {
  EXPECT_EXIT(take_both(MutexRank::kWait, MutexRank::kLog), testing::ExitedWithCode(0), "^$");
}

TEST_F(MutexRanks, OneThatIsTakenTwiceEndsTheProcess) {
  EXPECT_EXIT(take_both(MutexRank::kGraph, MutexRank::kGraph), testing::ExitedWithCode(70),
              "'graph' is taken by a thread that holds 'graph'");
}

TEST_F(MutexRanks, WhatWasReleasedIsForgotten) {
  for (int round = 0; round < 2; ++round) {
    const RawGuard log(mutex_of(MutexRank::kLog));
    {
      const RawGuard tree(mutex_of(MutexRank::kProcessTree));
    }
    const RawGuard threads(mutex_of(MutexRank::kThreads));
  }
  const RawGuard wait(mutex_of(MutexRank::kWait));
}

TEST_F(MutexRanks, TheHandlerOfACrashAsksWithADeadlineOutOfOrder) {
  const RawGuard log(mutex_of(MutexRank::kLog));
  EXPECT_TRUE(mutex_of(MutexRank::kGraph).lock_until(now_ns()));
  mutex_of(MutexRank::kGraph).unlock();
}

TEST_F(MutexRanks, AMutexOfNoRankIsTakenAnywhere) {
  RawMutex other;
  const RawGuard log(mutex_of(MutexRank::kLog));
  const RawGuard guard(other);
}

TEST(MutexTable, HasTheRowsInTheOrderOfTheirRanks) {
  std::vector<std::string> names;
  for (const MutexFacts& each : kMutexFacts) names.emplace_back(each.name);
  EXPECT_THAT(names, testing::SizeIs(kMutexRanks));
  EXPECT_EQ(names.front(), "host");
  EXPECT_EQ(names[static_cast<u8>(MutexRank::kLog)], "log");
  EXPECT_EQ(names.back(), "call sites");
  EXPECT_FALSE(kMutexFacts[static_cast<u8>(MutexRank::kStart)].to_write);
  EXPECT_TRUE(kMutexFacts[static_cast<u8>(MutexRank::kLine)].to_write);
}

}  // namespace
}  // namespace gridlock::internal
