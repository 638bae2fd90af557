// SPDX-License-Identifier: Apache-2.0
//
// Each situation of probe_ports.cc beside its harmless twin.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Hang {
  const char* situation;
  const char* kind;
};
void PrintTo(const Hang& hang, std::ostream* out) { *out << hang.situation; }

class WaitOfAPort : public testing::TestWithParam<Hang> {};

TEST_P(WaitOfAPort, ThatCannotEndIsFound) {
  const Probe run = probe(std::string(GetParam().situation) + " 0", "predict=0");
  EXPECT_FALSE(run.timed_out);
  EXPECT_EQ(run.exit_code, 1) << run.output;
  EXPECT_THAT(run.kinds(), ElementsAre(GetParam().kind));
}

TEST_P(WaitOfAPort, ThatEndsIsNoFinding) {
  for (const char* const options : {"predict=0", ""}) {
    const Probe run = probe(std::string(GetParam().situation) + " 1", options);
    EXPECT_EQ(run.exit_code, 0) << run.output;
    EXPECT_THAT(run.kinds(), IsEmpty());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Pairs, WaitOfAPort,
    testing::Values(Hang{"completion-and-lock", "starvation"}, Hang{"arrival-short", "starvation"},
                    Hang{"drop-short", "starvation"}, Hang{"atomic-and-lock", "starvation"},
                    Hang{"flag-never-set", "starvation"},
                    Hang{"stop-callback-and-lock", "deadlock"},
                    Hang{"stop-never-requested", "starvation"}, Hang{"deaf-jthread", "starvation"},
                    Hang{"two-upgraders", "deadlock"}, Hang{"upgradeable-twice", "self-deadlock"},
                    Hang{"shared-future-and-lock", "starvation"},
                    Hang{"task-never-called", "starvation"}));

TEST(Ports, AnArrivalIsWaitedForByWhoeverHoldsALockMeanwhile) {
  EXPECT_THAT(kinds("arrival-under-lock 0"), ElementsAre("lock-order-cycle"));
  EXPECT_THAT(kinds("arrival-under-lock 1"), IsEmpty());
  EXPECT_THAT(kinds("arrival-under-lock 2"), IsEmpty());
}
TEST(Ports, APartyThatDropsIsWaitedForAsTheOthersAre) {
  EXPECT_THAT(kinds("drop-under-lock 0"), ElementsAre("lock-order-cycle"));
  EXPECT_THAT(kinds("drop-under-lock 1"), IsEmpty());
}
TEST(Ports, WhatComesAfterABarrierComesAfterEachArrival) {
  EXPECT_THAT(kinds("nests-around-an-arrival 0"), ElementsAre("lock-order-cycle"));
  EXPECT_THAT(kinds("nests-around-an-arrival 1"), IsEmpty());
  EXPECT_THAT(kinds("nests-around-an-arrival 2"), ElementsAre("lock-order-cycle"));
}
TEST(Ports, AWaitForAnAtomicNeedsTheThreadThatChangesIt) {
  EXPECT_THAT(kinds("atomic-under-lock 0"), ElementsAre("lock-order-cycle"));
  EXPECT_THAT(kinds("atomic-under-lock 1"), IsEmpty());
  EXPECT_THAT(kinds("atomic-that-never-waits"), IsEmpty());
}
TEST(Ports, WhatComesAfterAWaitForAnAtomicComesAfterItsChange) {
  EXPECT_THAT(kinds("nests-around-an-atomic 0"), ElementsAre("lock-order-cycle"));
  EXPECT_THAT(kinds("nests-around-an-atomic 1"), IsEmpty());
}
TEST(Ports, ACallbackThatRunsIsWaitedForAsALockIs) {
  EXPECT_THAT(kinds("stop-callback-under-lock 0"), ElementsAre("lock-order-cycle"));
  EXPECT_THAT(kinds("stop-callback-under-lock 1"), IsEmpty());
}
TEST(Ports, WhatComesAfterALookAtATokenComesAfterTheRequest) {
  EXPECT_THAT(kinds("nests-around-a-stop 0"), ElementsAre("lock-order-cycle"));
  EXPECT_THAT(kinds("nests-around-a-stop 1"), IsEmpty());
}
TEST(Ports, AWaitThatARequestCanEndNeedsNoNotifier) {
  EXPECT_THAT(kinds("stoppable-wait-under-lock"), IsEmpty());
}
TEST(Ports, TheUpgradeableSideHasAnOrderWithOtherLocks) {
  EXPECT_THAT(kinds("upgradeable-under-lock 0"), ElementsAre("lock-order-cycle"));
  EXPECT_THAT(kinds("upgradeable-under-lock 1"), IsEmpty());
}

}  // namespace
}  // namespace gridlock::test
