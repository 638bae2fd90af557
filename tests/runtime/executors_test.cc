// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::set<std::string> names(const Finding& finding) {
  std::set<std::string> all;
  for (const ThreadInfo& thread : finding.threads) all.insert(thread.name);
  return all;
}

TEST(FullPool, IsADeadlockWithAllItsWorkersAlsoWhileMainRuns) {
  for (const int workers : {1, 2, 5}) {
    const Probe run = probe("full-pool " + std::to_string(workers));
    EXPECT_EQ(run.exit_code, 1);
    ASSERT_THAT(run.kinds(), ElementsAre("deadlock"));
    const Finding& finding = run.wire.findings[0];
    EXPECT_THAT(finding.detail, testing::HasSubstr("pool"));
    EXPECT_THAT(names(finding), SizeIs(workers));
    for (const ThreadInfo& thread : finding.threads) {
      EXPECT_THAT(thread.name, testing::StartsWith("worker-"));
      ASSERT_TRUE(thread.wants.has_value());
      EXPECT_EQ(thread.wants->operation, "get");
    }
  }
}

TEST(FullPool, IsNoneWhileOneWorkerWillBeFree) {
  const Probe run = probe("pool-with-one-free");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(FullPool, ThatNeedsALockOfWhoWaitsForItIsADeadlockOfBoth) {
  const Probe run = probe("pool-behind-a-lock");
  EXPECT_EQ(run.exit_code, 1);
  ASSERT_THAT(run.kinds(), ElementsAre("deadlock"));
  EXPECT_EQ(names(run.wire.findings[0]), (std::set<std::string>{"main", "worker-1"}));
}

TEST(ExecutorOrder, AGetUnderTheLockOfItsTaskIsACycle) {
  const Probe run = probe("pool-get-under-its-lock");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.kinds(), ElementsAre("lock-order-cycle"));
}

TEST(ExecutorOrder, WhatTheWorkerDidBeforeDoesNotCountForTheTask) {
  const Probe run = probe("pool-get-under-an-earlier-lock");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(ExecutorOrder, OfATaskIsBesideItsSubmitterUntilThePoolHasEnded) {
  EXPECT_THAT(probe("pool-orders-beside").kinds(), ElementsAre("lock-order-cycle"));
  EXPECT_THAT(probe("pool-orders-before-and-after").kinds(), IsEmpty());
}

}  // namespace
}  // namespace gridlock::test
