// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

TEST(Fork, ARequestForALockThatAnotherThreadHeldIsReportedAndEndsTheChild) {
  const Probe run = probe("fork-held");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.output, "child 1\n");
  ASSERT_THAT(run.kinds(), ElementsAre("misuse-fork-held"));
  const Finding& finding = run.wire.findings[0];
  EXPECT_EQ(finding.objects[0].name, "left behind");
  ASSERT_THAT(finding.threads, SizeIs(2));
  EXPECT_EQ(finding.threads[0].name, "main");
  EXPECT_EQ(finding.threads[1].name, "holder");
  ASSERT_THAT(finding.threads[1].held, SizeIs(1));
  EXPECT_THAT(finding.threads[1].held[0].stack, Not(IsEmpty()));
  ASSERT_THAT(finding.locations, SizeIs(1));
  EXPECT_THAT(finding.locations[0].allocated, Not(IsEmpty()));
  EXPECT_EQ(count(run.log, R"("record":"start")"), 2u);
  EXPECT_TRUE(run.wire.ended);
}

TEST(Fork, WithThrowTheRequestThrowsAndTheChildGoesOn) {
  const Probe run = probe("fork-held", "on_deadlock=throw");
  EXPECT_EQ(run.output, "child 7\n");
  EXPECT_THAT(run.kinds(), ElementsAre("misuse-fork-held"));
}

TEST(Fork, ASharedLockThatAnotherThreadHeldIsReportedUnlessTheChildMayReadBesideIt) {
  for (const char* way : {"fork-held-shared 0", "fork-held-shared 1"}) {
    const Probe run = probe(way);
    EXPECT_EQ(run.output, "child 1\n") << way;
    ASSERT_THAT(run.kinds(), ElementsAre("misuse-fork-held")) << way;
    ASSERT_THAT(run.wire.findings[0].threads, SizeIs(2)) << way;
    EXPECT_EQ(run.wire.findings[0].threads[1].name, "holder") << way;
  }
  const Probe beside = probe("fork-held-shared 2");
  EXPECT_EQ(beside.output, "child 9\n");
  EXPECT_THAT(beside.kinds(), IsEmpty());
}

TEST(Fork, ATimedRequestIsReportedAndTimesOut) {
  const Probe run = probe("fork-held-timed");
  EXPECT_EQ(run.output, "child 5\n");
  EXPECT_THAT(run.kinds(), ElementsAre("misuse-fork-held"));
}

TEST(Fork, WhileAThreadHoldsALockThatTheChildDoesNotWaitForIsNoFinding) {
  const Probe run = probe("fork-held-not-asked");
  EXPECT_EQ(run.output, "child 5\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(Fork, FollowedByExecLeavesNoTrace) {
  const Probe run = probe("fork-exec");
  EXPECT_EQ(run.output, "child 0\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
  EXPECT_EQ(count(run.log, R"("record":"start")"), 1u);
}

TEST(Fork, OfTheThreadThatHoldsTheLockItselfIsNoFinding) {
  const Probe run = probe("fork-own");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.output, "child 0\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
  EXPECT_EQ(count(run.log, R"("record":"start")"), 2u);
  EXPECT_EQ(count(run.log, R"("record":"end")"), 2u);
}

TEST(Fork, WhatOtherThreadsDidBeforeIsBeforeAllThatTheChildDoes) {
  for (const char* way : {"fork-inherits 0", "fork-inherits 1"}) {
    const Probe run = probe(way);
    EXPECT_EQ(run.output, "child 0\n") << way;
    EXPECT_THAT(run.kinds(), IsEmpty()) << way;
  }
}

TEST(Fork, TheChildsOwnThreadsAreNotOrderedByIt) {
  const Probe run = probe("fork-inherits 2");
  EXPECT_EQ(run.output, "child 0\n");
  EXPECT_THAT(run.kinds(), ElementsAre("lock-order-cycle"));
}

TEST(Fork, TheParentIsNotOrderedByIt) {
  const Probe run = probe("fork-inherits 3");
  EXPECT_EQ(run.output, "child 0\n");
  EXPECT_THAT(run.kinds(), ElementsAre("lock-order-cycle"));
}

}  // namespace
}  // namespace gridlock::test
