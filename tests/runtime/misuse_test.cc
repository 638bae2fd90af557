// SPDX-License-Identifier: Apache-2.0
//
// Each row of the tables in lock.h and semaphore.h that is a misuse: one finding for each place,
// and the object as it was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Misuse, UnlockOfAFreeLockIsReportedOnceForEachPlace) {
  const Probe run = probe("unlock-free");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.output, "free 1\n");
  ASSERT_THAT(run.kinds(), ElementsAre("misuse-unlock-free", "misuse-unlock-free"));
  const Finding& finding = run.wire.findings[0];
  EXPECT_EQ(finding.detail, "unlock");
  ASSERT_THAT(finding.objects, testing::Not(IsEmpty()));
  EXPECT_EQ(finding.objects[0].name, "free");
  ASSERT_THAT(finding.threads, SizeIs(1));
  EXPECT_EQ(finding.threads[0].name, "main");
  EXPECT_THAT(finding.threads[0].stack, testing::Not(IsEmpty()));
  ASSERT_THAT(finding.acts, SizeIs(1));  // it was never locked, so never released before
  EXPECT_EQ(finding.acts[0].operation, "unlock");
  EXPECT_EQ(finding.acts[0].thread, "T1");
  EXPECT_EQ(finding.acts[0].object, finding.objects[0].id);
  EXPECT_THAT(finding.acts[0].stack, testing::Not(IsEmpty()));
}

TEST(Misuse, UnlockByAnotherThreadLeavesTheLockToItsOwner) {
  const Probe run = probe("unlock-not-owner");
  EXPECT_EQ(run.output, "free before 0 after 1\n");
  ASSERT_THAT(run.kinds(), ElementsAre("misuse-unlock-not-owner"));
  const Finding& finding = run.wire.findings[0];
  ASSERT_THAT(finding.threads, SizeIs(2));
  EXPECT_EQ(finding.threads[0].name, "thief");
  EXPECT_EQ(finding.threads[1].name, "main");
  ASSERT_THAT(finding.threads[1].held, SizeIs(1));
}

TEST(Misuse, OneUnlockTooManyOfARecursiveLockIsOfAFreeOne) {
  const Probe run = probe("unlock-recursive-too-often");
  ASSERT_THAT(run.kinds(), ElementsAre("misuse-unlock-free"));
  ASSERT_THAT(run.wire.findings[0].acts, SizeIs(2));
  const Act& before = run.wire.findings[0].acts[1];
  EXPECT_EQ(before.operation, "unlock");
  EXPECT_EQ(before.thread, "T1");
  EXPECT_THAT(before.stack, SizeIs(1));
}

TEST(Misuse, ReleaseOverTheBoundDropsThePermit) {
  const Probe run = probe("release-over-bound");
  EXPECT_EQ(run.output, "permits 2\n");
  ASSERT_THAT(run.kinds(), ElementsAre("misuse-release-over-bound"));
  ASSERT_THAT(run.wire.findings[0].acts, SizeIs(2));
  EXPECT_EQ(run.wire.findings[0].acts[0].operation, "release");
  EXPECT_EQ(run.wire.findings[0].acts[1].operation, "release");
  EXPECT_NE(run.wire.findings[0].acts[1].stack.at(0).offset,
            run.wire.findings[0].acts[0].stack.at(0).offset);
}

TEST(Misuse, DestroyingALockThatIsHeldIsReportedWhoeverHoldsIt) {
  EXPECT_THAT(probe("destroy-held").kinds(), ElementsAre("misuse-destroy-held"));
  const Probe other = probe("destroy-held-by-other");
  // The holder then ends with a lock that is gone.
  ASSERT_THAT(other.kinds(), testing::Contains("misuse-destroy-held"));
  ASSERT_THAT(other.wire.findings[0].threads, SizeIs(2));
  EXPECT_EQ(other.wire.findings[0].threads[1].name, "holder");
}

TEST(Misuse, UsingALockAfterItsDestructorIsReportedInWhateverWayAndTheLockIsThenAsNew) {
  for (const std::string what : {"use-after-destroy", "use-rlock-after-destroy"}) {
    for (const char* const how : {" 1", " 2", " 3", " 4", " 5"}) {
      const Probe run = probe(what + how);
      EXPECT_EQ(run.exit_code, 0) << what << how;
      EXPECT_EQ(run.output, "free 1\n") << what << how;
      ASSERT_THAT(run.kinds(), ElementsAre("misuse-use-after-destroy")) << what << how;
      EXPECT_EQ(run.wire.findings[0].objects[0].name, "gone");
      ASSERT_THAT(run.wire.findings[0].acts, SizeIs(2)) << what << how;
      EXPECT_EQ(run.wire.findings[0].acts[1].operation, "destroy");
      EXPECT_EQ(run.wire.findings[0].acts[1].thread, "T1");
      EXPECT_THAT(run.wire.findings[0].acts[1].stack, testing::Not(IsEmpty()));
    }
  }
}

TEST(Misuse, ANewLockInTheMemoryOfADestroyedOneIsNoUseOfThatOne) {
  EXPECT_THAT(probe("memory-of-a-destroyed-lock").kinds(), IsEmpty());
}

TEST(Misuse, DestroyingASemaphoreThatAThreadWaitsForIsReported) {
  const Probe run = probe("destroy-semaphore-waited-for");
  ASSERT_THAT(run.kinds(), ElementsAre("misuse-destroy-held"));
  ASSERT_THAT(run.wire.findings[0].threads, SizeIs(2));
  EXPECT_EQ(run.wire.findings[0].threads[1].name, "waiter");
  EXPECT_TRUE(run.wire.findings[0].threads[1].wants.has_value());
}

TEST(Misuse, EndingAThreadWithALockHeldIsReportedAndTheLockStaysHeld) {
  const Probe run = probe("exit-holding");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.output, "free 0\n");
  ASSERT_THAT(run.kinds(), ElementsAre("misuse-thread-exit-holding"));
  EXPECT_EQ(run.wire.findings[0].threads[0].name, "leaver");
  ASSERT_THAT(run.wire.findings[0].acts, SizeIs(1));
  EXPECT_EQ(run.wire.findings[0].acts[0].operation, "end");
}

TEST(Misuse, IsNotSeenInProperUse) {
  const Probe run = probe("none");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.kinds(), IsEmpty());
}

}  // namespace
}  // namespace gridlock::test
