// SPDX-License-Identifier: Apache-2.0
//
// Ids are places, which are used again (option max_objects is how many there are): whatever is kept by id must never
// take an object for the one that was in its place before it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Generations : public testing::TestWithParam<const char*> {
 protected:
  static Probe play(const std::string& situation) { return probe(situation, GetParam()); }
  static void expect_nothing(const std::string& situation) {
    const Probe run = play(situation);
    EXPECT_EQ(run.exit_code, 0) << run.output << run.log;
    EXPECT_THAT(run.output, EndsWith("over\n"));
    EXPECT_THAT(run.kinds(), IsEmpty()) << run.log;
  }
};

TEST_P(Generations, OfEachKindOfObjectLeaveACorrectProgramAlone) {
  expect_nothing("each-kind-comes-and-goes 60");
}

TEST_P(Generations, EachHaveAnOrderOfTheirOwn) {
  expect_nothing("each-generation-has-its-order 1500");
}

TEST_P(Generations, KeepWhatTheirEventsHaveOrdered) {
  expect_nothing("events-of-each-generation 600");
}

TEST_P(Generations, AreNotBoundByWhatWasDeclaredOfAnEarlierOne) {
  expect_nothing("declared-for-one-generation 4");
}

TEST_P(Generations, OfThreadsLeaveNoFinding) { expect_nothing("threads-come-and-go 2000"); }

TEST_P(Generations, HideNoCycleThatComesAfterThem) {
  const Probe run = play("cycle-after-generations 4");
  ASSERT_THAT(run.kinds(), ElementsAre("lock-order-cycle")) << run.log;
  EXPECT_THAT(run.log, HasSubstr("\"first\""));
  EXPECT_THAT(run.log, HasSubstr("\"second\""));
}

TEST_P(Generations, HideNoCycleThatBeganBeforeThem) {
  const Probe run = play("cycle-around-generations 4");
  ASSERT_THAT(run.kinds(), ElementsAre("lock-order-cycle")) << run.log;
  EXPECT_THAT(run.log, HasSubstr("\"one\""));
}

TEST_P(Generations, EachHaveTheirCycles) {
  const Probe run = play("cycle-in-each-generation 5");
  EXPECT_THAT(run.kinds(), SizeIs(5)) << run.log;
  EXPECT_THAT(run.kinds(), Each("lock-order-cycle"));
}

TEST_P(Generations, EachHaveTheirCyclesAlsoByThreadsThatStay) {
  const Probe run = play("cycle-by-the-same-threads 100");
  EXPECT_THAT(run.kinds(), SizeIs(100));
  EXPECT_THAT(run.kinds(), Each("lock-order-cycle"));
}

TEST_P(Generations, DoNotTakeTheGateOfAnEarlierOne) {
  expect_nothing("gate-of-another-generation 4");
}

TEST_P(Generations, SayWhoWasUsedAfterItsEnd) {
  const Probe run = play("used-after-its-end 4");
  EXPECT_THAT(run.kinds(), ElementsAre("misuse-use-after-destroy", "misuse-use-after-destroy"))
      << run.log;
}

TEST_P(Generations, HideNoDeadlock) {
  const Probe run = play("deadlock-after-generations 4");
  EXPECT_THAT(run.kinds(), Contains("deadlock")) << run.log;
}

INSTANTIATE_TEST_SUITE_P(Room, Generations,
                         testing::Values("max_objects=128", "max_objects=500",
                                         "max_objects=128:contention=1"));

TEST(GenerationsWithoutPrediction, LeaveACorrectProgramAlone) {
  const Probe run = probe("each-kind-comes-and-goes 60", "max_objects=128:predict=0");
  EXPECT_EQ(run.exit_code, 0) << run.output << run.log;
  EXPECT_THAT(run.kinds(), IsEmpty()) << run.log;
}

}  // namespace
}  // namespace gridlock::test
