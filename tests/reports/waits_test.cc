// SPDX-License-Identifier: Apache-2.0
//
// The drawing of waits, and the words for what is no lock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "reports/html_parts.h"
#include "reports/object_types.h"
#include "reports/wording.h"
#include "tests/support/sample_reports.h"

namespace gridlock::internal::reports {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string svg_of(const Finding& finding) { return svg_finding(finding).html(); }

/// What stands after each `<text class="css"`, from the top.
std::vector<std::string> texts(const std::string& svg, const std::string& css) {
  const std::string start = "<text class=\"" + css + "\"";
  std::vector<std::string> all;
  for (std::size_t at = 0; (at = svg.find(start, at)) != std::string::npos; ++at) {
    const std::size_t from = svg.find('>', at) + 1;
    all.push_back(svg.substr(from, svg.find('<', from) - from));
  }
  return all;
}

std::size_t times(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at) ++n;
  return n;
}

constexpr const char* kLaneStart = "<path class=\"arrow\" d=\"M44 ";

ThreadInfo waiting(std::string id, std::string object, std::string operation,
                   std::vector<std::string> held = {}) {
  ThreadInfo thread;
  thread.id = std::move(id);
  thread.state = "blocked";
  thread.wants = WantedObject{std::move(object), std::move(operation), false, {}};
  for (std::string& one : held) thread.held.push_back({std::move(one), "exclusive", 1, {}});
  return thread;
}

LockOrderEdge edge_of(std::string from, std::string to) {
  LockOrderEdge edge;
  edge.from = std::move(from);
  edge.to = std::move(to);
  edge.thread = "T1";
  return edge;
}

Finding stuck(std::vector<ThreadInfo> threads) {
  Finding finding = support::bare(FindingKind::kStarvation);
  finding.threads = std::move(threads);
  return finding;
}

TEST(Waits, AreDrawnAsOneChainWhereverTheThreadsStandInTheList) {
  const ThreadInfo main = waiting("T1", "T3", "join");
  const ThreadInfo passenger = waiting("T2", "E1", "wait", {"M1"});
  const ThreadInfo driver = waiting("T3", "M1", "lock");
  for (const Finding& finding :
       {stuck({main, passenger, driver}), stuck({driver, passenger, main})}) {
    const std::string svg = svg_of(finding);
    EXPECT_THAT(texts(svg, "name"),
                ElementsAre("T1", "T3", "M1", "T2", "E1", "nobody sets it any more"));
    EXPECT_THAT(texts(svg, "label"), ElementsAre("joins", "waits", "held by", "waits"));
    EXPECT_EQ(times(svg, "class=\"head\""), 5U);
    EXPECT_THAT(svg, Not(HasSubstr(kLaneStart)));
  }
}

TEST(Waits, ThatPassOtherRowsRunInALane) {
  const std::string svg =
      svg_of(stuck({waiting("T1", "B1", "arrive"), waiting("T2", "B1", "arrive"),
                    waiting("T3", "B1", "arrive")}));
  EXPECT_THAT(texts(svg, "name"),
              ElementsAre("T1", "T2", "T3", "B1", "too few are left to arrive"));
  EXPECT_EQ(times(svg, kLaneStart), 2U);  // the third is the row above
  EXPECT_EQ(times(svg, "class=\"head\""), 4U);
}

TEST(Waits, ForDifferentThingsSideBySideHaveLanesOfTheirOwn) {
  // T1 waits for what T3 and T4 hold for reading, T2 for what T4 holds: two lanes pass one row.
  Finding finding = stuck({waiting("T1", "M1", "lock"), waiting("T2", "M1", "lock"),
                           waiting("T3", "M2", "lock", {"M1"}), waiting("T4", "M2", "lock", {"M1"}),
                           waiting("T5", "E1", "wait", {"M2"})});
  const std::string svg = svg_of(finding);
  EXPECT_THAT(texts(svg, "name"), ElementsAre("T1", "T2", "M1", "T3", "T4", "M2", "T5", "E1",
                                              "nobody sets it any more"));
  EXPECT_EQ(times(svg, "H30q-8 0"), 2U) << svg;  // T1 to M1; T3 to M2
  EXPECT_EQ(times(svg, "H22q-8 0"), 1U) << svg;  // M1 to T4, beside T3 to M2
}

