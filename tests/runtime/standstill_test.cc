// SPDX-License-Identifier: Apache-2.0
//
// "Nobody can end this wait", decided with others present: threads that a notification passed over,
// that sleep, that Gridlock does not know. Each beside the nearest wait that does end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr char kHang[] = "predict=0:hang=1";

std::set<std::string> names(const std::vector<ThreadInfo>& threads) {
  std::set<std::string> all;
  for (const ThreadInfo& thread : threads) all.insert(thread.name);
  return all;
}

void expect_silent(const Probe& run) {
  EXPECT_EQ(run.exit_code, 0) << run.log << run.output;
  EXPECT_THAT(run.kinds(), IsEmpty());
  EXPECT_FALSE(run.wire.dump.has_value());
  EXPECT_THAT(run.output, HasSubstr("over"));
}

class PassedOver : public testing::TestWithParam<int> {};

TEST_P(PassedOver, IsAWaiterThatStarvesAtOnce) {
  const Probe run = probe("passed-over " + std::to_string(GetParam()), "predict=0");
  EXPECT_EQ(run.exit_code, 1) << run.log;
  ASSERT_THAT(run.kinds(), ElementsAre("starvation"));
  EXPECT_THAT(names(run.wire.findings[0].threads), testing::Contains("second"));
}
TEST_P(PassedOver, IsNobodyWhereAllAreTold) {
  expect_silent(probe("passed-over " + std::to_string(GetParam() + 10), "predict=0"));
}
INSTANTIATE_TEST_SUITE_P(Forms, PassedOver, testing::Range(0, 5));

TEST(PassedOverWaiter, GoesOnWithTheNextNotification) {
  expect_silent(probe("one-after-the-other 200", "predict=0"));
}

TEST(PoolThatWaitsForRoom, IsADeadlockOfItsWorkersWhileMainRuns) {
  for (const int workers : {1, 2, 4}) {
    const Probe run = probe("pool-waits-for-room " + std::to_string(workers), "predict=0");
    ASSERT_THAT(run.kinds(), ElementsAre("deadlock")) << run.log;
    EXPECT_THAT(run.wire.findings[0].threads, SizeIs(workers));
    for (const ThreadInfo& thread : run.wire.findings[0].threads) {
      ASSERT_TRUE(thread.wants.has_value());
      EXPECT_EQ(thread.wants->operation, "put");
    }
  }
}
TEST(PoolThatWaitsForRoom, IsNoneWhereThereIsEnough) {
  for (const int workers : {11, 12, 14})
    expect_silent(probe("pool-waits-for-room " + std::to_string(workers), "predict=0"));
}

TEST(LockInReusedMemory, NamesAnOwnerThatNoThreadIs) {
  for (const char* const which : {"0", "1", "2"}) {
    const Probe run = probe(std::string("reused-memory ") + which, "predict=0");
    EXPECT_EQ(run.exit_code, 1);
    ASSERT_THAT(run.kinds(), ElementsAre("starvation")) << run.log;
    EXPECT_THAT(run.wire.findings[0].detail, HasSubstr("an owner that no thread is"));
  }
}
TEST(LockInReusedMemory, IsALockLikeAnyOtherOnceItIsMadeThere) {
  for (const char* const which : {"10", "11", "12"})
    expect_silent(probe(std::string("reused-memory ") + which, "predict=0"));
}

