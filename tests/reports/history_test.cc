// SPDX-License-Identifier: Apache-2.0
//
// What is said of a finding over many runs.
#include "tests/support/sample_history.h"
#include "tests/support/sample_reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gridlock::support {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// One finding of one scenario, a character a run: 1 it came, 0 it did not, x its scenario crashed without it, - its
/// scenario did not run.
FindingHistory over(std::string_view runs) {
  RunRecords records;
  records.subjects = {"bank"};
  KnownFinding finding;
  finding.fingerprint = "aa";
  records.findings = {finding};
  for (const char mark : runs) {
    RunRecord run;
    run.id = std::to_string(records.runs.size());
    run.started = "2026-01-01T00:00:" + std::to_string(10 + records.runs.size());
    if (mark != '-') run.ran = {{.subject = 0, .ended = mark != 'x'}};
    if (mark == '1') run.seen = {{.subject = 0, .finding = 0}};
    records.runs.push_back(run);
  }
  const History history = history_of("", std::move(records));
  return history.findings.empty() ? FindingHistory{} : history.findings.front();
}

struct Row {
  std::string_view runs;
  HistoryState state;
};

TEST(History, StateFollowsFromTheRunsThatCouldHaveHadTheFinding) {
  constexpr HistoryState kNew = HistoryState::kNew;
  constexpr HistoryState kSteady = HistoryState::kSteady;
  constexpr HistoryState kFlaky = HistoryState::kFlaky;
  constexpr HistoryState kGone = HistoryState::kGone;
  for (const auto& [runs, state] : {Row{"1", kNew},
                                    {"01", kNew},
                                    {"001-", kNew},
                                    {"1x-", kNew},
                                    {"11", kSteady},
                                    {"0011", kSteady},
                                    {"1-1", kSteady},
                                    {"1x1", kSteady},
                                    {"10", kGone},
                                    {"1110", kGone},
                                    {"010-", kGone},
                                    {"101", kFlaky},
                                    {"1010", kFlaky},
                                    {"10100", kGone},
                                    {"1001-0x0", kFlaky},
                                    {"1001000", kGone},
                                    {"100010", kFlaky}}) {
    EXPECT_EQ(name(over(runs).state), name(state)) << runs;
  }
}

TEST(History, CountsOnlyTheRunsThatSaySomething) {
  const FindingHistory one = over("01x-101");
  EXPECT_EQ(one.seen, 3U);
  EXPECT_EQ(one.could, 5U);
  EXPECT_THAT(one.marks,
              ElementsAre(RunMark::kAbsent, RunMark::kSeen, RunMark::kNotRun, RunMark::kNotRun,
                          RunMark::kSeen, RunMark::kAbsent, RunMark::kSeen));
  EXPECT_EQ(one.first_seen, "2026-01-01T00:00:11");
  EXPECT_EQ(one.last_seen, "2026-01-01T00:00:16");
}

TEST(History, AFindingOfTwoProgramsIsAbsentWhereOneOfThemRanWithoutIt) {
  RunRecords records = sample_run_records();
  records.runs.back().seen = {{.subject = 1, .finding = 0}};
  const History history = history_of("", std::move(records));
  const auto one =
      std::ranges::find(history.findings, "0000000000000000",
                        [](const FindingHistory& finding) { return finding.finding.fingerprint; });
  ASSERT_NE(one, history.findings.end());
  EXPECT_THAT(one->subjects, ElementsAre("bank/transfer", "shop & <co>"));
  EXPECT_EQ(one->seen, 7U);
}

TEST(History, WhatHasToBeLookedAtComesFirst) {
  std::vector<std::string> states;
  for (const FindingHistory& one : sample_history().findings)
    states.push_back(std::string(name(one.state)) + " " + std::string(name(one.standing)));
  EXPECT_THAT(states, ElementsAre("new counts", "flaky counts", "steady counts", "gone counts",
                                  "gone counts", "steady as-declared", "steady suppressed"));
}

