// SPDX-License-Identifier: Apache-2.0
//
// Orders that always hold are no cycles, however they are told; see probe_kept_orders.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Orders, ThroughItemsHoldHoweverManyWerePutBeforeTheFirstGet) {
  EXPECT_THAT(kinds("burst-of-items 10"), IsEmpty());
  EXPECT_THAT(kinds("burst-of-items 100"), IsEmpty());
}
TEST(Orders, ThroughItemsDoNotReachWhatCameAfterThem) {
  EXPECT_THAT(kinds("item-before-the-nest 10"), ElementsAre("lock-order-cycle"));
}
TEST(Orders, ThroughAlternatingSignalsHoldAfterAnyNumberOfRounds) {
  EXPECT_THAT(kinds("alternating 10"), IsEmpty());
  EXPECT_THAT(kinds("alternating 200"), IsEmpty());
}
TEST(Orders, ABarrierIsWaitedForWhoeverArrivesLast) {
  EXPECT_THAT(kinds("barrier-under-lock 0"), ElementsAre("lock-order-cycle"));
}
TEST(Orders, ABarrierWithATimeLimitHangsNobody) {
  EXPECT_THAT(kinds("barrier-under-lock 1"), IsEmpty());
}
TEST(Orders, AWaitForALatchNeedsEveryThreadThatCounts) {
  EXPECT_THAT(kinds("latch-under-lock 0"), ElementsAre("lock-order-cycle"));
  EXPECT_THAT(kinds("latch-under-lock 1"), IsEmpty());
  EXPECT_THAT(kinds("latch-under-lock 2"), IsEmpty());
}
TEST(Orders, ALatchIsFollowedThroughAThreadThatHoldsNothing) {
  EXPECT_THAT(kinds("latch-under-lock 3"), ElementsAre("lock-order-cycle"));
  EXPECT_THAT(kinds("latch-under-lock 4"), IsEmpty());
}
TEST(Orders, WhatComesAfterALatchComesAfterEachCount) {
  EXPECT_THAT(kinds("nests-around-a-latch 1"), IsEmpty());
  EXPECT_THAT(kinds("nests-around-a-latch 0"), ElementsAre("lock-order-cycle"));
}
TEST(Orders, AThreadThatNobodySawStartKnowsEveryLock) {
  EXPECT_THAT(kinds("with-an-untracked-thread"), ElementsAre("lock-order-cycle"));
  EXPECT_THAT(kinds("with-an-untracked-thread-among-known"), ElementsAre("lock-order-cycle"));
}
TEST(Orders, AOnceFlagIsNewToAThreadInAUsedSlot) {
  EXPECT_THAT(kinds("once-in-a-used-slot"), IsEmpty());
}
TEST(Orders, AnEventOrdersAfterAnyNumberOfOthers) {
  EXPECT_THAT(kinds("event-after-many 20000"), IsEmpty());
}
TEST(Orders, ATableThatIsFullIsSaidAndRaisesNoAlarm) {
  EXPECT_THAT(kinds("alternating 2000", "max_objects=512"),
              testing::AnyOf(IsEmpty(), ElementsAre("capacity")));
}

}  // namespace
}  // namespace gridlock::test
