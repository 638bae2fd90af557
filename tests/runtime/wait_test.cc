// SPDX-License-Identifier: Apache-2.0
//
// Waits that never end, through shared locks, conditions, events and mixtures; each beside the
// nearest one that does end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// The order graph has tests of its own; here only what really hangs counts.
constexpr char kReport[] = "predict=0";
constexpr char kThrow[] = "predict=0:on_deadlock=throw";

const ThreadInfo* thread_named(const Finding& finding, std::string_view name) {
  const auto found = std::ranges::find(finding.threads, name, &ThreadInfo::name);
  return found == finding.threads.end() ? nullptr : &*found;
}

TEST(SharedLock, UpgradesOfTwoReadersHaveOneVictimEachTime) {
  const Probe run = probe("upgrade-twice 100", kThrow);
  EXPECT_EQ(run.output, "victims 100 upgraded 100\n");
  ASSERT_THAT(run.kinds(), AllOf(SizeIs(100), Each("deadlock")));
  EXPECT_THAT(run.wire.findings[0].threads, SizeIs(2));
  EXPECT_THAT(run.log, AllOf(HasSubstr("\"held_mode\":\"shared\""),
                             HasSubstr("\"wanted_mode\":\"upgrade\"")));
  EXPECT_THAT(probe("upgrade-twice 1", kReport).kinds(), ElementsAre("deadlock"));
}

