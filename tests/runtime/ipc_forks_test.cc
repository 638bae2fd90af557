// SPDX-License-Identifier: Apache-2.0
//
// A plain fork can release what its parent waits for, from the moment of the fork to its end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

void expect_none(const std::string& situation) {
  const Probe run = probe(situation);
  EXPECT_EQ(run.exit_code, 0) << situation << ": " << run.output;
  EXPECT_THAT(run.kinds(), IsEmpty()) << situation;
}

void expect_starvation(const std::string& situation) {
  const Probe run = probe(situation);
  EXPECT_EQ(run.exit_code, 1) << situation << ": " << run.output;
  EXPECT_THAT(run.kinds(), ElementsAre("starvation")) << situation;
}

TEST(PlainForkThatStartsSlowly, MayReleaseAPermit) { expect_none("fork-permits 0"); }
TEST(PlainForkThatStartsSlowly, MayPut) { expect_none("fork-queues 0"); }
TEST(PlainForkThatStartsSlowly, MayFinishATask) { expect_none("fork-queues 1"); }
TEST(PlainForkThatStartsSlowly, MayMakeRoom) { expect_none("fork-queues 2"); }
TEST(PlainForkThatStartsSlowly, MayHoldALock) { expect_none("fork-locks"); }

TEST(PlainForkThatStartsSlowly, MayReleaseWhatAJoinedProcessWaitsFor) {
  expect_none("fork-permits 6");
}

TEST(PlainForkThatStartsSlowly, CountsThoughItsParentWasAForkThatHasEnded) {
  expect_none("fork-permits 4");
}

TEST(PlainForkThatStartsSlowly, CountsBesideOneThatWasKilledAtItsBirth) {
  expect_none("fork-permits 3");
}

TEST(PlainForkThatStartsSlowly, CountsAfterManyThatHaveEnded) { expect_none("fork-permits 5"); }

TEST(PlainForkThatHasEnded, ReleasesNothingAnyMore) {
  expect_starvation("fork-permits 2");
  expect_starvation("fork-queues 3");
}

TEST(PlainForkThatWasKilledAtItsBirth, ReleasesNothing) {
  expect_starvation("fork-permits 1");
  expect_starvation("fork-permits 7");
}

}  // namespace
}  // namespace gridlock::test
