// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::ContainsRegex;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

TEST(Assertions, ThatAreNotTrueAreReportedOnceForEachPlaceWithAllThatIsHeld) {
  const Probe run = probe("assertions-broken");
  EXPECT_EQ(run.exit_code, 0);
  ASSERT_THAT(run.kinds(), ElementsAre("lock-assertion", "lock-assertion", "lock-assertion"));
  EXPECT_EQ(run.wire.findings[0].detail, "assert_held");
  EXPECT_EQ(run.wire.findings[1].detail, "assert_not_held");
  EXPECT_EQ(run.wire.findings[2].detail, "assert_no_locks_held");
  EXPECT_EQ(run.wire.findings[0].objects[0].name, "wanted");
  ASSERT_THAT(run.wire.findings[0].threads, SizeIs(1));
  EXPECT_THAT(run.wire.findings[0].threads[0].stack, Not(IsEmpty()));
  EXPECT_THAT(run.wire.findings[0].threads[0].held, SizeIs(1));
}

TEST(Assertions, ThatAreTrueSayNothingAndPermitsAreNoLocks) {
  EXPECT_THAT(probe("assertions-kept").kinds(), IsEmpty());
}

TEST(Assertions, OfASharedLockAreTrueInEitherWayOfHoldingIt) {
  EXPECT_THAT(probe("assertions-shared").kinds(), IsEmpty());
  EXPECT_THAT(probe("assertions-shared 1").kinds(), ElementsAre("lock-assertion"));
}

TEST(Statements, ThatAreTrueSayNothing) { EXPECT_THAT(probe("statements 0").kinds(), IsEmpty()); }

TEST(Statements, ThatAreNotTrueAreReportedOnceForEachPlaceAndTheProgramGoesOn) {
  const Probe run = probe("statements 1");
  EXPECT_EQ(run.exit_code, 0);
  ASSERT_THAT(run.kinds(), ElementsAre("assertion-failed"));
  const auto& finding = run.wire.findings[0];
  EXPECT_EQ(finding.detail, "a \"quoted\" text");
  ASSERT_THAT(finding.threads, SizeIs(1));
  EXPECT_THAT(finding.threads[0].held, SizeIs(1));
  ASSERT_THAT(finding.threads[0].stack, Not(IsEmpty()));
  EXPECT_THAT(finding.threads[0].stack[0].file, testing::EndsWith("probe_rules.cc"));
}

TEST(Statements, AtTwoPlacesAreTwoFindingsAndALongTextIsCut) {
  const Probe run = probe("statements 2");
  ASSERT_THAT(run.kinds(), ElementsAre("assertion-failed", "assertion-failed"));
  EXPECT_EQ(run.wire.findings[1].detail, std::string(511, 'x'));
}

TEST(DeclaredOrder, OfSharedLocksIsHeldAgainstReadersToo) {
  EXPECT_THAT(probe("order-of-shared").kinds(), IsEmpty());
  EXPECT_THAT(probe("order-of-shared 1").kinds(), ElementsAre("declared-order"));
}

TEST(DeclaredOrder, IsHeldAgainstARequestThroughOtherLocksAndAlsoWhenItWasMadeLater) {
  for (const char* predict : {"predict=1", "predict=0"}) {
    const Probe run = probe("order-broken", predict);
    EXPECT_EQ(run.exit_code, 0);
    ASSERT_THAT(run.kinds(), ElementsAre("declared-order")) << predict;
    const Finding& finding = run.wire.findings[0];
    ASSERT_THAT(finding.edges, SizeIs(1));
    EXPECT_THAT(finding.edges[0].held_stack, Not(IsEmpty()));
    EXPECT_THAT(finding.edges[0].wanted_stack, Not(IsEmpty()));
    ASSERT_THAT(finding.locations, SizeIs(2));
    EXPECT_THAT(finding.locations[0].name,
                ContainsRegex(R"(first \(M[0-9]+\) before second \(M[0-9]+\))"));
    EXPECT_THAT(finding.locations[1].name,
                ContainsRegex(R"(second \(M[0-9]+\) before third \(M[0-9]+\))"));
    EXPECT_THAT(finding.locations[0].allocated, SizeIs(1));
  }
}

TEST(DeclaredOrder, IsKeptByNestingAsDeclaredAndByTryLock) {
  EXPECT_THAT(probe("order-kept").kinds(), IsEmpty());
}

TEST(DeclaredOrder, RefusesAContradictionAndNamesBothLocks) {
  const Probe run = probe("order-contradicted");
  EXPECT_THAT(run.output,
              ContainsRegex(R"(third \(M[0-9]+\) cannot come before first \(M[0-9]+\))"));
  EXPECT_THAT(run.kinds(), IsEmpty());
}

}  // namespace
}  // namespace gridlock::test
