// SPDX-License-Identifier: Apache-2.0
#include "reports/processes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "reports/html_parts.h"
#include "tests/support/sample_reports.h"

namespace gridlock::internal::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string svg_of(const Finding& finding) { return svg_finding(finding).html(); }

ProcessInfo process(const std::string& id, std::uint64_t pid, std::uint64_t parent) {
  ProcessInfo result;
  result.id = id;
  result.pid = pid;
  result.parent_pid = parent;
  return result;
}

std::string shape(const std::vector<ProcessInfo>& processes) {
  std::string text;
  for (const ProcessBranch& branch : process_tree(processes)) {
    text += std::string(branch.depth, '-') + branch.process->id + " ";
  }
  return text;
}

TEST(Processes, StandBelowTheirParentsInTheOrderOfTheirStart) {
  EXPECT_EQ(shape({process("P1", 10, 1), process("P2", 11, 10), process("P3", 12, 10),
                   process("P4", 13, 11)}),
            "P1 -P2 --P4 -P3 ");
}

TEST(Processes, AreRootsWhenTheirParentIsUnknownOrTheyAreTheirOwn) {
  EXPECT_EQ(shape({process("P1", 10, 1), process("P2", 0, 0), process("P3", 12, 12)}), "P1 P2 P3 ");
}

TEST(Processes, WhosePidWasUsedAgainBelongToTheLatestThatHadIt) {
  EXPECT_EQ(shape({process("P1", 10, 1), process("P2", 11, 10), process("P3", 11, 10),
                   process("P4", 12, 11)}),
            "P1 -P2 -P3 --P4 ");
}

TEST(Processes, SayHowTheyEnded) {
  ProcessInfo one = process("P2", 11, 10);
  EXPECT_EQ(process_line(one), "P2, pid 11, parent 10");
  one.name = "consumer";
  one.daemon = true;
  one.state = "running";
  EXPECT_EQ(process_line(one), "consumer (P2), pid 11, parent 10, daemon: running");
  one.state = "ended";
  one.exit_code = 0;
  EXPECT_EQ(process_state(one), "ended with exit code 0");
  one.signal = 9;
  EXPECT_EQ(process_state(one), "killed by signal 9 (SIGKILL)");
  one.signal = 9999;
  EXPECT_EQ(process_state(one), "killed by signal 9999");
}

TEST(Processes, OwnWhatTheirIdIsInFrontOf) {
  EXPECT_EQ(process_of("P12.M3"), "P12");
  EXPECT_EQ(process_of("L1"), "");
  EXPECT_EQ(process_of("M3.P1"), "");
  const Names names({}, {});
  EXPECT_EQ(names.type("P2.T1"), "Thread");
  EXPECT_EQ(names.type("P2.E1"), "Event");
  EXPECT_EQ(names.type("L1"), "IpcLock");
  EXPECT_EQ(names.type("J1"), "JoinableQueue");
}

std::size_t boxes(const std::string& svg) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = svg.find("class=\"process\"", at)) != std::string::npos; ++at) {
    ++count;
  }
  return count;
}

TEST(Processes, AreDrawnAsOneBoxEachWithNameAndPid) {
  const std::string svg = svg_of(support::deadlock_of_processes());
  EXPECT_EQ(boxes(svg), 2U);
  EXPECT_THAT(svg, HasSubstr(">main (P1), pid 4711<"));
  EXPECT_THAT(svg, HasSubstr(">consumer (P2), pid 4712<"));
  EXPECT_THAT(svg_of(support::deadlock()), Not(HasSubstr("\"process")));
}

TEST(Processes, HaveOneBoxWhereverTheCycleIsWrittenFrom) {
  Finding finding = support::deadlock_of_processes();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(boxes(svg_of(finding)), 2U) << finding.cycle.front();
    std::rotate(finding.cycle.begin(), finding.cycle.begin() + 1, finding.cycle.end());
  }
}

}  // namespace
}  // namespace gridlock::internal::reports
