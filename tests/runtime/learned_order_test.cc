// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

TEST(LearnedOrder, IsDataForTheProgramAndLeavesOutWhatCannotWaitAndWhatIsNoLock) {
  const Probe run = probe("order-learned");
  EXPECT_EQ(run.output,
            "outer before middle in T1 (main), with stacks\n"
            "middle before inner in T1 (main), with stacks\n");
  EXPECT_THAT(run.wire.learned_order, IsEmpty());
}

TEST(LearnedOrder, WithTheOptionIsWrittenAtTheEnd) {
  const Probe run = probe("order-learned", "learned_order=1");
  EXPECT_EQ(run.wire.error, "");
  ASSERT_THAT(run.wire.learned_order, SizeIs(2));
  const LearnedOrder& pair = run.wire.learned_order[0];
  EXPECT_EQ(pair.thread, "T1");
  EXPECT_THAT(pair.held_stack, Not(IsEmpty()));
  EXPECT_THAT(pair.wanted_stack, Not(IsEmpty()));
  ASSERT_THAT(pair.objects, SizeIs(2));
  EXPECT_EQ(pair.from, pair.objects[0].id);
  EXPECT_EQ(pair.objects[0].name, "outer");
  EXPECT_EQ(pair.to, pair.objects[1].id);
  EXPECT_EQ(pair.objects[1].name, "middle");
  ASSERT_THAT(pair.threads, SizeIs(1));
  EXPECT_EQ(pair.threads[0].name, "main");
  EXPECT_THAT(run.log, HasSubstr(R"({"record":"order","pid":)"));
}

TEST(LearnedOrder, OfAForkedProcessIsWhatItLearnedItself) {
  const Probe run = probe("order-learned-and-fork", "learned_order=1");
  ASSERT_THAT(run.wire.learned_order, SizeIs(2));
  // The child ended first. An array's locks are alike but for their numbers.
  EXPECT_GT(run.wire.learned_order[0].from, run.wire.learned_order[1].to);
}

TEST(LearnedOrder, WithoutPredictionIsEmpty) {
  EXPECT_EQ(probe("order-learned", "predict=0").output, "");
}

TEST(LockClasses, LocksMadeAtOnePlaceCountAsOneOnlyWithTheOption) {
  EXPECT_THAT(probe("class-of-accounts").kinds(), IsEmpty());
  const Probe run = probe("class-of-accounts", "lock_classes=1");
  ASSERT_THAT(run.kinds(), ElementsAre("lock-order-cycle"));
  const Finding& finding = run.wire.findings[0];
  ASSERT_THAT(finding.edges, SizeIs(1));  // the first of the two threads is enough
  EXPECT_EQ(finding.edges[0].from, finding.edges[0].to);
  ASSERT_EQ(finding.objects[0].id, finding.edges[0].from);
  EXPECT_EQ(finding.objects[0].class_size, 2u);  // that are known by then
}

TEST(LockClasses, OneThreadThatTakesTwoOfAClassIsEnoughUnlessMoreIsHeld) {
  EXPECT_THAT(probe("class-in-one-thread").kinds(), IsEmpty());
  const Probe run = probe("class-in-one-thread", "lock_classes=1");
  ASSERT_THAT(run.kinds(), ElementsAre("lock-order-cycle"));
  EXPECT_THAT(run.wire.findings[0].edges, SizeIs(1));
  EXPECT_THAT(probe("class-in-one-thread-with-levels", "lock_classes=1").kinds(), IsEmpty());
  EXPECT_THAT(probe("class-in-one-thread-behind-gate", "lock_classes=1").kinds(), IsEmpty());
  EXPECT_THAT(probe("class-read-twice", "lock_classes=1").kinds(), IsEmpty());
}

TEST(LockClasses, LevelsAreClassesOfTheirOwnWheneverTheyAreSet) {
  EXPECT_THAT(probe("class-with-levels", "lock_classes=1").kinds(), IsEmpty());
  EXPECT_THAT(probe("class-with-late-levels", "lock_classes=1").kinds(), IsEmpty());
}

TEST(LockClasses, AGateIsALockAndNoClass) {
  const Probe run = probe("class-behind-gate", "lock_classes=1");
  EXPECT_THAT(run.kinds(), IsEmpty());
  ASSERT_THAT(run.wire.infeasible_cycles, Not(IsEmpty()));
  EXPECT_EQ(run.wire.infeasible_cycles[0].reason, "gate");
  EXPECT_NE(run.wire.infeasible_cycles[0].object, run.wire.infeasible_cycles[0].claim.cycle[0]);
}

TEST(LockClasses, ThatAreNestedBothWaysAreACycleAlsoOfDifferentLocks) {
  EXPECT_THAT(probe("two-classes").kinds(), IsEmpty());
  EXPECT_THAT(probe("two-classes", "lock_classes=1").kinds(), ElementsAre("lock-order-cycle"));
  EXPECT_THAT(probe("two-classes-one-order", "lock_classes=1").kinds(), IsEmpty());
}

}  // namespace
}  // namespace gridlock::test
