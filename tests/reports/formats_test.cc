// SPDX-License-Identifier: Apache-2.0
//
// What must hold in every format that programs read, whatever it is about: hostile names stay text, and many findings
// stay few bytes. What each looks like is in tests/approved/; that SARIF is SARIF is in check_formats.py.
#include <gmock/gmock.h>
#include <gridlock/report.h>
#include <gridlock/text.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "tests/support/sample_reports.h"

namespace gridlock {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string render(std::string_view format, const Report& report) {
  for (const ReportFormat& one : report_formats()) {
    if (one.name == format) return one.render(report);
  }
  ADD_FAILURE() << "no format " << format;
  return {};
}

Report run_with(std::vector<Finding> findings) {
  Report report = support::report_of("bank/two", std::move(findings));
  report.outcomes[0].verdict = Verdict::kUnexpected;
  return report;
}

// Every name of a finding is this.
Report named(const std::string& name) {
  Finding finding = support::deadlock();
  for (Object& object : finding.objects) object.name = name;
  for (ThreadInfo& thread : finding.threads) thread.name = name;
  finding.detail = name;
  Report report = run_with({finding});
  Outcome& outcome = report.outcomes[0];
  outcome.name = name;
  outcome.reason = name;
  outcome.output = name;
  outcome.rerun = name;
  outcome.dump = support::sample_dump();
  report.notes = {name};
  return report;
}

TEST(EveryFormat, IsPrintableWhateverNamesAre) {
  const std::string hostile[] = {"</script><script>alert(1)</script>",
                                 "\x1b[31m\x07",
                                 "\xff\xfe",
                                 "\u202eevil\u2066",
                                 "\n::error::x\n",
                                 "]]>",
                                 "\"',;:%0A",
                                 "`````\n# heading\n@everyone",
                                 std::string(10'000, 'x'),
                                 "a\rb\vc"};
  for (const std::string& name : hostile) {
    const Report report = named(name);
    for (const ReportFormat& format : report_formats()) {
      const std::string text = format.render(report);
      EXPECT_EQ(printable(text), text) << format.name << " of " << printable(name).substr(0, 40);
      EXPECT_LT(text.size(), 2'000'000U);
    }
  }
}

TEST(Annotations, AreALineEachAndNoNameBeginsAnother) {
  const std::string text = render("github", named("\n::error::forged\r\n::warning::too, a:b"));
  EXPECT_EQ(std::ranges::count(text, '\n'), 1);
  EXPECT_THAT(text, Not(HasSubstr("\n::error::forged")));
  EXPECT_THAT(text, HasSubstr("::error file=/src/bank/bank.cc,line="));
}

TEST(Annotations, AreTenAtMostAndSayHowManyMoreThereAre) {
  const std::string text =
      render("github", run_with(std::vector<Finding>(25, support::deadlock())));
  EXPECT_EQ(std::ranges::count(text, '\n'), 10);
  EXPECT_THAT(text, HasSubstr("16 more findings"));
}

TEST(Annotations, AreOnlyForWhatDiffers) {
  EXPECT_EQ(render("github", support::report_of("a", {support::deadlock()})), "");
}

TEST(Markdown, HasNoMarkupOfANameAndFitsAComment) {
  const std::string text =
      render("markdown", named("<img src=x> | `@someone` http://x.example ```"));
  EXPECT_THAT(text, Not(HasSubstr("| <img")));
  const std::size_t fence = text.find("````");
  ASSERT_NE(fence, std::string::npos) << "longer than the one in the name";
  EXPECT_THAT(text.substr(0, fence), Not(HasSubstr("<img")));
  EXPECT_THAT(text.substr(0, fence), Not(HasSubstr("@")));
  EXPECT_THAT(text.substr(0, fence), Not(HasSubstr("http://")));
  const std::string many =
      render("markdown", run_with(std::vector<Finding>(1000, support::deadlock())));
  EXPECT_LT(many.size(), 65'536U);
  EXPECT_THAT(many, HasSubstr("more findings in the report"));
}

TEST(Junit, CountsWhatFailedAndWhatDidNotEnd) {
  const std::string text = render("junit", support::samples().back().report);
  EXPECT_THAT(text, HasSubstr("tests=\"6\" failures=\"2\" errors=\"2\" skipped=\"1\""));
  EXPECT_THAT(text, HasSubstr("classname=\"bank\" name=\"timeout\""));
  EXPECT_THAT(text, HasSubstr("type=\"lock-order-cycle\""));
}

TEST(Dot, QuotesNames) {
  Finding cycle = support::lock_order_cycle();
  cycle.objects[0].name = "\"];evil[label=\"\\";
  const std::string text = render("dot", run_with({cycle}));
  EXPECT_THAT(text, HasSubstr(R"x(label="\"];evil[label=\"\\ (M1)")x"));
}

/// What people open is cut to what they can read; the documents for programs have everything.
TEST(WhatPeopleOpen, StaysSmallWithThousandsOfFindings) {
  std::vector<Finding> findings(2'000, support::lock_order_cycle());
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const std::string number = std::to_string(i);
    findings[i].fingerprint = std::string(16 - number.size(), '0') + number;
  }
  const Report report = run_with(std::move(findings));
  const std::string page = to_html(report);
  EXPECT_LT(page.size(), 3'000'000U);
  EXPECT_THAT(page, HasSubstr("1800 more findings"));
  EXPECT_LT(to_text(report, {}).size(), 100'000U);
  EXPECT_LT(render("markdown", report).size(), 65'536U);
  EXPECT_LT(render("github", report).size(), 10'000U);
}

TEST(Page, OfOneFindingIsSmall) {
  EXPECT_LT(to_html(run_with({support::deadlock()})).size(), 60'000U);
}

}  // namespace
}  // namespace gridlock