TEST(Bystander, DoesNotHideAStarvingThreadForLongerThanTheOptionSays) {
  for (const int who : {0, 1, 2, 3}) {
    const Probe run = probe("beside-a-bystander " + std::to_string(who), kHang);
    EXPECT_EQ(run.exit_code, 1);
    ASSERT_THAT(run.kinds(), ElementsAre(who == 3 ? "starvation" : "lost-wakeup")) << run.log;
    EXPECT_THAT(run.wire.findings[0].detail, HasSubstr("not proved"));
    ASSERT_TRUE(run.wire.dump.has_value());
    EXPECT_EQ(run.wire.dump->reason, "hang");
    EXPECT_EQ(run.wire.dump->threads[0].name, "listener");
    EXPECT_TRUE(std::ranges::any_of(run.wire.dump->threads, [](const ThreadInfo& thread) {
      return thread.state == "asleep in clock_nanosleep";
    })) << run.log;
  }
}
TEST(Bystander, IsNoMatterWhereTheWaitEnds) {
  for (const int who : {10, 11, 12, 13})
    expect_silent(probe("beside-a-bystander " + std::to_string(who), kHang));
}

TEST(Polling, WithALockThatTheNotifierNeedsIsShownFromBothSides) {
  const Probe run = probe("polls 0", kHang);
  ASSERT_THAT(run.kinds(), ElementsAre("starvation")) << run.log;
  const Finding& finding = run.wire.findings[0];
  EXPECT_THAT(names(finding.threads), testing::IsSupersetOf({"poller", "notifier"}));
  std::set<std::string> objects;
  for (const Object& object : finding.objects) objects.insert(object.name);
  EXPECT_THAT(objects, testing::IsSupersetOf({"kept", "told"}));
}
TEST(Polling, WithNothingInItsHandsIsNone) { expect_silent(probe("polls 10", kHang)); }

TEST(ForeignLocks, ThatWaitForEachOtherAreADumpThatBeginsWithThem) {
  const Probe run = probe("foreign-locks 0", kHang);
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.kinds(), IsEmpty());
  ASSERT_TRUE(run.wire.dump.has_value()) << run.output;
  EXPECT_EQ(run.wire.dump->reason, "hang");
  const std::vector<ThreadInfo>& threads = run.wire.dump->threads;
  ASSERT_THAT(threads, SizeIs(testing::Ge(3u)));
  for (const std::size_t i : {0u, 1u}) {
    EXPECT_THAT(threads[i].state, StartsWith("asleep in a futex")) << i;
    EXPECT_THAT(threads[i].stack, Not(IsEmpty()));
  }
  EXPECT_EQ(threads[2].name, "main");
}
TEST(ForeignLocks, InOneOrderAreNoHang) { expect_silent(probe("foreign-locks 10", kHang)); }

TEST(QueueOfItsConsumers, IsFoundAlthoughMainDoesSomethingElse) {
  const Probe run = probe("queue-of-its-consumers 0", kHang);
  ASSERT_THAT(run.kinds(), ElementsAre("starvation")) << run.log;
  EXPECT_EQ(names(run.wire.findings[0].threads), (std::set<std::string>{"one", "two"}));
}
TEST(QueueOfItsConsumers, IsNoneWithEnoughRoom) {
  expect_silent(probe("queue-of-its-consumers 10", kHang));
}

TEST(IdleWorker, IsNoHangWhileAThreadWorksOrOneThatHasFedItSleeps) {
  for (const int form : {0, 1, 2})
    expect_silent(probe("idle-worker " + std::to_string(form), kHang));
}

TEST(WaitForItself, ThroughAJoinOrAShutdownIsRefusedAndNoFinding) {
  for (const char* const form : {"0", "1"}) {
    const Probe run = probe(std::string("for-itself ") + form);
    expect_silent(run);
    EXPECT_THAT(run.output, HasSubstr("refused"));
  }
}
TEST(WaitForItself, IsAFindingWhereNothingCanBeThrown) {
  for (const char* const form : {"2", "3", "4", "6"}) {
    const Probe run = probe(std::string("for-itself ") + form, "predict=0");
    EXPECT_EQ(run.exit_code, 1) << form << run.output;
    EXPECT_THAT(run.kinds(), ElementsAre("self-deadlock")) << form << run.log;
  }
  EXPECT_THAT(probe("for-itself 5", "predict=0").kinds(), ElementsAre("starvation"));
}

}  // namespace
}  // namespace gridlock::test
