// SPDX-License-Identifier: Apache-2.0
//
// What the page shows of a finding besides its columns: steps, the locks around a cycle, the fixed form, and links.
#include <gmock/gmock.h>
#include <gridlock/report.h>
#include <gridlock/text.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "reports/lock_graph.h"
#include "reports/place_links.h"
#include "reports/source_diff.h"
#include "reports/thread_steps.h"
#include "tests/support/sample_reports.h"

namespace gridlock::internal::reports {
namespace {

using ::gridlock::support::deadlock;
using ::gridlock::support::lock_order_cycle;
using ::gridlock::support::report_of;
using ::gridlock::support::twins_report;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Report unexpected(std::vector<Finding> findings) {
  Report report = report_of("bank/two", std::move(findings));
  report.outcomes[0].verdict = Verdict::kUnexpected;
  return report;
}

// ---- steps ----

ThreadSteps steps_of(const ThreadInfo& thread) {
  const std::vector<ThreadSteps> all = thread_steps({thread}, Names({thread}, {}), 8);
  return all.empty() ? ThreadSteps{} : all.front();
}

TEST(ThreadSteps, SayWhatWasHeldAfterEach) {
  ThreadInfo thread{.id = "T1"};
  thread.recent = {{.operation = "lock", .object = "M1"},
                   {.operation = "lock", .object = "M2"},
                   {.operation = "unlock", .object = "M1"},
                   {.operation = "unlock", .object = "M2"}};
  const ThreadSteps all = steps_of(thread);
  ASSERT_EQ(all.steps.size(), 4U);
  EXPECT_THAT(all.before, IsEmpty());
  EXPECT_THAT(all.steps[0].held, ElementsAre("M1"));
  EXPECT_THAT(all.steps[1].held, ::testing::UnorderedElementsAre("M1", "M2"));
  EXPECT_THAT(all.steps[2].held, ElementsAre("M2"));
  EXPECT_THAT(all.steps[3].held, IsEmpty());
}

TEST(ThreadSteps, KnowWhatWasTakenBeforeTheRingBegins) {
  ThreadInfo thread{.id = "T1"};
  thread.held = {{.object = "M9"}};
  thread.recent = {{.operation = "unlock_shared", .object = "M1"},
                   {.operation = "try_lock", .object = "M2", .granted = false}};
  const ThreadSteps all = steps_of(thread);
  EXPECT_THAT(all.before, ::testing::UnorderedElementsAre("M1", "M9"));
  EXPECT_THAT(all.steps[1].held, ElementsAre("M9")) << "what was refused is not held";
}

TEST(ThreadSteps, TakeNoPermitForHeldThatAnotherThreadGave) {
  ThreadInfo thread{.id = "T1"};
  thread.recent = {{.operation = "release", .object = "S1"}, {.operation = "meet", .object = "R1"}};
  const ThreadSteps all = steps_of(thread);
  EXPECT_THAT(all.before, IsEmpty());
  EXPECT_EQ(all.steps[0].kind, ThreadStep::Kind::kGives);
}

TEST(ThreadSteps, CountWhatIsHeldTwice) {
  ThreadInfo thread{.id = "T1"};
  thread.held = {{.object = "M1"}};
  thread.recent = {{.operation = "lock", .object = "M1"},
                   {.operation = "lock", .object = "M1"},
                   {.operation = "unlock", .object = "M1"}};
  const ThreadSteps all = steps_of(thread);
  EXPECT_THAT(all.steps[1].held, ElementsAre("M1", "M1"));
  EXPECT_THAT(all.steps[2].held, ElementsAre("M1"));
}

TEST(Page, ShowsLanesAndTheSameAsATable) {
  const std::string page = to_html(unexpected({deadlock()}));
  EXPECT_THAT(page, HasSubstr("class=\"time\""));
  EXPECT_THAT(page, HasSubstr(">waits</text>")) << "it reads without colours";
  EXPECT_THAT(page, HasSubstr(">holds</text>"));
  EXPECT_THAT(page, HasSubstr("holds accounts (M1); waits for journal (M2)"));
}

// ---- locks around a cycle ----

Report with_neighbours(const std::string& name) {
  Report report = unexpected({lock_order_cycle()});
  Outcome& outcome = report.outcomes[0];
  LearnedOrder learned{.from = "M1", .to = "M3", .thread = "T1"};
  learned.objects = {{.id = "M1", .name = "accounts"}, {.id = "M3", .name = name}};
  LearnedOrder far = learned;
  far.from = "M7";
  far.to = "M8";
  outcome.learned_order = {learned, far};
  InfeasibleCycle safe{.reason = "gate", .object = "M9", .length = 2};
  safe.claim.cycle = {"M2", "M4"};
  safe.claim.edges = {{.from = "M2", .to = "M4", .thread = "T1"},
                      {.from = "M4", .to = "M2", .thread = "T2"}};
  outcome.infeasible_cycles = {safe};
  return report;
}

TEST(LockGraph, HasTheCycleAndOneStepAroundIt) {
  const Report report = with_neighbours("audit log");
  const Outcome& outcome = report.outcomes[0];
  const LockGraph graph = lock_graph(outcome.findings[0], outcome);
  std::vector<std::string> ids;
  for (const LockGraph::Node& node : graph.nodes) ids.push_back(node.id);
  EXPECT_THAT(ids, ElementsAre("M1", "M2", "M4", "M3"));
  EXPECT_TRUE(graph.has_neighbours());
  EXPECT_EQ(std::ranges::count(graph.edges, LockGraph::Part::kCycle, &LockGraph::Edge::part), 2);
  EXPECT_EQ(std::ranges::count(graph.edges, LockGraph::Part::kInfeasible, &LockGraph::Edge::part),
            2);
  for (const LockGraph::Edge& edge : graph.edges)
    EXPECT_EQ(edge.reason.empty(), edge.part != LockGraph::Part::kInfeasible);
}

TEST(LockGraph, OfACycleByItselfHasNoNeighbours) {
  const Report report = unexpected({lock_order_cycle()});
  EXPECT_FALSE(lock_graph(report.outcomes[0].findings[0], report.outcomes[0]).has_neighbours());
  EXPECT_THAT(to_html(report), Not(HasSubstr("Locks around the cycle")));
}

TEST(LockGraph, MixesNoTwoProcesses) {
  Report report = with_neighbours("audit log");
  report.outcomes[0].learned_order.clear();
  report.outcomes[0].infeasible_cycles[0].claim.pid = 4711;
  EXPECT_FALSE(lock_graph(report.outcomes[0].findings[0], report.outcomes[0]).has_neighbours());
}

TEST(LockGraph, IsCutToWhatCanBeDrawn) {
  Report report = with_neighbours("audit log");
  for (int i = 10; i < 500; ++i) {
    LearnedOrder order{.from = "M1", .to = "M" + std::to_string(i), .thread = "T1"};
    report.outcomes[0].learned_order.push_back(order);
  }
  const LockGraph graph = lock_graph(report.outcomes[0].findings[0], report.outcomes[0]);
  EXPECT_LE(graph.nodes.size(), 24U);
  EXPECT_GT(graph.left_out, 400U);
  EXPECT_LT(to_html(report).size(), 200'000U);
}

TEST(Page, LinksEachOrderToItsLine) {
  Report report = with_neighbours("audit log");
  report.outcomes[0].findings[0].fingerprint = "00ff00ff00ff00ff";
  const std::string page = to_html(report);
  for (const char* const number : {"1", "5"}) {
    const std::string id = std::string("f-00ff00ff00ff00ff-o") + number;
    EXPECT_THAT(page, HasSubstr("href=\"#" + id + "\""));
    EXPECT_THAT(page, HasSubstr("id=\"" + id + "\""));
  }
  EXPECT_THAT(page, HasSubstr("of a cycle that cannot happen: harmless: M9 keeps its steps apart"));
}

// ---- the fixed form ----

TEST(Twins, AreComparedLineByLine) {
  const Report report = twins_report(true);
  const auto fixed = fixed_twin(report.outcomes[0], report);
  ASSERT_TRUE(fixed.has_value());
  const Lines own = body_of_scenario(report, {"/src/x.cc", 1, 6});
  EXPECT_EQ(own.first, 3);
  const auto diff = diff_of(report, own, body_of_scenario(report, *fixed));
  std::string sides;
  for (const DiffLine& line : diff) sides += " -+"[static_cast<int>(line.side)];
  EXPECT_EQ(sides, " -+  ");
  EXPECT_EQ(diff[1].line, 4);
  EXPECT_EQ(diff[2].line, 11);
}

TEST(Twins, NeedNotBothHaveRun) {
  const Report report = twins_report(false);
  const auto fixed = fixed_twin(report.outcomes[0], report);
  ASSERT_TRUE(fixed.has_value());
  EXPECT_EQ(fixed->first, 8);
  EXPECT_EQ(fixed->last, 13);
  EXPECT_THAT(to_html(report), HasSubstr("<ins>    right(&lt;b&gt;);</ins>"));
}

TEST(Twins, OfTheFixedFormShowNothing) {
  const Report report = twins_report(true);
  EXPECT_FALSE(fixed_twin(report.outcomes[1], report).has_value());
  EXPECT_THAT(to_html(report), HasSubstr("<del>  wrong();</del>"));
}

TEST(Twins, ThatCannotBeReadAreLeftOut) {
  Report report = twins_report(false);
  report.outcomes[0].twin = "x/other";
  EXPECT_FALSE(fixed_twin(report.outcomes[0], report).has_value());
  report.outcomes[0].twin = "x/fixed";
  report.sources.clear();
  EXPECT_FALSE(fixed_twin(report.outcomes[0], report).has_value());
}

// ---- links ----

TEST(Links, LeadToTheEditorAndToTheCode) {
  Report report;
  report.project = "/home/me/bank";
  report.editor_url = "vscode://file/{path}:{line}";
  report.code_url = "https://github.com/me/bank/blob/0123/{path}#L{line}";
  const Frame frame{.file = "/home/me/bank/src/a b.cc", .line = 9};
  EXPECT_EQ(editor_link(frame, report), "vscode://file/home/me/bank/src/a%20b.cc:9");
  EXPECT_EQ(code_link(frame, report), "https://github.com/me/bank/blob/0123/src/a%20b.cc#L9");
  EXPECT_EQ(code_link({.file = "/usr/include/x.h", .line = 1}, report), "") << "of no project";
  EXPECT_EQ(code_link({.file = "/home/me/bank/../x.cc", .line = 1}, report), "");
  EXPECT_EQ(editor_link({}, report), "");
  report.editor_url = "idea://open?file={path}&line={line}";
  EXPECT_EQ(editor_link(frame, report), "idea://open?file=/home/me/bank/src/a%20b.cc&line=9");
}

TEST(Links, ThatAHostileReportAsksForAreNone) {
  Report report = unexpected({deadlock()});
  report.project = "/src";
  for (const char* const url :
       {"javascript:alert('{path}')", "data:text/html,{path}", "vscode://x/{path}",
        "https://x/\"><script>{path}", "https://x/ {path}", "https://x/", "//evil/{path}"}) {
    report.code_url = url;
    EXPECT_EQ(code_link({.file = "/src/a.cc", .line = 1}, report), "") << url;
    EXPECT_THAT(to_html(report), Not(HasSubstr("evil"))) << url;
  }
  report.code_url = "https://github.com/me/bank/blob/0123/{path}#L{line}";
  const Frame frame{.file = "/src/\"><script>alert(1)</script>\n\xff.cc", .line = 1};
  EXPECT_EQ(code_link(frame, report),
            "https://github.com/me/bank/blob/0123/"
            "%22%3E%3Cscript%3Ealert%281%29%3C/script%3E%0A%FF.cc#L1");
}

TEST(Page, HasLinksOnlyWhereItIsToldTo) {
  Report report = unexpected({deadlock()});
  EXPECT_THAT(to_html(report), Not(HasSubstr("href=\"https:")));
  report.project = "/src";
  report.code_url = "https://github.com/me/bank/blob/0123/{path}#L{line}";
  EXPECT_THAT(to_html(report),
              HasSubstr("<a href=\"https://github.com/me/bank/blob/0123/bank/bank.cc#L9\">"));
  EXPECT_LT(to_html(report).size(), 60'000U);
}

// ---- whatever it is called ----

TEST(PageParts, KeepTextTextWhateverItIs) {
  for (const std::string& name :
       {std::string("</svg><script>alert(1)</script>"), std::string("\"' onload=x"),
        std::string("\x1b[31m\xff\u202e"), std::string(10'000, 'x')}) {
    Report report = with_neighbours(name);
    Finding& finding = report.outcomes[0].findings[0];
    for (ThreadInfo& thread : finding.threads) thread.name = name;
    for (ThreadInfo& thread : finding.threads) {
      thread.recent = {{.operation = name, .object = name}, {.operation = "lock", .object = "M1"}};
      thread.held = {{.object = name}, {.object = "M1"}};
    }
    report.outcomes[0].twin = name;
    const std::string page = to_html(report);
    EXPECT_EQ(printable(page), page);
    EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
    EXPECT_THAT(page, Not(HasSubstr("\"' onload")));
    EXPECT_LT(page.size(), 900'000U);
  }
}

}  // namespace
}  // namespace gridlock::internal::reports
