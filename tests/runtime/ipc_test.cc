// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <string>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using testing::UnorderedElementsAre;

TEST(IpcDeadlock, TwoProcessesThatCrossTwoLocksAreFoundAndBothEnd) {
  const Probe run = probe("ipc-crossed 0");
  EXPECT_EQ(run.exit_code, 1);
  ASSERT_THAT(run.kinds(), ElementsAre("deadlock"));
  ASSERT_THAT(run.wire.process_tree, SizeIs(2));
  EXPECT_EQ(run.wire.process_tree[1].state, "killed");
  EXPECT_EQ(run.wire.process_tree[1].signal, 9);
  const Finding& finding = run.wire.findings[0];
  EXPECT_THAT(finding.cycle, UnorderedElementsAre("L1", "L2"));
  ASSERT_THAT(finding.edges, SizeIs(2));
  for (const LockOrderEdge& edge : finding.edges) {
    EXPECT_NE(edge.from, edge.to);
    EXPECT_THAT(edge.held_stack, Not(IsEmpty()));
    EXPECT_THAT(edge.wanted_stack, Not(IsEmpty()));
  }
  ASSERT_THAT(finding.processes, SizeIs(2));
  EXPECT_EQ(finding.processes[0].id, "P1");
  EXPECT_EQ(finding.processes[1].id, "P2");
  EXPECT_EQ(finding.processes[1].name, "consumer");
  EXPECT_EQ(finding.processes[1].parent_pid, finding.processes[0].pid);
  EXPECT_THAT(
      finding.threads,
      UnorderedElementsAre(
          AllOf(Field(&ThreadInfo::id, "P1.T1"), Field(&ThreadInfo::process, "P1"),
                Field(&ThreadInfo::held, SizeIs(1)), Field(&ThreadInfo::state, "blocked")),
          AllOf(Field(&ThreadInfo::id, "P2.T1"), Field(&ThreadInfo::process, "P2"),
                Field(&ThreadInfo::held, SizeIs(1)), Field(&ThreadInfo::state, "blocked"))));
  EXPECT_THAT(finding.objects,
              Contains(AllOf(Field(&Object::id, "L1"), Field(&Object::type, "IpcLock"),
                             Field(&Object::name, "stock"), Field(&Object::process, ""))));
}

TEST(IpcDeadlock, InOneOrderThereIsNone) {
  const Probe run = probe("ipc-crossed 1");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(IpcDeadlock, WithThrowExactlyOneCallInOneProcessThrows) {
  for (int round = 0; round < 5; ++round) {
    const Probe run = probe("ipc-crossed-throw", "on_deadlock=throw");
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_THAT(run.kinds(), ElementsAre("deadlock"));
    EXPECT_TRUE(run.output == "child deadlock\n" || run.output == "parent deadlock\n")
        << run.output;
  }
}

TEST(IpcDeadlock, OfOneThreadIsASelfDeadlock) {
  const Probe run = probe("ipc-self");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.kinds(), ElementsAre("self-deadlock"));
}

TEST(IpcDeadlock, GoesThroughAJoinAndALockOfOneProcess) {
  const Probe run = probe("ipc-join-chain 0");
  EXPECT_EQ(run.exit_code, 1);
  ASSERT_THAT(run.kinds(), ElementsAre("deadlock"));
  const Finding& finding = run.wire.findings[0];
  EXPECT_THAT(finding.cycle, UnorderedElementsAre("L1", "P2.T1", StartsWith("P2.M")));
  EXPECT_THAT(finding.threads, SizeIs(3));
  EXPECT_THAT(finding.objects,
              Contains(AllOf(Field(&Object::id, StartsWith("P2.M")), Field(&Object::process, "P2"),
                             Field(&Object::name, "till"))));
}

TEST(IpcDeadlock, OfAJoinIsNoneOnceTheLockIsFree) {
  const Probe run = probe("ipc-join-chain 1");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(IpcDeadlock, EndsTheFirstProcessThoughItRunsCodeOfTheUser) {
  const Probe run = probe("ipc-busy-first 0");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.kinds(), ElementsAre("self-deadlock"));
}

