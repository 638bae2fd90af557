// SPDX-License-Identifier: Apache-2.0
//
// What is said of edges that are not between two locks, and of what is no finding.
#include <gmock/gmock.h>
#include <gridlock/report.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "reports/lock_facts.h"
#include "reports/wording.h"
#include "tests/support/sample_reports.h"

namespace gridlock::internal::reports {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::vector<std::string> headings(const Finding& finding) {
  std::vector<std::string> texts;
  for (const Episode& episode : edges_of(finding).episodes) texts.push_back(episode.heading);
  return texts;
}

TEST(EdgeWording, OfALockAndAnEventSaysWhoWaitsAndWhoHasToSignal) {
  EXPECT_THAT(headings(support::event_under_lock()),
              ElementsAre("payer (T1) holds accounts (M1) and waits for ready (E1)",
                          "auditor (T2) must get accounts (M1) before it sets ready (E1)"));
}

std::vector<std::string> all_headings(const Finding& finding) {
  std::vector<std::string> texts;
  for (const Episode& episode : story_of(finding).episodes) texts.push_back(episode.heading);
  return texts;
}

TEST(PlaceWording, OfADeclarationAndOfAForkSaysNothingOfMemory) {
  EXPECT_THAT(all_headings(support::against_declaration()),
              ElementsAre("payer (T1) holds journal (M2) and asks for accounts (M1)",
                          "declared: accounts (M1) before journal (M2)"));
  EXPECT_THAT(all_headings(support::held_at_fork()), Contains("the process forked here"));
  EXPECT_THAT(all_headings(support::hostile_data_race()), Contains(StartsWith("The memory: ")));
}

TEST(PlaceWording, OfALockThatStandsForItsClassSaysHowManyMoreThereAre) {
  EXPECT_EQ(story_of(support::cycle_of_classes()).episodes.back().sites.at(0).caption,
            "accounts (M1), a Lock, was made (and 412 more there)");
  EXPECT_THAT(to_text(support::report_of("a", {support::one_class()}), {.verbose = true}),
              Not(HasSubstr("more there")));
}

TEST(EdgeWording, OfTwoLocksIsAsBefore) {
  EXPECT_THAT(headings(support::lock_order_cycle()),
              ElementsAre("payer (T1) holds accounts (M1) and asks for journal (M2)",
                          "auditor (T2) holds journal (M2) and asks for accounts (M1)"));
}

TEST(EdgeWording, OfAJoinSaysWhatTheThreadNeedsBeforeItEnds) {
  EXPECT_THAT(headings(support::join_under_lock()),
              ElementsAre("payer (T1) holds accounts (M1) and joins auditor (T2)",
                          "auditor (T2) must get accounts (M1) before it ends"));
}

TEST(EdgeWording, KnowsTheOthers) {
  EXPECT_THAT(headings(support::future_under_once()),
              ElementsAre("payer (T1) runs init (O1) and waits for the value of price (F1)",
                          "auditor (T2) must wait until init (O1) has run before it fulfils "
                          "price (F1)"));
  EXPECT_THAT(headings(support::condition_and_queue()),
              ElementsAre("payer (T1) must wait at orders (Q1) before it notifies not full (C1)",
                          "auditor (T2) must wait for a notification of not full (C1) before it "
                          "puts into orders (Q1), or takes from it"));
  EXPECT_THAT(headings(support::permit_and_barrier()),
              ElementsAre("payer (T1) holds a permit of slots (S1) and waits at start (B1)",
                          "auditor (T2) must get a permit of slots (S1) before it reaches "
                          "start (B1)"));
}

TEST(EdgeWording, ASemaphoreThatIsNotHeldIsReleasedByTheThread) {
  EXPECT_THAT(headings(support::released_by_others()),
              ElementsAre("payer (T1) holds accounts (M1) and asks for a permit of slots (S1)",
                          "auditor (T2) must get accounts (M1) before it releases slots (S1)"));
}

TEST(EdgeWording, OneLockAloneSaysWhyItIsACycle) {
  EXPECT_THAT(headings(support::read_again()),
              ElementsAre("payer (T1) holds catalogue (M4) for reading and asks to read it again, "
                          "which waits as soon as a writer does"));
  EXPECT_THAT(
      headings(support::two_upgrades()),
      ElementsAre(HasSubstr("payer (T1) holds catalogue (M4) for reading and asks to upgrade"),
                  HasSubstr("auditor (T2) holds catalogue (M4) for reading and asks")));
  EXPECT_THAT(headings(support::self_deadlock()),
              ElementsAre("payer (T1) holds accounts (M1) and asks for it again"));
  EXPECT_THAT(headings(support::one_class()),
              ElementsAre("payer (T1) holds one of accounts (M1) and asks for another",
                          "auditor (T2) holds one of accounts (M1) and asks for another"));
  Finding permits = support::one_class();
  for (LockOrderEdge& edge : permits.edges) edge.from = edge.to = "S1";
  EXPECT_EQ(headings(permits).front(), "payer (T1) holds some permits of S1 and waits for more");
}

TEST(EdgeWording, SaysWhatIsOnlyRead) {
  EXPECT_THAT(headings(support::reader_and_writer()),
              ElementsAre("payer (T1) holds catalogue (M4) for reading and asks for accounts (M1)",
                          "auditor (T2) holds accounts (M1) and asks for catalogue (M4) for "
                          "reading"));
}

TEST(Advice, SaysThatThisRunDidNotHangOnlyWhereItDidNot) {
  Finding happened = support::event_under_lock();
  EXPECT_THAT(meaning_text(happened), HasSubstr("did not hang"));
  happened.kind = FindingKind::kDeadlock;
  EXPECT_THAT(meaning_text(happened), Not(HasSubstr("did not hang")));
}

TEST(EdgeWording, OfAWriterBehindReadersSaysThatItHoldsNothingAndMakesOthersWait) {
  Finding finding = support::read_again();
  LockOrderEdge writer = finding.edges[0];
  writer.thread = "T2";
  writer.held_mode = "queued";
  writer.wanted_mode.clear();
  writer.held_stack.clear();
  finding.edges.push_back(writer);
  EXPECT_EQ(
      headings(finding).back(),
      "auditor (T2) holds nothing of catalogue (M4), waits for its readers to leave, and makes "
      "new readers wait behind it");
}

TEST(EdgeWording, GoesByTheIdWhenTheTypeIsUnknown) {
  Finding finding = support::event_under_lock();
  finding.objects.clear();
  EXPECT_THAT(headings(finding), ElementsAre("payer (T1) holds M1 and waits for E1",
                                             "auditor (T2) must get M1 before it sets E1"));
}

TEST(WantedText, SaysWhatIsWaitedFor) {
  const auto text = [](const std::string& operation, const std::string& id) {
    ThreadInfo thread;
    thread.wants = WantedObject{id, operation, false, {}};
    return wanted_text(thread, Names({}, {}));
  };
  EXPECT_EQ(text("lock", "M1"), "M1");
  EXPECT_EQ(text("lock_shared", "M1"), "M1 for reading");
  EXPECT_EQ(text("join", "T2"), "the end of T2");
  EXPECT_EQ(text("join", "Q1"), "the last item of Q1 to be done");
  EXPECT_EQ(text("get", "Q1"), "an item of Q1");
  EXPECT_EQ(text("get", "F1"), "the value of F1");
  EXPECT_EQ(text("put", "Q1"), "room in Q1");
  EXPECT_EQ(text("wait", "E1"), "E1 to be set");
  EXPECT_EQ(text("wait", "C1"), "a notification of C1");
  EXPECT_EQ(text("wait", "B1"), "the others at B1");
  EXPECT_EQ(text("acquire", "S1"), "a permit of S1");
  EXPECT_EQ(text("wait", "P2"), "the end of P2");
  EXPECT_EQ(text("lock", "X1"), "X1");  // of a letter that is not known
}

TEST(InfeasibleCycles, GiveOneReasonEachAsASentence) {
  std::vector<std::string> reasons;
  for (const InfeasibleCycle& safe : support::one_infeasible_cycle_a_reason()) {
    reasons.push_back(infeasible_reason_text(safe));
  }
  EXPECT_THAT(
      reasons,
      ElementsAre("harmless: kitchen <b>door</b> (M3) keeps its steps apart",
                  "harmless: one thread, payer (T1), takes every step",
                  "harmless: payer (T1) and auditor (T2) do not run at the same time: start and "
                  "join put their steps in order",
                  "harmless: ordered through ready (E1)",
                  "harmless: the steps only read under catalogue (M4), and readers do not wait for "
                  "readers",
                  "harmless: no other thread can be waiting to write under catalogue (M4), so a "
                  "reader does not wait",
                  "harmless: slots (S1) is no lock: others than its holder release it",
                  "harmless: several threads signal ready (E1), so it depends on none of them",
                  "harmless: no other thread could see accounts (M1) yet"));
}

TEST(InfeasibleCycles, OfAReasonOfALaterRuntimeAreShownAllTheSame) {
  InfeasibleCycle safe = support::one_infeasible_cycle_a_reason()[0];
  safe.reason = "moon\x1b phase";
  EXPECT_EQ(infeasible_reason_text(safe), "harmless: moon\\x1b phase, kitchen <b>door</b> (M3)");
}

TEST(InfeasibleCycles, AreACountInShortAndAllInFull) {
  const Report report = support::lock_facts_report();
  const std::string brief = to_text(report, {});
  EXPECT_THAT(brief, HasSubstr("9 cycles judged infeasible, 3 more not kept (-v shows them)\n"));
  EXPECT_THAT(brief, Not(HasSubstr("keeps its steps apart")));
  const std::string full = to_text(report, {.verbose = true});
  EXPECT_THAT(full, HasSubstr("kitchen <b>door</b> (M3) keeps its steps apart"));
  for (const char* site : {"bank.cc:8", "bank.cc:9", "bank.cc:12", "bank.cc:13"}) {
    EXPECT_THAT(full, HasSubstr(site));
  }
  EXPECT_THAT(to_text(support::report_of("a", {}), {}), Not(HasSubstr("judged infeasible")));
}

TEST(Contention, IsTheMostContendedFirstWithWhoAndWhere) {
  const Report report = support::lock_facts_report();
  EXPECT_THAT(to_text(report, {.verbose = true}),
              HasSubstr("accounts (M1): 1200 acquisitions, 31 waits, 48.2 ms in all, longest "
                        "12.3 ms, auditor (T2) at bank.cc:13\n"));
  const std::string page = to_html(report);
  EXPECT_THAT(page, HasSubstr("Held in all"));
  Report without = report;
  for (Contention& one : without.outcomes[0].contention) one.holds = 0;
  EXPECT_THAT(to_html(without), Not(HasSubstr("Held in all")));
}

Contention overtaken(std::uint64_t readers, std::uint64_t nanoseconds) {
  Contention one = support::lock_facts_report().outcomes[0].contention[0];
  one.overtaken = readers;
  one.overtaken_ns = nanoseconds;
  one.overtaken_thread = "T2";
  one.overtaken_at = one.longest_wait;
  one.overtaken_still = false;
  return one;
}

TEST(StarvedWriter, IsSaidInTheShortReportToo) {
  const Contention long_wait = overtaken(1204, 2'100'000'000);
  const std::string line =
      "bank.cc:13: auditor (T2) waited 2.1 s for accounts (M1) to write while readers took it "
      "1,204 "
      "times: readers starve writers; use Prefer::kWriters";
  EXPECT_EQ(starved_writer_text(long_wait), line);
  Report report = support::report_of("a", {});
  report.outcomes[0].contention = {long_wait};
  EXPECT_THAT(to_text(report, {}), HasSubstr(line));
  EXPECT_THAT(to_text(report, {.verbose = true}), HasSubstr(line));
  EXPECT_THAT(to_html(report), HasSubstr("readers starve writers"));
  EXPECT_EQ(report.outcomes[0].verdict, Verdict::kAsExpected);  // no finding: a matter of time
}

TEST(StarvedWriter, IsNotSaidOfAFewReadersNorOfAShortWait) {
  EXPECT_EQ(starved_writer_text(overtaken(kManyReaders - 1, 2'100'000'000)), "");
  EXPECT_EQ(starved_writer_text(overtaken(1204, kLongWait - 1)), "");
  EXPECT_NE(starved_writer_text(overtaken(kManyReaders, kLongWait)), "");
}

TEST(StarvedWriter, MayStillBeWaiting) {
  Contention still = overtaken(1'204'000, 2'100'000'000);
  still.overtaken_still = true;
  EXPECT_THAT(starved_writer_text(still), HasSubstr("has waited 2.1 s"));
  EXPECT_THAT(starved_writer_text(still), HasSubstr("1,204,000 times"));
}

TEST(Durations, HaveThreeDigitsThatCount) {
  EXPECT_EQ(duration_text(0), "0 ns");
  EXPECT_EQ(duration_text(999), "999 ns");
  EXPECT_EQ(duration_text(1'000), "1 us");
  EXPECT_EQ(duration_text(1'050), "1.05 us");
  EXPECT_EQ(duration_text(12'345), "12.3 us");
  EXPECT_EQ(duration_text(123'456'789), "123 ms");
  EXPECT_EQ(duration_text(61'000'000'000), "61 s");
}

TEST(SuppressedFindings, AreCountedAndNamedInTextAndPage) {
  const Report report = support::lock_facts_report();
  for (const std::string& text : {to_text(report, {}), to_text(report, {.verbose = true})}) {
    EXPECT_THAT(text, HasSubstr("note: 1 finding suppressed\n"));
    EXPECT_THAT(text, HasSubstr("known <1>.supp:3: data-race/site:*legacy.cc matched nothing\n"));
    EXPECT_THAT(text, Not(HasSubstr("lock:acc* matched nothing")));
  }
  const std::string page = to_html(report);
  EXPECT_THAT(page, HasSubstr("2 suppressions, 1 matched nothing"));
  EXPECT_THAT(page, HasSubstr("1 suppressed (lock-order-cycle)"));
  EXPECT_THAT(page, Not(HasSubstr("<b>")));
  EXPECT_THAT(to_html(support::report_of("a", {})), Not(HasSubstr("suppress")));
}

}  // namespace
}  // namespace gridlock::internal::reports
