// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::ElementsAre;

class StuckWithAProgram : public testing::TestWithParam<int> {};

TEST_P(StuckWithAProgram, NoThreadGoesOnBecauseTheProgramWasKilled) {
  const Probe run =
      probe("stuck-with-a-program " + std::to_string(GetParam()), "predict=0:on_deadlock=abort");
  EXPECT_EQ(run.output, "handler\n");
  EXPECT_EQ(run.exit_code, 128 + SIGABRT);  // the handler came back
  EXPECT_THAT(run.kinds(), ElementsAre("deadlock"));
}

INSTANTIATE_TEST_SUITE_P(Each, StuckWithAProgram, testing::Range(0, 5));

class StuckWithAChild : public testing::TestWithParam<int> {};

TEST_P(StuckWithAChild, TheFirstProcessDoesNotGoOnBecauseTheChildWasKilled) {
  const Probe run = probe("stuck-with-a-child " + std::to_string(GetParam()), "predict=0");
  EXPECT_EQ(run.output, "");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.kinds(), ElementsAre("deadlock"));
}

INSTANTIATE_TEST_SUITE_P(Each, StuckWithAChild, testing::Range(0, 3));

}  // namespace
}  // namespace gridlock::test
