// SPDX-License-Identifier: Apache-2.0
#include "reports/programs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/wording.h"
#include "tests/support/sample_reports.h"

namespace gridlock::internal::reports {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

ProcessDump dump_for(const char* reason) {
  ProcessDump dump;
  dump.reason = reason;
  return dump;
}

TEST(Programs, SayWhereAFindingWasMadeUnlessItWasMadeOnce) {
  const Report report = support::programs_report();
  EXPECT_EQ(sightings_text(report.outcomes[0].findings[0], report),
            "found 6 times: in bank (pid 11, pid 12 twice), in bank_test (pid 13 3 times)");
  EXPECT_EQ(sightings_text(report.outcomes[2].findings[0], report), "");
}

TEST(Programs, CountWhatAnEarlierLogShowsAndSayThatItIsThere) {
  const Report report = support::programs_report();
  EXPECT_EQ(program_found_text(report.outcomes[0], report), "1 finding");
  EXPECT_EQ(program_found_text(report.outcomes[1], report), "1 finding, shown above");
  EXPECT_EQ(program_found_text(report.outcomes[2], report), "2 findings, 1 of them shown above");
  EXPECT_EQ(program_found_text(report.outcomes[3], report), "no finding");
}

TEST(Programs, SayThatRacesWereNotLookedForOnlyWhereTheyWereNot) {
  const Report report = support::programs_report();
  EXPECT_EQ(program_facts_text(report.outcomes[0]),
            "bank, pid 11, no ThreadSanitizer: data races were not looked for");
  EXPECT_EQ(program_facts_text(report.outcomes[2]), "bank_test, pids 13 14");
}

TEST(Programs, HaveOneSummaryAndNothingOfScenarios) {
  const std::string text = to_text(support::programs_report(), {});
  EXPECT_THAT(text, EndsWith("SUMMARY: 7 logs: 2 findings (7 times) in 3 of them, 1 crashed, 1 did "
                             "not end normally, 1 damaged\n"));
  for (const char* word : {"expected:", "declared", "again:", "next:", "why:", "scenario"})
    EXPECT_THAT(text, Not(HasSubstr(word)));
}

TEST(Scenarios, SayThatRacesWereNotLookedForInABuildThatCannot) {
  Report report = support::report_of("a", {});
  EXPECT_EQ(unseen_races_text(report), "");
  EXPECT_THAT(to_text(report, {}), Not(HasSubstr("not looked for")));
  report.sanitizer.clear();
  EXPECT_THAT(to_text(report, {}), HasSubstr("note: built without ThreadSanitizer: data races"));
}

TEST(Ending, IsSaidOnce) {
  Outcome outcome;
  outcome.verdict = Verdict::kCrashed;
  outcome.signal = 6;
  EXPECT_EQ(ending_text(outcome), "ended by SIGABRT");
  outcome.reason = "ended by SIGABRT; found data-race";
  EXPECT_EQ(ending_text(outcome), "");
  outcome.signal = 0;
  outcome.exit_code = 3;
  EXPECT_EQ(ending_text(outcome), "exit code 3");
  outcome.reason = "ended with exit code 3";
  EXPECT_EQ(ending_text(outcome), "");
}

TEST(Dump, IsTitledByWhatItWasTakenFor) {
  EXPECT_EQ(dump_heading(dump_for("requested")), "Every thread when a dump was requested");
  EXPECT_EQ(dump_heading(dump_for("SIGABRT")), "Every thread when it crashed (SIGABRT)");
  EXPECT_EQ(dump_heading(dump_for("timeout")), "Every thread at the timeout");
}

}  // namespace
}  // namespace gridlock::internal::reports
