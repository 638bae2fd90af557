// SPDX-License-Identifier: Apache-2.0
//
// What must hold in the text and in the page, whatever they look like. How they look is in
// tests/approved/.
#include <gmock/gmock.h>
#include <gridlock/report.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "reports/html_parts.h"
#include "tests/support/sample_reports.h"

namespace gridlock {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string full_text(const Report& report) { return to_text(report, {.verbose = true}); }

/// As `gridlock report` prints it: of what is as expected, too.
std::string short_text(Report report) {
  for (Outcome& outcome : report.outcomes) {
    if (!outcome.program && !outcome.findings.empty()) outcome.verdict = Verdict::kUnexpected;
  }
  return to_text(report, {.width = 100, .folder = "/src/build"});
}

int times(std::string_view text, std::string_view what) {
  int n = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++n;
  return n;
}

Stack stack_of_ours() {
  Frame frame;
  frame.module = "/home/me/bank";
  frame.function = "gridlock::internal::(anonymous namespace)::stack_here(unsigned long*)";
  frame.file = "/build/gridlock-0.1.0/harness/runtime/findings.cc";
  frame.line = 22;
  return {frame};
}

class EveryKind : public ::testing::TestWithParam<FindingKindInfo> {};

TEST_P(EveryKind, HasItsTitleMeaningAndFixInTextAndPage) {
  const FindingKindInfo& kind = GetParam();
  ASSERT_FALSE(kind.title.empty() || kind.meaning.empty() || kind.fix.empty());
  const Report report = support::report_of("a", {support::bare(kind.kind)});
  const std::string text = full_text(report);
  const std::string page = to_html(report);
  for (const std::string_view part : {kind.title, kind.meaning, kind.fix, kind.name}) {
    EXPECT_THAT(text, HasSubstr(std::string(part)));
    EXPECT_THAT(page, HasSubstr(internal::reports::Markup(part).html()));
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryKind,
                         ::testing::ValuesIn(finding_kinds().begin(), finding_kinds().end()),
                         [](const auto& tested) {
                           std::string name(tested.param.name);
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

TEST(Text, ShowsTheCycleWithNamesFirstAndBothSitesOfEachEdge) {
  const std::string text = full_text(support::report_of("a", {support::lock_order_cycle()}));
  EXPECT_THAT(text, HasSubstr("accounts (M1) => journal (M2) => accounts (M1)"));
  EXPECT_THAT(text, HasSubstr("auditor (T2) holds journal (M2) and asks for accounts (M1)"));
  for (const char* line : {"bank.cc:8", "bank.cc:9", "bank.cc:12", "bank.cc:13"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, HasSubstr("> std::lock_guard first(accounts);"));
  EXPECT_THAT(text, Not(HasSubstr("std_mutex.h")));
}

TEST(Text, SaysWhatEachAccessHeld) {
  const std::string text = full_text(support::report_of("a", {support::hostile_data_race()}));
  EXPECT_THAT(text, HasSubstr("writes 4 bytes, holding \"><img"));
  EXPECT_THAT(text, HasSubstr(" for reading and a lock that Gridlock does not know"));
  EXPECT_THAT(text, HasSubstr("atomically reads 1 byte, holding no lock"));
}

TEST(Text, NeverSaysThatNoLockWasHeldWhereThatIsNotKnown) {
  Finding race = support::hostile_data_race();
  race.accesses[1].held_known = false;
  const std::string text = full_text(support::report_of("a", {race}));
  EXPECT_THAT(text, HasSubstr("atomically reads 1 byte, what it held is not known"));
  EXPECT_THAT(text, Not(HasSubstr("no lock")));
}

TEST(Text, CountsTheReportsThatAreOneRace) {
  Finding race = support::hostile_data_race();
  EXPECT_THAT(full_text(support::report_of("a", {race})), Not(HasSubstr("these two places")));
  race.reports = 3;
  EXPECT_THAT(full_text(support::report_of("a", {race})),
              HasSubstr("ThreadSanitizer reported these two places 3 times"));
}

TEST(Text, LeavesTheWaitsOfItsThreadsOutOfARace) {
  Finding race = support::hostile_data_race();
  race.threads[1].wants = WantedObject{.object = "R1", .operation = "meet", .stack = {}};
  race.objects.push_back({.id = "R1", .type = "Rendezvous", .name = "", .created = {}});
  const Report report = support::report_of("a", {race});
  EXPECT_THAT(full_text(report), Not(HasSubstr("waits for R1")));
  EXPECT_THAT(to_html(report), Not(HasSubstr("<svg")));
}

TEST(Text, FitsTheTerminalAndAScreen) {
  for (const std::size_t width : {60U, 80U, 120U}) {
    for (const auto& [name, report] : support::samples()) {
      std::istringstream lines(to_text(report, {.width = width}));
      for (std::string line; std::getline(lines, line);) {
        const auto columns = std::ranges::count_if(
            line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
        // What can be copied, a command or a path, is not broken.
        if (line.starts_with("    ") && line.find("/src") == std::string::npos &&
            line.find("again: ") == std::string::npos)
          EXPECT_LE(columns, static_cast<std::ptrdiff_t>(width)) << name << ": " << line;
      }
    }
  }
  Report report = support::report_of("a", {support::deadlock()});
  report.outcomes[0].verdict = Verdict::kUnexpected;
  EXPECT_LE(times(to_text(report, {.width = 80}), "\n"), 32);
}

TEST(Text, ShowsPathsAsOneGetsThereFromTheFolder) {
  Report report = support::report_of("a", {support::deadlock()});
  report.outcomes[0].verdict = Verdict::kUnexpected;
  EXPECT_THAT(to_text(report, {.folder = "/src/bank"}), HasSubstr("at bank.cc:9,"));
  EXPECT_THAT(to_text(report, {.folder = "/src"}), HasSubstr("at bank/bank.cc:9,"));
  EXPECT_THAT(to_text(report, {.folder = "/elsewhere/x"}), HasSubstr("at /src/bank/bank.cc:9,"));
}

TEST(Text, DoesNotBreakCodeThatIsToBeCopied) {
  Report report = support::report_of("a", {support::deadlock()});
  report.outcomes[0].verdict = Verdict::kUnexpected;
  EXPECT_THAT(to_text(report, {.width = 90}),
              HasSubstr("`std::scoped_lock hold{accounts, journal};`"));
}

TEST(Text, LetsNoControlCharacterThrough) {
  for (const auto& [name, report] : support::samples()) {
    const std::string text = full_text(report);
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << name;
    EXPECT_EQ(text.find('\xFF'), std::string::npos) << name;
  }
}

TEST(Text, HasColoursOnlyIfAsked) {
  const Report report = support::report_of("a", {support::deadlock()});
  EXPECT_THAT(to_text(report, {.color = true}), HasSubstr("\x1b["));
  EXPECT_THAT(to_text(report, {.color = false}), Not(HasSubstr("\x1b[")));
}

TEST(Text, EndsWithASummaryAndACommandOnlyWhereSomethingDiffers) {
  Report report = support::report_of("good", {});
  report.outcomes.push_back(support::report_of("bad", {}).outcomes[0]);
  report.seconds = 24.17;
  report.compiler = "clang 19.1.7";
  report.sanitizer = "thread";
  const std::string took = ", 24.2 s, clang 19 + ThreadSanitizer\n";
  EXPECT_THAT(to_text(report, {}),
              ::testing::EndsWith("SUMMARY: 2 scenarios: 2 as expected" + took));
  report.outcomes[1].verdict = Verdict::kMissed;
  EXPECT_THAT(to_text(report, {}),
              ::testing::EndsWith("SUMMARY: 2 scenarios: 1 as expected, 1 missed" + took +
                                  "next: ./build/tsan/catalogue run bad -v\n"));
}

TEST(Text, NamesNoCommandForWhatItHasJustShownInFull) {
  Report report = support::report_of("bad", {});
  report.outcomes[0].verdict = Verdict::kMissed;
  EXPECT_THAT(to_text(report, {.verbose = true}), Not(HasSubstr("next:")));
  EXPECT_THAT(to_text(report, {}), HasSubstr("next: "));
}

TEST(Text, CountsFindingsAndWhatDidNotRun) {
  Report report = support::report_of("good", {support::deadlock()});
  report.seconds = 0;
  report.compiler.clear();
  report.sanitizer.clear();
  report.not_run = 145;
  report.outcomes[0].verdict = Verdict::kAsExpected;
  EXPECT_THAT(to_text(report, {}),
              HasSubstr("SUMMARY: 146 scenarios: 1 as expected, 145 not run (1 finding)\n"));
}

TEST(Text, LeavesOutWhatIsAsExpectedWhereThatWasSaidBefore) {
  Report report = support::report_of("good", {});
  report.outcomes.push_back(support::report_of("bad", {}).outcomes[0]);
  report.outcomes[1].verdict = Verdict::kMissed;
  EXPECT_THAT(to_text(report, {}), HasSubstr("good  ("));
  const std::string rest = to_text(report, {.only_differing = true});
  EXPECT_THAT(rest, Not(HasSubstr("good  (")));
  EXPECT_THAT(rest, HasSubstr("bad  ("));
}

TEST(Report, SaysWhatItsReaderHasToKnow) {
  Report report = support::report_of("good", {});
  report.notes = {"bank has no debug information"};
  EXPECT_THAT(to_text(report, {}), HasSubstr("note: bank has no debug information\n"));
  EXPECT_THAT(to_html(report), HasSubstr("bank has no debug information"));
  EXPECT_EQ(report_from_json(to_json(report)).notes, report.notes);
  report.not_run = 3;
  EXPECT_EQ(report_from_json(to_json(report)).not_run, 3U);
}

TEST(Site, ThatIsNotKnownIsSaidToBeSoAndNoLineOfOursIsShown) {
  Finding finding = support::deadlock();
  for (ThreadInfo& thread : finding.threads) {
    for (HeldObject& held : thread.held) held.stack = stack_of_ours();
    if (thread.wants) thread.wants->stack = stack_of_ours();
  }
  finding.edges.clear();
  const Report report = support::report_of("a", {finding});
  const std::string text = full_text(report);
  EXPECT_THAT(text, HasSubstr("not known: no frame of the program is left"));
  EXPECT_THAT(text, Not(HasSubstr("findings.cc")));
  EXPECT_THAT(to_html(report), HasSubstr("not known: no frame of the program is left"));
}

TEST(Page, RunsAndLoadsNothing) {
  for (const auto& [name, report] : support::samples()) {
    SCOPED_TRACE(name);
    std::string page = to_html(report);
    EXPECT_THAT(page, HasSubstr("default-src &#39;none&#39;"));
    // The one script is ours, and runs because the policy has its sum. No element of it loads anything.
    const std::size_t script = page.find("<script>");
    ASSERT_NE(script, std::string::npos);
    page.erase(script, page.find("</script>") - script);
    for (const char* bad : {"<script", "style=", "<img", "<b>", "http:", "https:", "url(",
                            "@import", " onerror=\""}) {
      EXPECT_THAT(page, Not(HasSubstr(bad)));
    }
  }
}

TEST(Page, LinksOnlyToWhatIsThere) {
  const std::string page = to_html(support::samples().back().report);
  int links = 0;
  for (std::size_t at = page.find("href=\"#"); at != std::string::npos;
       at = page.find("href=\"#", at + 1)) {
    const std::size_t start = at + 7;
    const std::string id = page.substr(start, page.find('"', start) - start);
    EXPECT_EQ(times(page, " id=\"" + id + "\""), 1) << id;
    ++links;
  }
  EXPECT_GE(links, 8);
}

TEST(Page, TellsInTheMarginWhatHappensOnALine) {
  const std::string page = to_html(support::report_of("a", {support::lock_order_cycle()}));
  EXPECT_THAT(page, HasSubstr("<span>payer (T1) acquires accounts (M1)</span>"));
  EXPECT_THAT(page, HasSubstr("<span>auditor (T2) asks for accounts (M1)</span>"));
}

TEST(LongThings, AreBoundedAndSayHowMuchIsLeftOut) {
  const Report report = support::report_of("a", {support::long_cycle(10'000)});
  const std::string page = to_html(report);
  const std::string text = full_text(report);
  EXPECT_EQ(times(page, "class=\"lock\""), 15);
  EXPECT_THAT(page, HasSubstr("9985 more locks"));
  EXPECT_THAT(text, HasSubstr("... 9984 more"));
  EXPECT_LT(page.size(), 200'000U);
  EXPECT_LT(text.size(), 50'000U);
  EXPECT_EQ(times(to_html(support::report_of("a", {support::long_cycle(16)})), "class=\"lock\""),
            16);
}

/// Everything optional empty: no stack, no name, no source, ids that belong to nothing.
TEST(Renderers, TakeFindingsWithNothingInThem) {
  for (const FindingKindInfo& kind : finding_kinds()) {
    Finding finding = support::bare(kind.kind);
    finding.cycle = {"", "M9"};
    finding.edges = {{}};
    finding.accesses = {{}};
    finding.locations = {{}};
    finding.threads = {{}};
    finding.objects = {{}};
    Report report;
    report.outcomes.resize(1);
    report.outcomes[0].findings = {finding};
    report.outcomes[0].dump = ProcessDump{};
    EXPECT_THAT(full_text(report), HasSubstr(std::string(kind.title)));
    EXPECT_THAT(to_html(report), HasSubstr("</html>"));
  }
}

// ---- approved outputs ----

std::string read(const std::filesystem::path& path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void compare(const std::string& file_name, const std::string& produced) {
  const std::filesystem::path path = std::filesystem::path(GRIDLOCK_APPROVED_DIR) / file_name;
  if (std::getenv("GRIDLOCK_APPROVE") != nullptr) {
    std::ofstream(path, std::ios::binary) << produced;
    return;
  }
  // Not EXPECT_EQ: its message would be the whole page twice.
  const std::string approved = read(path);
  std::size_t line = 1;
  std::size_t at = 0;
  for (; at < std::min(approved.size(), produced.size()) && approved[at] == produced[at]; ++at) {
    line += produced[at] == '\n' ? 1 : 0;
  }
  EXPECT_TRUE(approved == produced)
      << path.string() << " differs from what is produced, first on line " << line
      << ":\n  approved " << approved.substr(at, 120) << "\n  produced " << produced.substr(at, 120)
      << "\nIf the new output is right, run this test once with GRIDLOCK_APPROVE=1 and read the "
         "diff.";
}

TEST(Approved, TextsAndPagesAreAsTheyWereAccepted) {
  for (const auto& [name, report] : support::samples()) {
    compare(name + ".txt", full_text(report));
    compare(name + ".short.txt", short_text(report));
    compare(name + ".html", to_html(report));
    if (name != "baseline" && name != "past" && name != "mixed" && name != "data_race") continue;
    for (const ReportFormat& format : report_formats()) {
      if (format.name == "json" || format.name == "text" || format.name == "html") continue;
      compare(name + "." + std::string(format.file), format.render(report));
    }
  }
}

}  // namespace
}  // namespace gridlock