TEST(Waits, SayWhoHasItAndThatItHasEnded) {
  Finding finding = stuck({waiting("T1", "S1", "acquire")});
  ThreadInfo forgetful;
  forgetful.id = "T2";
  forgetful.state = "ended";
  forgetful.held.push_back({"S1", "permit", 3, {}});
  finding.threads.push_back(forgetful);
  const std::string svg = svg_of(finding);
  EXPECT_THAT(texts(svg, "name"), ElementsAre("T1", "S1", "T2, ended"));
  EXPECT_THAT(texts(svg, "label"), ElementsAre("asks for a permit", "3 permits held by"));
}

TEST(Waits, SayThatNobodyIsLeftOnlyWhereThatIsTheFinding) {
  Finding finding = stuck({waiting("T1", "C1", "wait")});
  EXPECT_THAT(svg_of(finding), HasSubstr("nobody notifies it any more"));
  finding.kind = FindingKind::kMisuseDestroyHeld;
  EXPECT_THAT(texts(svg_of(finding), "name"), ElementsAre("T1", "C1"));
}

TEST(Waits, OfSeveralProcessesHaveABoxForEachAndWhatIsSharedBetween) {
  const std::string svg = svg_of(support::workers_without_orders());
  EXPECT_THAT(
      texts(svg, "process-name"),
      ElementsAre("main (P1), pid 4711", "consumer (P2), pid 4712", HasSubstr("(P3), pid 4713")));
  EXPECT_EQ(times(svg, "class=\"process\""), 3U);
  EXPECT_THAT(texts(svg, "name"), ElementsAre("main (P1.T1)", "main (P2.T1)", "main (P3.T1)",
                                              "orders (J1)", "nobody puts into it any more"));
}

TEST(Waits, AreBoundedAndSayHowMuchIsLeftOut) {
  std::vector<ThreadInfo> threads;
  for (int i = 1; i <= 40; ++i) {
    threads.push_back(waiting("T" + std::to_string(i), "E" + std::to_string(i), "wait"));
  }
  const std::string svg = svg_of(stuck(threads));
  EXPECT_EQ(times(svg, "<rect"), kMaxItems + 1);
  EXPECT_THAT(svg, HasSubstr("more, left out here"));
}

TEST(Waits, InARingThatNobodyCalledACycleEnd) {
  const std::string svg =
      svg_of(stuck({waiting("T1", "M2", "lock", {"M1"}), waiting("T2", "M1", "lock", {"M2"})}));
  EXPECT_THAT(texts(svg, "name"), ElementsAre("T1", "M2", "T2", "M1"));
  EXPECT_EQ(times(svg, "class=\"head\""), 4U);
}

TEST(Waits, AreNotDrawnWhereNobodyWaits) {
  Finding finding = stuck({waiting("T1", "M1", "lock")});
  finding.threads[0].wants.reset();
  EXPECT_THAT(svg_of(finding), IsEmpty());
  finding.threads.clear();
  EXPECT_THAT(svg_of(finding), IsEmpty());
}

TEST(Waits, NameThePlaceRatherThanTheThingWhereBothDoNotFit) {
  const Names names({}, {});
  Frame frame;
  frame.file = "/a/shop.cc";
  frame.line = 9;
  const WantedObject wanted{"Q1", "put", false, {frame}};
  EXPECT_EQ(wait_label(wanted, names, 40), "waits for room at shop.cc:9");
  EXPECT_EQ(wait_label(wanted, names, 20), "waits at shop.cc:9");
}