TEST(IpcDeadlock, EndsTheFirstProcessBySigkillWhenTheSignalIsTaken) {
  const Probe run = probe("ipc-busy-first 1");
  EXPECT_EQ(run.signal, 9);
  EXPECT_THAT(run.kinds(), ElementsAre("self-deadlock"));
}

TEST(IpcDeadlock, IsNoneAmongManyThatTakeTheirLocksInOneOrder) {
  const Probe run = probe("ipc-busy 2000");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(IpcLockOrder, CrossedWithALocalLockInOneProcessIsPredicted) {
  const Probe run = probe("ipc-predicted");
  EXPECT_EQ(run.exit_code, 0);
  ASSERT_THAT(run.kinds(), ElementsAre("lock-order-cycle"));
  EXPECT_THAT(run.wire.findings[0].cycle, UnorderedElementsAre("L1", StartsWith("M")));
}

TEST(OwnerDied, WhenItIsKilledWithTheLockTheNextOneGetsItAndSaysSoOnce) {
  const Probe run = probe("ipc-owner 0");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.output, "got 1 abandoned 1\nlater 0\n");
  ASSERT_THAT(run.kinds(), ElementsAre("owner-died"));
  const Finding& finding = run.wire.findings[0];
  ASSERT_THAT(finding.threads, SizeIs(2));
  EXPECT_EQ(finding.threads[0].id, "P1.T1");
  EXPECT_EQ(finding.threads[1].id, "P2.T1");
  EXPECT_EQ(finding.threads[1].state, "ended");
  ASSERT_THAT(finding.threads[1].held, SizeIs(1));
  EXPECT_EQ(finding.threads[1].held[0].object, "L1");
  EXPECT_THAT(finding.threads[1].held[0].stack, Not(IsEmpty()));
  ASSERT_THAT(finding.processes, SizeIs(2));
  EXPECT_EQ(finding.processes[1].name, "consumer");
  EXPECT_NE(finding.processes[1].state, "running");
}

TEST(OwnerDied, WhenItReleasedTheLockBeforeItWasKilledIsNoFinding) {
  const Probe run = probe("ipc-owner 1");
  EXPECT_EQ(run.output, "got 1 abandoned 0\nlater 0\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(OwnerDied, WhenItsProcessEndsByItselfWithTheLockCountsToo) {
  const Probe run = probe("ipc-owner 2");
  EXPECT_EQ(run.output, "got 1 abandoned 1\nlater 0\n");
  EXPECT_THAT(run.kinds(), ElementsAre("owner-died"));
}

TEST(OwnerDied, IsReportedOnceWhenSeveralWait) {
  const Probe run = probe("ipc-owner 3");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.kinds(), ElementsAre("owner-died"));
  EXPECT_NE(run.output.find("other got it"), std::string::npos);
  EXPECT_NE(run.output.find("parent got it"), std::string::npos);
}

TEST(OwnerDied, IsSeenByTryLockByATimedLockAndByTheDestructor) {
  for (const char* way : {"ipc-owner 4", "ipc-owner 5", "ipc-owner 7"}) {
    const Probe run = probe(way);
    EXPECT_EQ(run.output, "got 1 abandoned 1\nlater 0\n") << way;
    EXPECT_THAT(run.kinds(), ElementsAre("owner-died")) << way;
  }
  EXPECT_THAT(probe("ipc-owner 6").kinds(), ElementsAre("owner-died"));
}

TEST(OwnerDied, OfAThreadIsItsOwnFindingAndTheLockIsHandedOn) {
  const Probe run = probe("ipc-thread-end");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.output, "abandoned 1\n");
  EXPECT_THAT(run.kinds(), ElementsAre("misuse-thread-exit-holding"));
}

TEST(IpcUse, AfterTheEndIsAFindingInEachProcess) {
  EXPECT_THAT(probe("use-after-end 0").kinds(), ElementsAre("misuse-use-after-destroy"));
  EXPECT_THAT(probe("use-after-end 1").kinds(), IsEmpty());
}

