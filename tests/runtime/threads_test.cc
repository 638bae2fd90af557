// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

TEST(DetachedThread, ThatRunsWhenTheProcessEndsIsAFindingWithBothItsPlaces) {
  const Probe run = probe("detached-runs");
  EXPECT_EQ(run.exit_code, 0);
  ASSERT_THAT(run.kinds(), ElementsAre("misuse-exit-running"));
  const Finding& finding = run.wire.findings[0];
  ASSERT_THAT(finding.threads, SizeIs(1));
  EXPECT_EQ(finding.threads[0].name, "runner");
  EXPECT_EQ(finding.threads[0].state, "running");
  EXPECT_THAT(finding.threads[0].created, Not(IsEmpty()));
  ASSERT_THAT(finding.locations, SizeIs(1));
  EXPECT_EQ(finding.locations[0].type, "detach");
  EXPECT_THAT(finding.locations[0].allocated, Not(IsEmpty()));
}

TEST(DetachedThread, ThatWaitsIsShownWithWhatItHoldsAndWants) {
  const Probe run = probe("detached-waits");
  ASSERT_THAT(run.kinds(), ElementsAre("misuse-exit-running", "misuse-exit-running"));
  const ThreadInfo& waiter = run.wire.findings[0].threads[0];
  EXPECT_EQ(waiter.name, "waiter");
  EXPECT_EQ(waiter.state, "blocked");
  EXPECT_THAT(waiter.held, SizeIs(1));
  ASSERT_TRUE(waiter.wants.has_value());
  EXPECT_THAT(waiter.wants->stack, Not(IsEmpty()));
  EXPECT_EQ(run.wire.findings[1].threads[0].name, "runner");
}

TEST(DetachedThread, ThatIsAboutToReturnGetsAMoment) {
  EXPECT_THAT(probe("detached-returns 0").kinds(), IsEmpty());
  EXPECT_THAT(probe("detached-returns 10").kinds(), IsEmpty());
  EXPECT_THAT(probe("detached-returns 5000").kinds(), ElementsAre("misuse-exit-running"));
}

TEST(DetachedThread, ThatIsADaemonIsSilentHoweverItWasLetGo) {
  const Probe run = probe("daemon-runs");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(DetachedThread, IsLookedForUponExitAndNotUponAnAbruptEnd) {
  EXPECT_THAT(probe("detached-and-exit").kinds(), ElementsAre("misuse-exit-running"));
  EXPECT_THAT(probe("detached-and-abrupt-end").kinds(), IsEmpty());
}

TEST(DetachedThread, ThatEndsTheProcessItselfIsNotCutOff) {
  EXPECT_THAT(probe("exit-from-detached").kinds(), IsEmpty());
}

TEST(ThreadObjects, DestroyedWhileRunRunsAreAFindingWithBothThreads) {
  const Probe run = probe("object-destroyed 0");
  EXPECT_EQ(run.exit_code, 0);
  ASSERT_THAT(run.kinds(), ElementsAre("misuse-destroy-running"));
  const Finding& finding = run.wire.findings[0];
  ASSERT_THAT(finding.threads, SizeIs(2));
  EXPECT_EQ(finding.threads[0].name, "main");
  EXPECT_THAT(finding.threads[0].stack, Not(IsEmpty()));
  EXPECT_EQ(finding.threads[1].name, "clerk");
}

TEST(ThreadObjects, ThatJoinInTheirOwnDestructorAreNone) {
  EXPECT_THAT(probe("object-destroyed 1").kinds(), IsEmpty());
}

TEST(EndOfAThread, ComesAfterItsThreadLocalObjectsHoweverItLeaves) {
  EXPECT_THAT(probe("thread-local-gives-back 0").kinds(), IsEmpty());
  EXPECT_THAT(probe("thread-local-gives-back 1").kinds(), IsEmpty());
}

// The system may destroy either of them first.
TEST(EndOfAThread, ComesBeforeThePthreadKeysWheneverTheyWereMade) {
  for (const char* const situation : {"key-gives-back 0", "key-gives-back 1"}) {
    EXPECT_THAT(probe(situation).kinds(),
                ElementsAre("misuse-thread-exit-holding", "misuse-unlock-not-owner"))
        << situation;
  }
}

TEST(EndOfAThread, IsWherePthreadExitLeavesIt) {
  const Probe run = probe("holds-at-pthread-exit");
  ASSERT_THAT(run.kinds(), ElementsAre("misuse-thread-exit-holding"));
  EXPECT_EQ(run.wire.findings[0].threads[0].name, "owner");
}

TEST(EndOfAThread, IsNotTheEndOfTheProcessThatItCalls) {
  EXPECT_THAT(probe("exits-in-a-thread").kinds(), IsEmpty());
}

}  // namespace
}  // namespace gridlock::test
