// SPDX-License-Identifier: Apache-2.0
//
// A signal handler comes in the middle of what the runtime does: it waits its turn, and nothing hangs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::Contains;
using testing::EndsWith;
using testing::HasSubstr;

TEST(SignalHandler, ThatUsesLocksNeverFindsTheRuntimesOwnHeldByItsThread) {
  const Probe run = probe("interrupted-by-locks 300", "max_alike=100000:max_objects=1000000");
  EXPECT_FALSE(run.timed_out);
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(run.output, EndsWith("over\n"));
  for (const std::string& kind : run.kinds()) EXPECT_EQ(kind, "misuse-unlock-free");
}

TEST(SignalHandler, ThatForksNeverFindsTheRuntimesOwnHeldByItsThread) {
  const Probe run = probe("interrupted-by-forks 256", "predict=1");
  EXPECT_FALSE(run.timed_out);
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(run.output, EndsWith("over\n"));
}

TEST(SignalHandler, OfTheDumpWaitsUntilTheFindingIsWritten) {
  const Probe run = probe("dump-while-writing");
  EXPECT_FALSE(run.timed_out);
  EXPECT_THAT(run.output, HasSubstr("status 0 findings 300 dumps 1 end 1\n"));
}

TEST(SignalHandler, OfAnAbortThatWeCalledForMayUseLocksAndFork) {
  const Probe run = probe("abort-handler", "on_deadlock=abort");
  EXPECT_FALSE(run.timed_out);
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_THAT(run.output, HasSubstr("handled\n"));
  EXPECT_THAT(run.kinds(), Contains("self-deadlock"));
}

}  // namespace
}  // namespace gridlock::test
