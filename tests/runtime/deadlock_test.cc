// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// The order graph has tests of its own; here only what really hangs counts.
constexpr char kReport[] = "predict=0";
constexpr char kThrow[] = "predict=0:on_deadlock=throw";

class RingOfThreads : public testing::TestWithParam<int> {};

TEST_P(RingOfThreads, ThrowsInExactlyOneThreadAndTheOthersGoOn) {
  const int size = GetParam();
  const Probe run = probe("ring " + std::to_string(size), kThrow);
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_EQ(run.output, "victims 1 others " + std::to_string(size - 1) + " free " +
                            std::to_string(size) + "\n");
  ASSERT_THAT(run.kinds(), ElementsAre("deadlock"));
  EXPECT_THAT(run.wire.findings[0].cycle, SizeIs(static_cast<std::size_t>(size)));
  EXPECT_THAT(run.wire.findings[0].threads, SizeIs(static_cast<std::size_t>(size)));
}

TEST_P(RingOfThreads, EndsTheProcessWithOneFindingOnDisk) {
  const Probe run = probe("ring-recursive " + std::to_string(GetParam()), kReport);
  EXPECT_EQ(run.exit_code, 1) << run.output;
  EXPECT_THAT(run.kinds(), ElementsAre("deadlock"));
  EXPECT_FALSE(run.wire.ended) << "the process does not leave through exit";
}

INSTANTIATE_TEST_SUITE_P(Sizes, RingOfThreads, testing::Values(2, 3, 8),
                         testing::PrintToStringParamName());

TEST(Deadlock, CallsForSigabrtWhenAsked) {
  const Probe run = probe("ring 2", "predict=0:on_deadlock=abort");
  EXPECT_EQ(run.signal, 6) << run.exit_code << run.output;
  EXPECT_THAT(run.kinds(), ElementsAre("deadlock"));
}

TEST(Deadlock, OfALockWithItselfLeavesTheLockHeldOnce) {
  const Probe run = probe("lock-twice", kThrow);
  EXPECT_EQ(run.output, "victims 1 held 1 then free 1\n");
  EXPECT_THAT(run.kinds(), ElementsAre("self-deadlock"));
}

TEST(Deadlock, IsNoneWhereTheSecondRequestGivesUp) {
  const Probe run = probe("lock-twice-timed", kReport);
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.output, "again 0\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(Deadlock, OfALockAndAJoinIsFound) {
  EXPECT_THAT(probe("lock-and-join", kReport).kinds(), ElementsAre("deadlock"));
  const Probe thrown = probe("lock-and-join", kThrow);
  EXPECT_EQ(thrown.exit_code, 0) << thrown.output;
  EXPECT_EQ(thrown.output, "victims 1\n");
  EXPECT_THAT(thrown.kinds(), ElementsAre("deadlock"));
}

// A look that insisted on every thread of the process being quiet saw none of these.
TEST(Deadlock, IsFoundWhileOtherThreadsGoToSleepAndWakeUpAllTheTime) {
  const Probe run = probe("deadlocks-amid-contention 100", kThrow);
  EXPECT_FALSE(run.timed_out);
  EXPECT_EQ(run.output, "victims 100\n");
  EXPECT_THAT(run.kinds(), AllOf(SizeIs(100), Each("deadlock")));
}

// A look by a third thread that came first took it for starvation, and made that thread a second
// victim.
TEST(Deadlock, IsNotTheAffairOfAThreadThatWaitsBehindIt) {
  for (const char* const situation : {"bystander 200", "bystander-at-semaphore 200"}) {
    const Probe run = probe(situation, kThrow);
    EXPECT_EQ(run.output, "victims 200 bystanders 0\n") << situation;
    EXPECT_THAT(run.kinds(), AllOf(SizeIs(200), Each("deadlock"))) << situation;
  }
}

TEST(Deadlock, IsNeverFoundWhereLocksAreTakenInOneOrder) {
  const Probe run = probe("ordered-contention");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.output, "sum 0\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(Starvation, OfThreadsThatNeedEachOthersLockAndPermitIsFound) {
  const Probe run = probe("lock-and-semaphore", kReport);
  EXPECT_EQ(run.exit_code, 1);
  ASSERT_THAT(run.kinds(), ElementsAre("starvation"));
  EXPECT_THAT(run.wire.findings[0].threads, SizeIs(3)) << "waiter, giver, and who joins them";
}

TEST(Starvation, AtASemaphoreThatNobodyReleasesThrows) {
  const Probe run = probe("nobody-releases", kThrow);
  EXPECT_EQ(run.output, "victims 1\n");
  EXPECT_THAT(run.kinds(), ElementsAre("starvation"));
}

TEST(Starvation, IsFoundWhenTheLastThreadThatCouldReleaseEnds) {
  const Probe run = probe("last-releaser-ends", kReport);
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.kinds(), ElementsAre("starvation"));
}

TEST(Starvation, IsNoneWhereAThreadThatGridlockNeverMetReleases) {
  const Probe run = probe("untracked-thread-releases", kReport);
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(Starvation, IsNoneWhereATimedWaiterReleases) {
  const Probe run = probe("timed-waiter-releases", kReport);
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(Starvation, AtALockWhoseHolderEndedNamesTheHolder) {
  const Probe run = probe("holder-ended", kThrow);
  EXPECT_EQ(run.output, "victims 1\n");
  ASSERT_THAT(run.kinds(), ElementsAre("misuse-thread-exit-holding", "starvation"));
  const Finding& starvation = run.wire.findings[1];
  ASSERT_THAT(starvation.threads, SizeIs(2));
  EXPECT_EQ(starvation.threads[1].name, "leaver");
  EXPECT_EQ(starvation.threads[1].state, "ended");
}

TEST(Threads, ThatComeAndGoUseTheSameSlotsAgain) {
  const Probe run = probe("many-threads 10000");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.output, "total 10000 few slots 1\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

}  // namespace
}  // namespace gridlock::test
