// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/finish_report.h"

#include "harness/scenario/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gridlock::internal {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

Frame frame_at(const std::string& function, int line) {
  Frame result;
  result.function = function;
  result.file = "bank.cc";
  result.line = line;
  return result;
}

Finding cycle(const std::string& function, int line = 1) {
  Finding finding;
  finding.kind = FindingKind::kLockOrderCycle;
  finding.cycle = {"M1", "M2"};
  finding.objects = {{"M1", "Lock", "a", {}}, {"M2", "Lock", "b", {}}};
  finding.edges = {{"M1", "M2", "T1", {frame_at(function, line)}, {frame_at(function, line)}},
                   {"M2", "M1", "T2", {frame_at("other", line)}, {frame_at("other", line)}}};
  return finding;
}

InfeasibleCycle safe(const Finding& claim) {
  InfeasibleCycle result;
  result.reason = "gate";
  result.claim = claim;
  return result;
}

Outcome finished(Outcome outcome) {
  Report report;
  report.outcomes = {std::move(outcome)};
  std::vector<std::string> notes;
  finish_report(report, "", notes);
  EXPECT_THAT(notes, IsEmpty());
  return report.outcomes[0];
}

TEST(FinishReport, KeepsAnInfeasibleCycleOnceAndGivesItTheFingerprintOfTheClaim) {
  Outcome outcome;
  outcome.infeasible_cycles = {safe(cycle("pay")), safe(cycle("pay", 50)), safe(cycle("refund"))};
  const Outcome done = finished(outcome);
  ASSERT_THAT(done.infeasible_cycles, SizeIs(2));
  EXPECT_THAT(done.infeasible_cycles[0].claim.fingerprint, SizeIs(16));
  EXPECT_NE(done.infeasible_cycles[0].claim.fingerprint,
            done.infeasible_cycles[1].claim.fingerprint);
}

TEST(FinishReport, DropsAnInfeasibleCycleThatCameTrueAndKeepsItsNeighbour) {
  Outcome outcome;
  outcome.infeasible_cycles = {safe(cycle("pay")), safe(cycle("refund"))};
  outcome.findings = {cycle("pay", 7)};
  const Outcome done = finished(outcome);
  ASSERT_THAT(done.infeasible_cycles, SizeIs(1));
  EXPECT_EQ(done.infeasible_cycles[0].claim.edges[0].held_stack[0].function, "refund");
  EXPECT_THAT(done.findings, SizeIs(1));
}

TEST(FinishReport, PutsTheMostContendedLockFirst) {
  Outcome outcome;
  for (const auto& [id, wait, waits] : {std::tuple{"M1", 5U, 1U}, {"M2", 9U, 1U}, {"M3", 5U, 2U}}) {
    Contention one;
    one.object = id;
    one.wait_ns = wait;
    one.waits = waits;
    outcome.contention.push_back(one);
  }
  const Outcome done = finished(outcome);
  EXPECT_EQ(done.contention[0].object, "M2");
  EXPECT_EQ(done.contention[1].object, "M3");
  EXPECT_EQ(done.contention[2].object, "M1");
}

TEST(ReportOfLog, CountsTheFindingsOfEveryProcessOnceADefect) {
  const auto line = [](const std::string& kind, int pid) {
    return R"({"record":"finding","kind":")" + kind + R"(","pid":)" + std::to_string(pid) +
           R"(,"objects":[{"id":"M1","type":"Lock","name":"a"}]})" + "\n";
  };
  const std::string log = line("starvation", 1) + line("starvation", 2) + line("capacity", 2);
  EXPECT_THAT(report_of_log("l.jsonl", log, {"x"}).report.outcomes[0].findings, SizeIs(2));
}

}  // namespace
}  // namespace gridlock::internal