TEST(SharedLock, UpgradeOfOneOfTwoReadersIsNoDeadlock) {
  const Probe run = probe("upgrade-one 100", kThrow);
  EXPECT_EQ(run.output, "victims 0 upgraded 100\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(SharedLock, ReadAgainBehindAWaitingWriterHasOneVictimEachTime) {
  const Probe run = probe("read-again 50", kThrow);
  EXPECT_EQ(run.output, "victims 50\n");
  EXPECT_THAT(run.kinds(), AllOf(SizeIs(50), Each("deadlock")));
}

TEST(SharedLock, ReadAgainIsNoDeadlockWhereReadersGoFirst) {
  const Probe run = probe("read-again-preferring-readers 50", kThrow);
  EXPECT_EQ(run.output, "victims 0\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(SharedLock, WriterWaitsForEachReaderAndOneThatIsStuckIsEnough) {
  const Probe run = probe("reader-wants-the-writers-lock 100", kThrow);
  EXPECT_EQ(run.output, "victims 100\n");
  ASSERT_THAT(run.kinds(), AllOf(SizeIs(100), Each("deadlock")));
  EXPECT_EQ(thread_named(run.wire.findings[0], "idle reader"), nullptr);
  const ThreadInfo* const reader = thread_named(run.wire.findings[0], "reader");
  ASSERT_NE(reader, nullptr);
  ASSERT_THAT(reader->held, SizeIs(1));
  EXPECT_EQ(reader->held[0].mode, "shared");
}

TEST(SharedLock, WriterIsNotStuckBehindAReaderThatOnlyTries) {
  const Probe run = probe("reader-tries-the-writers-lock 100", kThrow);
  EXPECT_EQ(run.output, "victims 0\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(SharedLock, CycleThroughALockAndAJoinHasOneVictimEachTime) {
  const Probe run = probe("mixed-cycle 100", kThrow);
  EXPECT_EQ(run.output, "victims 100\n");
  EXPECT_THAT(run.kinds(), AllOf(SizeIs(100), Each("deadlock")));
}

TEST(SharedLock, HeldOneWayAndWantedTheOtherIsASelfDeadlock) {
  const Probe run = probe("shared-then-exclusive", kThrow);
  EXPECT_EQ(run.output, "victims 3 free 1\n");
  EXPECT_THAT(run.kinds(), AllOf(SizeIs(3), Each("self-deadlock")));
}

TEST(SharedLock, HeldOneWayAndTriedTheOtherIsSimplyFalse) {
  const Probe run = probe("shared-then-exclusive-by-try", kThrow);
  EXPECT_EQ(run.output, "got 0\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(SharedLock, LeftSharedByAnEndedThreadStarvesWritersOnly) {
  const Probe run = probe("reader-ended", kThrow);
  EXPECT_EQ(run.output, "victims 1\n");
  ASSERT_THAT(run.kinds(), ElementsAre("misuse-thread-exit-holding", "starvation"));
  EXPECT_NE(thread_named(run.wire.findings[1], "leaver"), nullptr);
}

TEST(SharedLock, ReleasedByWhoDoesNotHoldItIsAMisuse) {
  EXPECT_THAT(probe("shared-misuse", kReport).kinds(),
              ElementsAre("misuse-unlock-free", "misuse-unlock-free", "misuse-unlock-not-owner",
                          "misuse-unlock-not-owner"));
}

TEST(SharedLock, DestroyedWhileReadIsAMisuseAndNoneOtherwise) {
  EXPECT_THAT(probe("shared-destroyed 1", kReport).kinds(), ElementsAre("misuse-destroy-held"));
  EXPECT_THAT(probe("shared-destroyed 0", kReport).kinds(), IsEmpty());
}

TEST(SharedLock, DeadlocksAreFoundAmidContentionAndContentionIsNone) {
  const Probe run = probe("upgrades-amid-contention 100", kThrow);
  EXPECT_EQ(run.output, "victims 100 upgraded 100\nalarms 0\n");
  EXPECT_THAT(run.kinds(), AllOf(SizeIs(100), Each("deadlock")));
}

// A look at the threads could find one that had a number and no state yet.
TEST(Threads, ThatStartAreNotLookedAtTooEarly) {
  for (int run = 0; run < 5; ++run) {
    const Probe started = probe("threads-start-amid-contention 400", kThrow);
    ASSERT_EQ(started.exit_code, 0) << "signal " << started.signal;
    ASSERT_EQ(started.output, "alarms 0\n");
  }
}

TEST(LostWakeup, NamesTheThreadThatNotifiedTooEarlyAndWhere) {
  const Probe run = probe("early-notification 0", kReport);
  EXPECT_EQ(run.exit_code, 1);
  ASSERT_THAT(run.kinds(), ElementsAre("lost-wakeup"));
  const ThreadInfo* const early = thread_named(run.wire.findings[0], "early bird");
  ASSERT_NE(early, nullptr) << run.log;
  EXPECT_EQ(early->state, "ended");
  EXPECT_THAT(early->stack, Not(IsEmpty()));
  ASSERT_EQ(run.wire.findings[0].acts.size(), 1U);
  const Act& notified = run.wire.findings[0].acts[0];
  EXPECT_EQ(notified.operation, "notify");
  EXPECT_EQ(notified.thread, early->id);
  EXPECT_EQ(notified.object.front(), 'C');
  EXPECT_THAT(notified.stack, Not(IsEmpty()));
}

TEST(LostWakeup, IsNoneWhereATestRemembersIt) {
  const Probe run = probe("early-notification 1", kReport);
  EXPECT_THAT(run.output, HasSubstr("woken"));
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(LostWakeup, IsStarvationWhereATestSaysThatMoreIsMissing) {
  EXPECT_THAT(probe("early-notification 2", kReport).kinds(), ElementsAre("starvation"));
}

TEST(LostWakeup, IsStarvationWhereNobodyEverNotified) {
  EXPECT_THAT(probe("early-notification 3", kReport).kinds(), ElementsAre("starvation"));
}

TEST(LostWakeup, OvertakesATestWhereTheNotifierDoesNotTakeTheLock) {
  EXPECT_THAT(probe("early-notification 4", kReport).kinds(), ElementsAre("lost-wakeup"));
}

std::string lock_of_first_act(const Finding& finding) {
  for (const Object& object : finding.objects) {
    if (!finding.acts.empty() && object.id == finding.acts[0].lock) return object.name;
  }
  return {};
}

TEST(WaitUnlocked, IsAMisuseAndReturns) {
  const Probe run = probe("wait-unlocked 0", kReport);
  EXPECT_EQ(run.exit_code, 0);
  ASSERT_THAT(run.kinds(), ElementsAre("misuse-wait-unlocked"));
  EXPECT_EQ(run.wire.findings[0].detail, "wait");
  EXPECT_EQ(lock_of_first_act(run.wire.findings[0]), "lock");
  EXPECT_THAT(probe("wait-unlocked 1", kReport).kinds(), IsEmpty());
  const Probe deferred = probe("wait-unlocked 2", kReport);
  ASSERT_THAT(deferred.kinds(), ElementsAre("misuse-wait-unlocked"));
  EXPECT_EQ(lock_of_first_act(deferred.wire.findings[0]), "lock");
}

TEST(Starvation, OfAConditionWhoseNotifierNeedsWhatStaysHeld) {
  const Probe run = probe("condition-holding 0", kReport);
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.kinds(), ElementsAre("starvation"));
  EXPECT_THAT(probe("condition-holding 1", kReport).kinds(), IsEmpty());
}

TEST(Starvation, OfAnEventWhoseSetterNeedsWhatStaysHeld) {
  const Probe run = probe("event-holding 0", kReport);
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.kinds(), ElementsAre("starvation"));
  EXPECT_THAT(probe("event-holding 1", kReport).kinds(), IsEmpty());
}

TEST(Starvation, IsNoneWhereAThreadThatGridlockNeverMetSetsTheEvent) {
  const Probe run = probe("untracked-thread-sets", kReport);
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(Permits, OfOneThreadMakeACycleADeadlock) {
  const Probe run = probe("permit-cycle 1", kReport);
  ASSERT_THAT(run.kinds(), ElementsAre("deadlock"));
  EXPECT_THAT(run.wire.findings[0].cycle, SizeIs(2));
  EXPECT_THAT(run.wire.findings[0].threads, SizeIs(2));
}

TEST(Permits, OfAThreadThatEndedAreLost) {
  EXPECT_THAT(probe("permit-cycle 0", kReport).kinds(), ElementsAre("starvation"));
}

TEST(SelfDeadlock, InASignalHandlerSaysSo) {
  const Probe run = probe("signal-while-holding 0", kReport);  // a handler must not throw
  EXPECT_EQ(run.exit_code, 1);
  ASSERT_THAT(run.kinds(), ElementsAre("self-deadlock"));
  EXPECT_EQ(run.wire.findings[0].detail, "in a signal handler");
}

TEST(SelfDeadlock, OutsideOfHandlersDoesNotAndAHandlerAloneIsNone) {
  const Probe plain = probe("lock-twice", kThrow);
  ASSERT_THAT(plain.kinds(), ElementsAre("self-deadlock"));
  EXPECT_EQ(plain.wire.findings[0].detail, "");
  EXPECT_THAT(probe("signal-while-holding 1", kReport).kinds(), IsEmpty());
}

TEST(Waits, ThatAllEndAreNoFinding) {
  const Probe run = probe("harmless-mix 3000");  // nor is their order
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_EQ(run.output, "waves 12000\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

}  // namespace
}  // namespace gridlock::test