TEST(IpcStarvation, IsFoundWhenEveryProcessWaits) {
  const Probe run = probe("ipc-permits 0");
  EXPECT_EQ(run.exit_code, 1);
  ASSERT_THAT(run.kinds(), ElementsAre("starvation"));
  const Finding& finding = run.wire.findings[0];
  EXPECT_THAT(finding.threads, UnorderedElementsAre(Field(&ThreadInfo::id, "P1.T1"),
                                                    Field(&ThreadInfo::id, "P2.T1")));
  EXPECT_THAT(finding.processes, SizeIs(2));
}

TEST(IpcStarvation, IsNoneWhileAnotherProcessRunsAndReleases) {
  for (const char* way : {"ipc-permits 1", "ipc-permits 2"}) {
    const Probe run = probe(way);
    EXPECT_EQ(run.exit_code, 0) << way;
    EXPECT_THAT(run.kinds(), IsEmpty()) << way;
  }
}

TEST(IpcStarvation, IsFoundWhenTheOneThatWouldReleaseWasKilled) {
  const Probe run = probe("ipc-permits 3");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.kinds(), ElementsAre("starvation"));
}

TEST(IpcStarvation, ShowsOfAProcessThatNobodyJoinedHowItEnded) {
  const Probe run = probe("ipc-permits 5");
  EXPECT_THAT(run.kinds(), ElementsAre("starvation"));
  ASSERT_THAT(run.wire.process_tree, SizeIs(2));
  EXPECT_EQ(run.wire.process_tree[1].signal, 0);
  EXPECT_EQ(run.wire.process_tree[1].exit_code, 0);

  const Probe killed = probe("ipc-permits 0");  // the runtime kills it
  ASSERT_THAT(killed.wire.process_tree, SizeIs(2));
  EXPECT_EQ(killed.wire.process_tree[1].signal, SIGKILL);
}

TEST(IpcStarvation, IsNoneWhileAForkThatIsNoProcessOfOursRuns) {
  const Probe run = probe("ipc-permits 4");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(IpcStarvation, OfAJoinThatNobodyEndsSaysWhatIsWaitedFor) {
  const Probe run = probe("ipc-queues 0");
  EXPECT_EQ(run.exit_code, 1);
  ASSERT_THAT(run.kinds(), ElementsAre("starvation"));
  for (const ThreadInfo& thread : run.wire.findings[0].threads) {
    ASSERT_TRUE(thread.wants.has_value());
    EXPECT_EQ(thread.wants->object, "J1");
    EXPECT_EQ(thread.wants->operation, thread.process == "P1" ? "join" : "get");
  }
}

TEST(IpcStarvation, OfAQueueIsNoneWhenEveryTaskIsDone) {
  const Probe run = probe("ipc-queues 1");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.output, "joined\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(IpcStarvation, OfAJoinIsFoundWhenAProcessWasKilledWithAnItem) {
  const Probe run = probe("ipc-queues 2");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.kinds(), ElementsAre("starvation"));
}

TEST(JoinableQueue, StaysWholeThoughItsUsersAreKilled) {
  const Probe run = probe("ipc-queue-kills 200");
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_EQ(run.output, "fine\n");
}

TEST(IpcMisuse, UnlockByAnotherProcessNamesBoth) {
  const Probe run = probe("ipc-unlocks 0");
  EXPECT_EQ(run.exit_code, 0);
  ASSERT_THAT(run.kinds(), ElementsAre("misuse-unlock-not-owner"));
  const Finding& finding = run.wire.findings[0];
  ASSERT_THAT(finding.threads, SizeIs(2));
  EXPECT_EQ(finding.threads[0].id, "P2.T1");
  EXPECT_EQ(finding.threads[1].id, "P1.T1");
  EXPECT_THAT(finding.threads[1].held, SizeIs(1));
}

TEST(IpcMisuse, UnlockByAnotherThreadAndOfAFreeLockAreAsWithALock) {
  EXPECT_THAT(probe("ipc-unlocks 1").kinds(), ElementsAre("misuse-unlock-not-owner"));
  EXPECT_THAT(probe("ipc-unlocks 2").kinds(), ElementsAre("misuse-unlock-free"));
}

}  // namespace
}  // namespace gridlock::test