struct OtherType {
  const char* type;
  const char* operation;
  const char* waits;    ///< for the end of "... waits for"
  const char* heading;  ///< of an edge from a lock to it
  const char* must;     ///< of an edge from it, that nobody holds
};

class NoLock : public ::testing::TestWithParam<OtherType> {};

TEST_P(NoLock, HasWordsOfItsOwn) {
  Object object;
  object.id = "X1";
  object.type = GetParam().type;
  ThreadInfo thread = waiting("T1", "X1", GetParam().operation);
  const Names names({thread}, {object});
  EXPECT_EQ(wanted_text(thread, names), GetParam().waits);
  EXPECT_THAT(dead_end_text(*thread.wants, names), Not(HasSubstr("release")));

  const LockOrderEdge to = edge_of("M1", "X1");
  EXPECT_EQ(edge_text(to, names, false).heading, GetParam().heading);
  EXPECT_THAT(edge_text(to, names, false).wanted, Not(HasSubstr("requested")));
  const LockOrderEdge from = edge_of("X1", "M1");
  EXPECT_EQ(edge_text(from, names, false).heading, GetParam().must);
}

INSTANTIATE_TEST_SUITE_P(
    Types, NoLock,
    ::testing::Values(OtherType{"Pipe", "write", "room in X1",
                                "T1 holds M1 and waits at the pipe X1",
                                "T1 must get M1 before it goes on at the pipe X1"},
                      OtherType{"Pipe", "read", "something to read from X1",
                                "T1 holds M1 and waits at the pipe X1",
                                "T1 must get M1 before it goes on at the pipe X1"},
                      OtherType{"Program", "wait", "the end of X1",
                                "T1 holds M1 and waits for the end of X1",
                                "T1 must get M1 before it ends"},
                      OtherType{"Process", "join", "the end of X1", "T1 holds M1 and joins X1",
                                "T1 must get M1 before it ends"},
                      OtherType{"Comet", "lock", "X1", "T1 holds M1 and waits for X1",
                                "T1 must get M1 before it lets others go on at X1"}),
    [](const auto& tested) {
      return std::string(tested.param.type) + "_" + tested.param.operation;
    });

TEST(TypeOfALetter, IsTheFirstOfItsRowsUnlessTheyDifferInRole) {
  EXPECT_EQ(type_of_letter('M'), "Lock");
  EXPECT_EQ(type_of_letter('S'), "Semaphore");
  EXPECT_EQ(type_of_letter('R'), "Rendezvous");
  EXPECT_EQ(type_of_letter('X'), "");  // a pipe or a program
  EXPECT_EQ(type_of_letter('Z'), "");
  EXPECT_EQ(type_of_letter('\0'), "");
}

TEST(NoLockWording, FullPipesAreExplainedAsSuch) {
  const Finding finding = support::pipes_full();
  EXPECT_THAT(meaning_text(finding), HasSubstr("pipes that are full"));
  EXPECT_THAT(fix_text(finding), HasSubstr("communicate()"));
  EXPECT_THAT(svg_of(finding), HasSubstr("nobody reads from it any more"));
}

TEST(Program, ThatIsReadFromOrWaitedForIsAFullPipeOnlyWhereOneIsWritten) {
  for (const char* operation : {"read", "wait"}) {
    Finding finding;
    finding.kind = FindingKind::kDeadlock;
    finding.objects = {{.id = "X1",
                        .type = std::string_view(operation) == "read" ? "Pipe" : "Program",
                        .name = {},
                        .created = {}}};
    finding.threads = {waiting("T1", "X1", operation)};
    EXPECT_THAT(meaning_text(finding), HasSubstr("that program waits at a pipe"));
    EXPECT_THAT(meaning_text(finding), Not(HasSubstr("full")));
    EXPECT_THAT(fix_text(finding), HasSubstr("Close the input"));
  }
}

}  // namespace
}  // namespace gridlock::internal::reports
