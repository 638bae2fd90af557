// SPDX-License-Identifier: Apache-2.0
//
// Waits for other programs that can never end, each beside the nearest one that does; and what a
// process leaves behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kReport[] = "predict=0";

const Object* object_named(const Finding& finding, std::string_view name) {
  const auto found = std::ranges::find(finding.objects, name, &Object::name);
  return found == finding.objects.end() ? nullptr : &*found;
}

TEST(BothPipesFull, IsADeadlockWithThePipesAndTheProgramInIt) {
  const Probe run = probe("both-pipes-full 0", kReport);
  EXPECT_EQ(run.exit_code, 1);
  ASSERT_THAT(run.kinds(), ElementsAre("deadlock"));
  const Finding& finding = run.wire.findings[0];
  EXPECT_EQ(finding.detail,
            "meanwhile cat waits for room in output of filter, where 65536 bytes wait for this "
            "process to read them");
  const Object* const input = object_named(finding, "input of filter");
  const Object* const program = object_named(finding, "filter");
  ASSERT_NE(input, nullptr);
  ASSERT_NE(program, nullptr);
  EXPECT_EQ(input->type, "Pipe");
  EXPECT_EQ(program->type, "Program");
  ASSERT_THAT(finding.threads, SizeIs(1));
  ASSERT_TRUE(finding.threads[0].wants);
  EXPECT_EQ(finding.threads[0].wants->object, input->id);
  EXPECT_EQ(finding.threads[0].wants->operation, "write");
}

