// SPDX-License-Identifier: Apache-2.0
//
// A table is full: that is said once, the program goes on, and nothing is made up about what has no room.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;

class FullTables : public testing::TestWithParam<int> {};
TEST_P(FullTables, LeaveACorrectProgramAloneAndAreSaidOnce) {
  const Probe run =
      probe("correct-with-full-tables 20", "max_objects=" + std::to_string(GetParam()));
  EXPECT_EQ(run.exit_code, 0) << run.output << run.log;
  EXPECT_THAT(run.output, EndsWith("over\n"));
  // Where there is room for all that are there at one time, nothing has to be said.
  if (GetParam() < 30 || !run.kinds().empty()) {
    EXPECT_THAT(run.kinds(), ElementsAre("capacity")) << run.log;
  }
}

TEST_P(FullTables, HideNoDeadlockThatHappens) {
  const Probe run = probe("crossed-with-full-tables", "max_objects=" + std::to_string(GetParam()));
  EXPECT_EQ(run.exit_code, 1) << run.output;
  EXPECT_THAT(run.kinds(), Contains("deadlock")) << run.log;
}
INSTANTIATE_TEST_SUITE_P(Room, FullTables, testing::Values(16, 17, 20, 33, 64, 100));

TEST(ThreadsBeyondTheTable, RunLikeAnyOther) {
  const Probe run = probe("threads-beyond-the-table 200", "max_objects=100");
  EXPECT_EQ(run.exit_code, 0) << run.output << run.log;
  EXPECT_EQ(run.output, "over\n");
  EXPECT_THAT(run.kinds(), ElementsAre("capacity"));
}

TEST(FullEdges, AreSaidOnce) {
  const Probe run = probe("correct-with-full-tables 20", "max_edges=16");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.output, EndsWith("over\n"));
  for (const std::string& kind : run.kinds()) EXPECT_EQ(kind, "capacity");
}

}  // namespace
}  // namespace gridlock::test