TEST(History, ARunIsTheSameFromItsReportAndFromWhatWasReadBack) {
  for (const auto& [name, report] : samples()) {
    const RunRecords made = run_records(report);
    const RunRecords read = run_records(report_from_json(to_json(report)));
    ASSERT_EQ(made.runs.size(), read.runs.size()) << name;
    for (std::size_t i = 0; i < made.runs.size(); ++i)
      EXPECT_EQ(made.runs[i].id, read.runs[i].id) << name;
  }
}

TEST(History, RunsThatBeganAtOtherTimesOrTookOtherTimesAreOthers) {
  Report report;
  for (const auto& [name, sample] : samples()) {
    if (name == "mixed") report = sample;
  }
  ASSERT_FALSE(report.outcomes.empty());
  report.started = "2026-01-01T00:00:00Z";
  const std::string id = run_records(report).runs.front().id;
  Report later = report;
  later.started = "2026-01-01T00:00:01Z";
  EXPECT_NE(run_records(later).runs.front().id, id);
  Report slower = report;
  slower.seconds += 0.001;
  EXPECT_NE(run_records(slower).runs.front().id, id);
}

TEST(History, EachRunOfAProgramIsARunAndHasWhatAnEarlierOneShows) {
  const Report report = programs_report();
  const RunRecords records = run_records(report);
  std::size_t programs = 0;
  for (const Outcome& outcome : report.outcomes) programs += outcome.program ? 1 : 0;
  EXPECT_EQ(records.runs.size(), programs);
  std::size_t seen = 0;
  for (const RunRecord& run : records.runs) seen += run.seen.size();
  std::size_t shown = 0;
  for (const Outcome& outcome : report.outcomes) shown += outcome.findings.size();
  EXPECT_GT(seen, shown);  // one finding of several logs is shown once
}

TEST(History, TheTextHasALineOfChartAndHidesWhatDoesNotCount) {
  const std::string text = to_text(sample_history(), {.width = 80}, false);
  EXPECT_THAT(text, HasSubstr("ci.db: 7 runs from 2026-01-01 10:00 to 2026-01-06 10:00\n"));
  EXPECT_THAT(text, HasSubstr("|#.# .##|"));
  EXPECT_THAT(text,
              HasSubstr("seen in 4 of 6 runs, first 2026-01-01 10:00, last 2026-01-06 10:00"));
  EXPECT_THAT(text, HasSubstr("SUMMARY: 5 findings: 1 new, 1 flaky, 1 steady, 2 gone\n"));
  EXPECT_THAT(text, HasSubstr("1 as declared, 1 suppressed (-v shows them)"));
  EXPECT_THAT(text, Not(HasSubstr("suppressed)\n")));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(to_text(sample_history(), {.verbose = true}, false), HasSubstr("shop --fast"));
}

TEST(History, AChartOfManyRunsFitsTheTerminalAndKeepsRareOnes) {
  std::string runs(1000, '0');
  runs[500] = '1';
  History history;
  history.findings = {over(runs)};
  const std::string text = to_text(history, {.width = 60}, false);
  const std::size_t begin = text.find('|');
  const std::size_t end = text.find('|', begin + 1);
  EXPECT_LE(end - begin, 60U);
  EXPECT_EQ(std::ranges::count(text.substr(begin, end - begin), ':'), 1);
}

TEST(History, ThePageEscapesAndHasAChartForEachFinding) {
  const std::string page = to_html(sample_history());
  EXPECT_THAT(page, HasSubstr("shop --fast"));
  EXPECT_THAT(page, HasSubstr("aria-label=\"seen in 4 of 6 runs\""));
  EXPECT_EQ(page.find("</script>"), page.rfind("</script>"));
  EXPECT_THAT(page, Not(HasSubstr("\x1b")));
}

TEST(History, OneWithoutRunsSaysSo) {
  const History none = history_of("x.db", {});
  EXPECT_EQ(to_text(none, {}, true), "x.db: no run yet\n\nSUMMARY: no finding that counts\n");
  EXPECT_EQ(to_json(none), "{\"version\":1,\"runs\":[],\"findings\":[]}\n");
}

}  // namespace
}  // namespace gridlock::support
