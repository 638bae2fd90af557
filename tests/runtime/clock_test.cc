// SPDX-License-Identifier: Apache-2.0
//
// Somebody sets the time of day while threads wait.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/child.h"
#include "tests/support/effort.h"

namespace gridlock::test {
namespace {

class ClockSetBack : public testing::Test {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "the sanitizer has a clock_gettime of its own";
  }
};

TEST_F(ClockSetBack, DoesNotHideAHang) {
  const Probe run = run_program(RUNTIME_CLOCK_JUMPS, "hang", "hang=1");
  EXPECT_FALSE(run.timed_out);
  ASSERT_TRUE(run.wire.dump) << run.output << run.log;
  EXPECT_EQ(run.wire.dump->reason, "hang");
}

TEST_F(ClockSetBack, MakesNoWaitLonger) {
  const Probe run = run_program(RUNTIME_CLOCK_JUMPS, "correct", "hang=1");
  EXPECT_EQ(run.exit_code, 0) << run.output << run.log;
  EXPECT_THAT(run.output, testing::HasSubstr("over\n"));
  EXPECT_THAT(run.kinds(), testing::IsEmpty());
  EXPECT_FALSE(run.wire.dump);
}

}  // namespace
}  // namespace gridlock::test
