// SPDX-License-Identifier: Apache-2.0
//
// What the program's own code waits for in the middle of an operation of a queue is seen; see
// probe_queues.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::set<std::string> threads_of(const Probe& run) {
  std::set<std::string> all;
  if (run.wire.findings.empty()) return all;
  for (const ThreadInfo& thread : run.wire.findings[0].threads) all.insert(thread.name);
  return all;
}

TEST(AnItem, ThatNeedsALockOfWhoWaitsForItIsAHangThatIsSeen) {
  const Probe run = probe("item-needs-a-lock 0");
  EXPECT_EQ(run.exit_code, 1) << run.output;
  ASSERT_EQ(run.wire.findings.size(), 1u);
  EXPECT_THAT(threads_of(run), testing::IsSupersetOf({"getter", "putter"}));
}
TEST(AnItem, ThatNeedsALockWhichIsGivenBackIsNone) {
  EXPECT_THAT(kinds("item-needs-a-lock 1"), IsEmpty());
}

TEST(AComparison, ThatTakesALockUnderWhichIsPutIsACycle) {
  const Probe run = probe("comparison-takes-a-lock 0");
  ASSERT_THAT(run.kinds(), ElementsAre("lock-order-cycle"));
  std::set<std::string> names;
  for (const Object& object : run.wire.findings[0].objects) names.insert(object.name);
  EXPECT_THAT(names, testing::IsSupersetOf({"order of jobs", "prices"}));
}
TEST(AComparison, ThatTakesALockOfItsOwnIsNone) {
  EXPECT_THAT(kinds("comparison-takes-a-lock 1"), IsEmpty());
}

TEST(AComparison, ThatWaitsForALockOfWhoPutsIsADeadlock) {
  const Probe run = probe("comparison-waits-for-a-lock 0");
  EXPECT_THAT(run.kinds(), testing::Contains("deadlock"));
  EXPECT_THAT(threads_of(run), ElementsAre("comparing", "pricing"));
}
TEST(AComparison, ThatWaitsForALockWhichIsGivenBackIsNone) {
  EXPECT_THAT(kinds("comparison-waits-for-a-lock 1"), IsEmpty());
}

TEST(AComparison, ThatUsesItsOwnQueueIsASelfDeadlock) {
  EXPECT_THAT(probe("comparison-uses-the-queue 0").kinds(), ElementsAre("self-deadlock"));
}
TEST(AComparison, ThatUsesAnotherQueueIsNone) {
  EXPECT_THAT(kinds("comparison-uses-the-queue 1"), IsEmpty());
}

}  // namespace
}  // namespace gridlock::test