TEST(BothPipesFull, IsNoneWhereAnotherThreadReads) {
  const Probe run = probe("both-pipes-full 1", kReport);
  EXPECT_EQ(run.output, "received 1048576\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(BothPipesFull, IsNoneWhereAThreadThatGridlockNeverMetReads) {
  const Probe run = probe("both-pipes-full 2", kReport);
  EXPECT_EQ(run.output, "received 1048576\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(BothPipesFull, IsNoneWhereTheInputFits) {
  const Probe run = probe("both-pipes-full 3", kReport);
  EXPECT_EQ(run.output, "received 1000\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(Pipeline, ThatIsFullFromEndToEndIsADeadlock) {
  const Probe run = probe("pipeline-full 0", kReport);
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.kinds(), ElementsAre("deadlock"));
}

TEST(Pipeline, WhoseLastProgramReadsIsNone) {
  const Probe run = probe("pipeline-full 1", kReport);
  EXPECT_EQ(run.output, "received 0\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(Wait, ForAProgramWhoseOutputNobodyReadsIsADeadlock) {
  const Probe run = probe("wait-for-a-writer 0", kReport);
  ASSERT_THAT(run.kinds(), ElementsAre("deadlock"));
  EXPECT_THAT(run.wire.findings[0].detail, HasSubstr("room in output of writer"));
  EXPECT_EQ(run.wire.findings[0].threads.at(0).wants->operation, "wait");
}

TEST(Wait, ForAProgramWhoseOutputFitsIsNone) {
  const Probe run = probe("wait-for-a-writer 1", kReport);
  EXPECT_EQ(run.output, "exit code 0\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(Wait, ForAProgramThatReadsToTheEndOfAnOpenInputIsADeadlock) {
  const Probe run = probe("wait-for-a-reader 0", kReport);
  ASSERT_THAT(run.kinds(), ElementsAre("deadlock"));
  EXPECT_EQ(run.wire.findings[0].detail,
            "meanwhile cat waits for something to read from input of reader, which this process "
            "keeps open");
}

TEST(Wait, ForAProgramWhoseInputIsClosedIsNone) {
  const Probe run = probe("wait-for-a-reader 1", kReport);
  EXPECT_EQ(run.output, "exit code 0\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(Read, FromAProgramThatWaitsForTheEndOfItsInputIsADeadlock) {
  const Probe run = probe("read-from-a-reader 0", kReport);
  ASSERT_THAT(run.kinds(), ElementsAre("deadlock"));
  EXPECT_EQ(run.wire.findings[0].threads.at(0).wants->operation, "read");
}

TEST(Read, AfterTheInputWasClosedIsNone) {
  const Probe run = probe("read-from-a-reader 1", kReport);
  EXPECT_EQ(run.output, "a\nb\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(Write, UnderALockThatTheReadingThreadNeedsIsADeadlockOfBoth) {
  const Probe run = probe("writes-holding 0", kReport);
  EXPECT_EQ(run.exit_code, 1);
  ASSERT_THAT(run.kinds(), ElementsAre("deadlock"));
  EXPECT_THAT(run.wire.findings[0].threads, SizeIs(2));
}

TEST(Write, UnderALockThatTheReadingThreadDoesNotNeedIsNone) {
  const Probe run = probe("writes-holding 1", kReport);
  EXPECT_EQ(run.output, "received 1048576\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(Programs, ThatWakeUpByAChildThatStillSleepsAreNotStuck) {
  const Probe run = probe("goes-on-by-itself 0", kReport);
  EXPECT_EQ(run.output, "exit code 0\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(Programs, ThatWakeUpByASignalThatTheyHandleAreNotStuck) {
  const Probe run = probe("goes-on-by-itself 1", kReport);
  EXPECT_EQ(run.output, "exit code 3\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(Programs, ThatAreWaitedForWithALimitAreNoFinding) {
  const Probe run = probe("waits-with-a-limit", kReport);
  EXPECT_EQ(run.output, "ended 0\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

// --- beside a process of the session that may not be looked at ---

TEST(BothPipesFull, IsADeadlockBesideAnOutsider) {
  const Probe run = probe("beside-an-outsider 0", kReport);
  EXPECT_EQ(run.exit_code, 1) << run.output;
  EXPECT_THAT(run.kinds(), ElementsAre("deadlock"));
}

TEST(Wait, ForAProgramThatReadsWhatAnOutsiderWritesIsNone) {
  const Probe run = probe("beside-an-outsider 1", kReport);
  EXPECT_EQ(run.output, "exit code 0\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

TEST(Wait, ForAProgramThatReadsAFifoIsNone) {
  const Probe run = probe("beside-an-outsider 2", kReport);
  EXPECT_EQ(run.output, "exit code 0\n");
  EXPECT_THAT(run.kinds(), IsEmpty());
}

// --- what is left behind ---

// True for a zombie as well: the process that adopted it reaps it when it likes.
bool is_gone(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return true;
  const std::size_t name_end = line.rfind(')');
  return name_end == std::string::npos || line.compare(name_end, 3, ") Z") == 0;
}

std::vector<int> pids_in(const std::string& output) {
  std::istringstream words(output);
  std::vector<int> pids;
  for (int pid = 0; words >> pid;) pids.push_back(pid);
  return pids;
}

// The kernel tells the reaper, and that kills: all that can be waited for is the result.
bool all_go(const std::vector<int>& pids) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!std::ranges::all_of(pids, is_gone)) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

TEST(ProgramLeftovers, OfAProcessThatIsKilledAreKilled) {
  const Probe run = probe("leaves-programs 0", kReport);
  EXPECT_EQ(run.signal, 9);
  const std::vector<int> pids = pids_in(run.output);
  ASSERT_THAT(pids, SizeIs(2)) << run.output;
  EXPECT_TRUE(all_go(pids));
}

TEST(ProgramLeftovers, OfADeadlockAreGoneWhenTheProcessIs) {
  const Probe run = probe("leaves-programs 1", kReport);
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.kinds(), ElementsAre("deadlock"));
  const std::vector<int> pids = pids_in(run.output);
  ASSERT_THAT(pids, SizeIs(2)) << run.output;
  EXPECT_TRUE(all_go(pids));
}

TEST(ProgramLeftovers, OfAnExitAreGoneWhenTheProcessIs) {
  const Probe run = probe("leaves-programs 2", kReport);
  EXPECT_EQ(run.exit_code, 0);
  const std::vector<int> pids = pids_in(run.output);
  ASSERT_THAT(pids, SizeIs(2)) << run.output;
  EXPECT_TRUE(all_go(pids));
}

}  // namespace
}  // namespace gridlock::test
