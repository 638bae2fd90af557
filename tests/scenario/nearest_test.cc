// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/nearest.h"

#include "harness/scenario/option_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gridlock::internal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Nearest, IsTheCandidateWithTheFewestSlips) {
  const std::vector<std::string> commands = {"list", "run", "report"};
  EXPECT_EQ(nearest("rnu", commands), "run");
  EXPECT_EQ(nearest("lsit", commands), "list");
  EXPECT_EQ(nearest("reprot", commands), "report");
  EXPECT_EQ(nearest("frobnicate", commands), "");
  EXPECT_EQ(nearest("run", {}), "");
}

TEST(Nearest, IsOfferedOrSomethingElseIsSaid) {
  EXPECT_EQ(did_you_mean("rnu", {"run"}), "; did you mean 'run'?");
  EXPECT_EQ(did_you_mean("rnu", {"frobnicate"}, "; see --help"), "; see --help");
}

TEST(Setting, ThatIsMisspeltIsNamedAsItWasMeant) {
  EXPECT_THAT(setting_error("predct=0").value_or(""), HasSubstr("did you mean 'predict'?"));
  EXPECT_THAT(setting_error("on_deadlok=throw").value_or(""), HasSubstr("'on_deadlock'"));
  const std::string far = setting_error("weather=fine").value_or("");
  EXPECT_THAT(far, HasSubstr("--help-options"));
  EXPECT_THAT(far, Not(HasSubstr("did you mean")));
}

}  // namespace
}  // namespace gridlock::internal
