// SPDX-License-Identifier: Apache-2.0
//
// What a report says of its findings from a file of many runs.
#include "reports/past.h"

#include <gmock/gmock.h>
#include <gridlock/history.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "tests/support/sample_history.h"
#include "tests/support/sample_reports.h"

namespace gridlock::support {
namespace {

using internal::reports::past_in_short;
using internal::reports::past_of;
using internal::reports::past_runs_text;
using internal::reports::past_text;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string rendered(std::string_view format, const Report& report) {
  const auto formats = report_formats();
  return std::ranges::find(formats, format, &ReportFormat::name)->render(report);
}

const Finding& finding(const Report& report, std::size_t index) {
  return report.outcomes.front().findings.at(index);
}

TEST(Past, IsToldInOneLineOfEachFinding) {
  const Report report = past_report();
  EXPECT_EQ(past_text(finding(report, 0), report),
            "flaky: seen in 4 of 6 runs, first 2026-01-01 10:00, last 2026-01-06 10:00");
  EXPECT_EQ(past_text(finding(report, 1), report),
            "steady: seen in 6 of 6 runs, first 2026-01-01 10:00, last 2026-01-06 10:00");
  EXPECT_EQ(past_text(finding(report, 2), report), "in none of the 7 runs of ci.db");
  EXPECT_EQ(past_in_short(finding(report, 0), report), "flaky, 4 of 6 runs");
  EXPECT_EQ(past_in_short(finding(report, 2), report), "in no run");
  EXPECT_EQ(past_runs_text(report), "ci.db: 7 runs from 2026-01-01 10:00 to 2026-01-06 10:00");
}

TEST(Past, IsNotMentionedWhereNobodyAskedForIt) {
  Report report = past_report();
  report.history.reset();
  EXPECT_EQ(past_text(finding(report, 0), report), "");
  EXPECT_EQ(past_in_short(finding(report, 0), report), "");
  EXPECT_EQ(past_runs_text(report), "");
  for (const ReportFormat& format : report_formats())
    EXPECT_THAT(format.render(report), Not(AnyOf(HasSubstr("flaky"), HasSubstr("ci.db"))))
        << format.name;
}

TEST(Past, StandsInEachFormatThatTellsOfFindingsInFull) {
  const Report report = past_report();
  for (const std::string_view format : {"text", "html", "markdown"}) {
    const std::string text = rendered(format, report);
    EXPECT_THAT(text, HasSubstr("flaky: seen in 4 of 6 runs, first 2026")) << format;
    EXPECT_THAT(text, HasSubstr("steady: seen in 6 of 6 runs")) << format;
    EXPECT_THAT(text, HasSubstr("in none of the 7 runs of ci.db")) << format;
  }
  EXPECT_THAT(to_text(report, {}), HasSubstr("flaky: seen in 4 of 6 runs, first 2026"));
  EXPECT_THAT(to_html(report), HasSubstr("kind:lock-order-cycle|state:flaky|lock:accounts"));
  const std::string sarif = rendered("sarif", report);
  EXPECT_THAT(
      sarif,
      AllOf(HasSubstr("\"provenance\":{\"firstDetectionTimeUtc\":\"2026-01-01T10:00:00Z\","
                      "\"lastDetectionTimeUtc\":\"2026-01-06T10:00:00Z\"}"),
            HasSubstr("\"history\":{\"state\":\"flaky\",\"firstSeen\":\"2026-01-01T10:00:00Z\","
                      "\"lastSeen\":\"2026-01-06T10:00:00Z\",\"seen\":4,\"could\":6}")));
}

TEST(Past, HasTheFindingsOfTheReportAloneAndSuppressedAndFixedOnesToo) {
  Report report = past_report();
  Report old = report;
  report.outcomes[0].suppressed.push_back(std::move(report.outcomes[0].findings[1]));
  report.outcomes[0].findings.resize(1);
  EXPECT_EQ(report.history->findings.size(), 2U);
  old.outcomes[0].findings[0].fingerprint = "0000000000000003";
  compare_with(report, old, "last.json");
  tell_history(report, sample_history());
  EXPECT_THAT(report.history->findings,
              ElementsAre(Field(&PastFinding::fingerprint, "0000000000000000"),
                          Field(&PastFinding::fingerprint, "0000000000000002"),
                          Field(&PastFinding::fingerprint, "0000000000000003")));
  report.outcomes.clear();
  report.baseline.reset();
  tell_history(report, sample_history());
  EXPECT_THAT(report.history->findings, IsEmpty());
  EXPECT_EQ(report.history->runs, 7U);
}

TEST(Past, OfAFileWithoutRunsIsNone) {
  Report report = past_report();
  tell_history(report, history_of("new.db", {}));
  EXPECT_EQ(past_text(finding(report, 0), report), "in none of the 0 runs of new.db");
  EXPECT_EQ(past_runs_text(report), "new.db: no run yet");
}

TEST(Past, IsReadFromJsonAsItWasWrittenAndFoundInWhateverOrder) {
  const Report report = past_report();
  const std::string json = to_json(report);
  EXPECT_EQ(to_json(report_from_json(json)), json);
  Report turned = report;
  std::ranges::reverse(turned.history->findings);
  EXPECT_EQ(to_json(report_from_json(to_json(turned))), json);
}

TEST(Past, IsThereInAPageBesideABaselineWhichSaysWhatIsNew) {
  Report report = past_report();
  report.history->findings[1].state = "new";  // the one of the first finding
  EXPECT_THAT(to_html(report), HasSubstr("kind:lock-order-cycle|state:new|lock"));
  compare_with(report, report, "last.json");
  EXPECT_THAT(to_html(report), HasSubstr("kind:lock-order-cycle|state:unchanged|lock"));
}

TEST(Past, OfAHostileReportIsShownAndNoMore) {
  Report report = past_report();
  PastFinding& past = report.history->findings[1];
  past.state = "</script><img src=x>|kind:deadlock\x1b[31m\u202e";
  past.first_seen = "\"><b>2026";
  past.last_seen = "2026-01-06T10:00:00Z\n::error ::forged";
  report.history->file = "@somebody <a href=x>\x1b]0;t\a";
  ASSERT_EQ(past_of(finding(report, 0), report), &past);
  for (const ReportFormat& format : report_formats()) {
    const std::string text = format.render(report);
    EXPECT_THAT(text, Not(HasSubstr("\x1b"))) << format.name;
    EXPECT_THAT(text, Not(HasSubstr("\u202e"))) << format.name;
    EXPECT_THAT(text, Not(HasSubstr("\n::error ::forged"))) << format.name;
  }
  // The folded text of Markdown is code, where nothing is markup.
  const std::string markdown = rendered("markdown", report);
  const std::string table = markdown.substr(0, markdown.find("<details>"));
  for (const std::string& text : {to_html(report), rendered("sarif", report), table})
    EXPECT_THAT(text, Not(AnyOf(HasSubstr("<img"), HasSubstr("<a href=x>"), HasSubstr("<b>"))));
  EXPECT_THAT(table, AllOf(HasSubstr("&lt;img"), Not(HasSubstr("@somebody"))));
  EXPECT_THAT(rendered("sarif", report),
              Not(HasSubstr("lastDetectionTimeUtc\":\"2026-01-06T10:00:00Z\\n")));
}

}  // namespace
}  // namespace gridlock::support
