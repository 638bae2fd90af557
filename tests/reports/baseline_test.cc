// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gridlock/report.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/sample_reports.h"

namespace gridlock {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Finding with_fingerprint(Finding finding, std::string fingerprint) {
  finding.fingerprint = std::move(fingerprint);
  return finding;
}

Report unexpected(std::vector<Finding> findings) {
  Report report = support::report_of("bank/two", std::move(findings));
  report.outcomes[0].verdict = Verdict::kUnexpected;
  return report;
}

ProgramInfo bank() {
  ProgramInfo program;
  program.name = "bank";
  program.ended = true;
  return program;
}

const Finding kOne = with_fingerprint(support::deadlock(), "1111111111111111");
const Finding kTwo = with_fingerprint(support::lock_order_cycle(), "2222222222222222");

TEST(Baseline, KnowsAFindingByItsFingerprint) {
  Report report = unexpected({kOne, kTwo});
  EXPECT_EQ(baseline_state(kOne, report), "");
  compare_with(report, unexpected({kOne}), "old.json");
  EXPECT_EQ(baseline_state(kOne, report), "unchanged");
  EXPECT_EQ(baseline_state(kTwo, report), "new");
  EXPECT_THAT(report.baseline->fixed, IsEmpty());
}

TEST(Baseline, HasAFindingFixedOnlyIfItsScenarioWasRunAgainToItsEnd) {
  const Report old = unexpected({kOne, kTwo});
  Report report = unexpected({kOne});
  compare_with(report, old, "old.json");
  ASSERT_EQ(report.baseline->fixed.size(), 1U);
  EXPECT_EQ(report.baseline->fixed[0].finding.fingerprint, kTwo.fingerprint);
  EXPECT_EQ(report.baseline->fixed[0].outcome, "bank/two");

  report.outcomes[0].name = "bank/other";
  compare_with(report, old, "old.json");
  EXPECT_THAT(report.baseline->fixed, IsEmpty()) << "nobody ran it";

  report.outcomes[0].name = "bank/two";
  for (const Verdict verdict : {Verdict::kCrashed, Verdict::kTimedOut}) {
    report.outcomes[0].verdict = verdict;
    compare_with(report, old, "old.json");
    EXPECT_THAT(report.baseline->fixed, IsEmpty()) << "it did not get there";
  }
}

TEST(Baseline, DoesNotTakeASuppressedFindingForAFixedOne) {
  Report report = unexpected({});
  report.outcomes[0].suppressed = {kOne};
  compare_with(report, unexpected({kOne}), "old.json");
  EXPECT_THAT(report.baseline->fixed, IsEmpty());
}

TEST(Baseline, ComparesProgramsByTheirNamesWhateverTheirLogsAreCalled) {
  Report old = unexpected({kOne});
  old.outcomes[0].name = "gridlock.1.jsonl";
  old.outcomes[0].program = bank();
  Report report = unexpected({});
  report.outcomes[0].name = "gridlock.2.jsonl";
  report.outcomes[0].program = bank();
  compare_with(report, old, "old.json");
  EXPECT_EQ(report.baseline->fixed.size(), 1U);
  report.outcomes[0].program->ended = false;  // killed: it may have come later
  compare_with(report, old, "old.json");
  EXPECT_THAT(report.baseline->fixed, IsEmpty());
}

TEST(News, AreFindingsThatTheBaselineLacksAndWhatDidNotEnd) {
  Report report = unexpected({kOne});
  EXPECT_TRUE(has_news(report));
  compare_with(report, unexpected({kOne}), "old.json");
  EXPECT_FALSE(has_news(report));
  compare_with(report, unexpected({kTwo}), "old.json");
  EXPECT_TRUE(has_news(report));
  compare_with(report, unexpected({kOne}), "old.json");
  report.outcomes[0].verdict = Verdict::kTimedOut;
  EXPECT_TRUE(has_news(report));
  report.outcomes[0].verdict = Verdict::kAsExpected;
  report.baseline.reset();
  EXPECT_FALSE(has_news(report));
  report.outcomes[0].verdict = Verdict::kMissed;
  report.outcomes[0].findings.clear();
  compare_with(report, unexpected({kOne}), "old.json");
  EXPECT_TRUE(has_news(report)) << "what is missing is no finding of the baseline";
}

TEST(Baseline, IsReadBackAsItWasWritten) {
  Report report = unexpected({kOne});
  compare_with(report, unexpected({kOne, kTwo}), "old.json");
  const Report again = report_from_json(to_json(report));
  ASSERT_TRUE(again.baseline.has_value());
  EXPECT_THAT(again.baseline->known, ElementsAre(kOne.fingerprint, kTwo.fingerprint));
  EXPECT_EQ(again.baseline->fixed[0].finding.fingerprint, kTwo.fingerprint);
  EXPECT_EQ(to_json(again), to_json(report));
}

TEST(Baseline, IsSaidInTextAndPage) {
  Report report = unexpected({kOne});
  compare_with(report, unexpected({kTwo}), "old.json");
  EXPECT_THAT(to_text(report, {}), HasSubstr("fingerprint 1111111111111111, new\n"));
  EXPECT_THAT(to_text(report, {}),
              HasSubstr("compared with old.json: 1 new, 0 unchanged, 1 fixed"));
  EXPECT_THAT(to_html(report), HasSubstr("old.json: 1 new, 0 unchanged, 1 fixed"));
}

}  // namespace
}  // namespace gridlock
