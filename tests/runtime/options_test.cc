// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

struct BadOptions {
  const char* text;
  const char* complaint;  ///< what the line must contain

  // A test is called after what it tries, and not after the addresses of the two.
  friend void PrintTo(const BadOptions& bad, std::ostream* out) { *out << bad.text; }
};

class BadOptionsTest : public testing::TestWithParam<BadOptions> {};

TEST_P(BadOptionsTest, EndTheProcessWithOneLineAndExitCode2) {
  const Probe run = probe("none", GetParam().text);
  EXPECT_EQ(run.exit_code, 2) << GetParam().text;
  EXPECT_THAT(run.output, AllOf(StartsWith("gridlock: GRIDLOCK_OPTIONS: "),
                                HasSubstr(GetParam().complaint), EndsWith("\n")));
  EXPECT_EQ(std::count(run.output.begin(), run.output.end(), '\n'), 1);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadOptionsTest,
    testing::Values(BadOptions{"colour=red", "unknown option 'colour'"},
                    BadOptions{"predict", "no value for 'predict'"},
                    BadOptions{"predict=yes", "neither 0 nor 1: 'yes'"},
                    BadOptions{"predict=", "neither 0 nor 1: ''"},
                    BadOptions{"on_deadlock=hang", "neither report nor throw nor abort: 'hang'"},
                    BadOptions{"stack_depth=12a", "not a number: '12a'"},
                    BadOptions{"stack_depth=-1", "not a number: '-1'"},
                    BadOptions{"stack_depth=", "not a number: ''"},
                    BadOptions{"stack_depth=0", "not between 1 and 64: 'stack_depth'"},
                    BadOptions{"stack_depth=65", "not between 1 and 64: 'stack_depth'"},
                    BadOptions{"recent_records=4294967296", "number too large: '4294967296'"},
                    BadOptions{"recent_records=99999999999999999999999", "number too large"},
                    BadOptions{"dump_signal=65", "not between 0 and 64: 'dump_signal'"},
                    BadOptions{"max_objects=15", "'max_objects'"},
                    BadOptions{"max_edges=15", "'max_edges'"},
                    BadOptions{"contexts_per_edge=0",
                               "not between 1 and 4294967295: 'contexts_per_edge'"},
                    BadOptions{"predict=1:predict=2", "neither 0 nor 1: '2'"}));

TEST(Options, ALogPathThatIsTooLongIsRefused) {
  const Probe run = probe("none", "log_path=/tmp/" + std::string(1024, 'x'), true);
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.output, HasSubstr("text too long: '/tmp/xxx"));
}

TEST(Options, EmptyOnesAndStrayColonsMeanNothing) {
  for (const char* const text : {"", ":", "::predict=1:", "predict=0:predict=1"}) {
    EXPECT_EQ(probe("none", text).exit_code, 0) << text;
  }
}

TEST(Options, AreWhatTheyWereSetToLast) {
  EXPECT_EQ(probe("nobody-releases", "on_deadlock=throw:on_deadlock=report").exit_code, 1);
  EXPECT_EQ(probe("nobody-releases", "on_deadlock=report:on_deadlock=throw").exit_code, 0);
}

TEST(Options, ThatLeaveNoRoomAreNamedInAFindingOnce) {
  const Probe run = probe("too-many-locks", "max_objects=16");
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_EQ(run.output, "done\n");
  ASSERT_THAT(run.kinds(), testing::ElementsAre("capacity"));
  EXPECT_EQ(run.wire.findings[0].detail, "max_objects");
  EXPECT_THAT(probe("too-many-locks", "").kinds(), testing::IsEmpty());
}

}  // namespace
}  // namespace gridlock::test
