// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

// "id name of parent state exit code": what a reader of the log sees. The exit code of P1 it does not.
std::string shape(const Probe& run) {
  std::string all;
  for (const ProcessInfo& process : run.wire.process_tree) {
    std::string parent = "-";
    for (const ProcessInfo& other : run.wire.process_tree) {
      if (other.pid == process.parent_pid) parent = other.id;
    }
    all += process.id + " " + process.name + " of " + parent + " " + process.state + " " +
           std::to_string(process.exit_code) + "\n";
  }
  return all;
}

TEST(ProcessRecords, ShowTheTreeWithItsEnds) {
  const Probe run = probe("process-tree");  // stdin is /dev/null: all end at once
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.kinds(), IsEmpty());
  EXPECT_EQ(shape(run),
            "P1 main of - ended -1\n"
            "P2 office of P1 ended 0\n"
            "P3 clerk of P2 ended 0\n");
}

TEST(ProcessRecords, OfProcessesThatEndedBeforeTheFindingAreThereToo) {
  const Probe run = probe("process-finding");
  EXPECT_THAT(run.kinds(), ElementsAre("misuse-unlock-free"));
  EXPECT_EQ(shape(run),
            "P1 main of - ended -1\n"
            "P2 quiet of P1 ended 0\n"
            "P3 careless of P1 ended 0\n"
            "P4 last of P1 ended 3\n");
}

TEST(ProcessEnd, PrintsWhatParentAndChildPrintedOnce) {
  const Probe run = probe("process-output");
  EXPECT_EQ(run.exit_code, 0);
  for (const char* line : {"parent's line", "parent's stream", "child's line", "child's stream"})
    EXPECT_EQ(count(run.output, line), 1u) << run.output;
}

TEST(ProcessEnd, ByAnExceptionIsPrintedAndGivesOne) {
  EXPECT_EQ(probe("process-throws 0").output,
            "gridlock::Process: P2 thrower was ended by an exception: out of order\nexit code 1\n");
  EXPECT_EQ(probe("process-throws 1").output,
            "gridlock::Process: P2 thrower was ended by an exception: not a std::exception\n"
            "exit code 1\n");
}

TEST(ProcessEnd, WithADetachedThreadThatRunsIsAFinding) {
  const Probe run = probe("process-threads 1");
  EXPECT_EQ(run.output, "exit code 0\n");
  EXPECT_THAT(run.kinds(), ElementsAre("misuse-exit-running"));
}

TEST(ProcessEnd, WithItsThreadsJoinedIsNone) {
  const Probe run = probe("process-threads 0");
  EXPECT_EQ(run.output, "exit code 0\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(ProcessEnd, WithALockThatTheParentHeldAtTheStartIsNoFinding) {
  const Probe run = probe("process-under-lock 0");
  EXPECT_EQ(run.output, "exit code 0\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(ProcessEnd, WithALockOfItsOwnIsAFinding) {
  const Probe run = probe("process-under-lock 1");
  ASSERT_THAT(run.kinds(), ElementsAre("misuse-thread-exit-holding"));
  ASSERT_THAT(run.wire.findings[0].objects, Not(IsEmpty()));
  EXPECT_EQ(run.wire.findings[0].objects[0].name, "child's");
}

TEST(ProcessOrders, OfTwoProcessesMakeNoCycle) {
  const Probe run = probe("process-orders 0");
  EXPECT_EQ(run.output, "exit code 0\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(ProcessOrders, OfTwoProcessesMakeNoCycleWhoeverStartsTheChild) {
  const Probe run = probe("process-orders 2");
  EXPECT_EQ(run.output, "exit code 0\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(ProcessOrders, OfTwoThreadsOfAChildMakeOne) {
  const Probe run = probe("process-orders 1");
  ASSERT_THAT(run.kinds(), ElementsAre("lock-order-cycle"));
  ASSERT_THAT(run.wire.findings[0].threads, SizeIs(2));
  for (const ThreadInfo& thread : run.wire.findings[0].threads)
    EXPECT_THAT(thread.name, HasSubstr("in child"));
}

TEST(InfeasibleCycles, OfTheParentAreNotTheChildsToo) {
  EXPECT_THAT(probe("process-infeasible-cycle 0").wire.infeasible_cycles, SizeIs(1));
}

TEST(InfeasibleCycles, OfTheChildAreWritten) {
  EXPECT_THAT(probe("process-infeasible-cycle 1").wire.infeasible_cycles, SizeIs(2));
}

TEST(MaxProcesses, IsACapacityFindingAndAnError) {
  const Probe run = probe("process-too-many", "max_processes=4");
  EXPECT_EQ(run.output, "3: again\n");
  ASSERT_THAT(run.kinds(), ElementsAre("capacity"));
  EXPECT_EQ(run.wire.findings[0].detail, "max_processes");
}

TEST(MaxProcesses, ThatSufficesIsNone) {
  const Probe run = probe("process-too-many", "max_processes=101");
  EXPECT_EQ(run.output, "");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

}  // namespace
}  // namespace gridlock::test
