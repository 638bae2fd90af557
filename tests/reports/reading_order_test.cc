// SPDX-License-Identifier: Apache-2.0
//
// What is told first, what stands in a title, where a record is shown, and the user's own expressions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/reports/situation_rows.h"

namespace gridlock::internal::reports {

using Kind = FindingKind;

namespace {

TEST(ReadingOrder, IsCauseVictimBystanderAndMainsJoinLast) {
  const Finding finding = in_reading_order(
      stuck({waits("T1", "T4", "join", 8), waits("T4", "T2", "join", 8),
             waits("T2", "S1", "acquire", 9), ended(with(thread("T3"), "S1", "permit"))}));
  std::vector<std::string> ids;
  for (const ThreadInfo& one : finding.threads) ids.push_back(one.id);
  EXPECT_THAT(ids, ::testing::ElementsAre("T3", "T2", "T4", "T1"));
}

TEST(ReadingOrder, BeginsACycleWithItsFirstThreadWhoeverClosedIt) {
  const Finding one = in_reading_order(happened({edge("M2", "M1", "T3"), edge("M1", "M2", "T2")}));
  EXPECT_EQ(one.edges[0].thread, "T2");
  EXPECT_THAT(one.cycle, ::testing::ElementsAre("M1", "M2"));
  const Finding ten = in_reading_order(happened({edge("M2", "M1", "T10"), edge("M1", "M2", "T9")}));
  EXPECT_EQ(ten.edges[0].thread, "T9");
}

TEST(ReadingOrder, LeavesOutWhereAThreadOfATestHappensToMeetAnother) {
  Finding finding = misuse(Kind::kMisuseDestroyRunning, {{"destroy", "T3", "T2", "", at(9)}},
                           {thread("T2"), waits("T3", "R1", "meet", 8)});
  EXPECT_FALSE(in_reading_order(finding).threads[1].wants.has_value());
  EXPECT_EQ(in_reading_order(finding).threads[1].state, "running");
  finding.threads[1].wants->object = "M1";
  EXPECT_TRUE(in_reading_order(finding).threads[1].wants.has_value());
  finding.threads[1].wants->object = "R1";
  finding.kind = Kind::kStarvation;
  EXPECT_TRUE(in_reading_order(finding).threads[1].wants.has_value());
}

TEST(Title, LeavesOutADetailThatSaysNothingMore) {
  Finding finding;
  finding.kind = Kind::kDataRace;
  finding.detail = "data-race";
  EXPECT_EQ(title_text(finding), "Data race");
  finding.kind = Kind::kMisuseUnlockFree;
  finding.detail = "unlock";
  EXPECT_EQ(title_text(finding), "Unlock of a free lock");
  finding.kind = Kind::kTsanReport;
  finding.detail = "heap-use-after-free";
  EXPECT_EQ(title_text(finding), "ThreadSanitizer report: heap-use-after-free");
}

TEST(Acts, OfADestructorStandWhereItWasRun) {
  Stack stack = at(12, "Account::~Account()");
  stack.push_back(at(38).front());
  const Act act{"destroy", "M1", "T2", "", stack};
  EXPECT_EQ(act_place(act), "a.cc:38");
  EXPECT_EQ(act_place({"lock", "M1", "T2", "", stack}), "a.cc:12");
}

TEST(Records, SayNotGrantedOnlyOfWhatWasAskedForInVain) {
  ThreadInfo one = waits("T2", "M2", "lock", 9);
  one.recent = {{"lock", "M1", true, {}},
                {"try_lock", "M3", false, {}},
                {"unlock", "M3", false, {}},
                {"lock", "M2", false, {}}};
  const Names names({one}, {});
  EXPECT_EQ(record_text(one, 0, names), "lock M1");
  EXPECT_EQ(record_text(one, 1, names), "try_lock M3, not granted");
  EXPECT_EQ(record_text(one, 2, names), "unlock M3, refused");
  EXPECT_EQ(record_text(one, 3, names), "lock M2, waits");
}

TEST(Records, OfAThreadThatWasOnlyStartedAreNoHistory) {
  ThreadInfo one = thread("T2");
  one.recent = {{"start", "T2", true, {}}};
  EXPECT_FALSE(has_history(one));
  one.recent.push_back({"lock", "M1", true, {}});
  EXPECT_TRUE(has_history(one));
}

TEST(Records, StandAtTheUsersLineAndNeverInAHeader) {
  Frame header;
  header.function = "gridlock::Guard<gridlock::Lock>::Guard(gridlock::Lock&)";
  header.file = "/usr/include/gridlock/guard.h";
  header.line = 20;
  ThreadInfo one = with(waits("T2", "M2", "lock", 9), "M1");
  one.recent = {{"lock", "M3", true, {header}},
                {"unlock", "M3", true, {header}},
                {"lock", "M1", true, {header}},
                {"lock", "M2", false, {header}}};
  EXPECT_EQ(record_site(one, 0), nullptr);
  EXPECT_EQ(record_site(one, 1), nullptr);
  ASSERT_NE(record_site(one, 2), nullptr);
  EXPECT_EQ(record_site(one, 2)->line, 7);  // where it was acquired
  ASSERT_NE(record_site(one, 3), nullptr);
  EXPECT_EQ(record_site(one, 3)->line, 9);  // where it waits
}

TEST(SourceWords, AreTheExpressionThatIsLocked) {
  EXPECT_EQ(locked_expression("std::lock_guard hold_from{from.lock};"), "from.lock");
  EXPECT_EQ(locked_expression("const gridlock::Guard<gridlock::Lock> g(*mutex);"), "*mutex");
  EXPECT_EQ(locked_expression("std::unique_lock hold{forks[seat], std::defer_lock};"),
            "forks[seat]");
  EXPECT_EQ(locked_expression("account->lock.lock();"), "account->lock");
  EXPECT_EQ(locked_expression("mutex->lock();"), "*mutex");
  EXPECT_EQ(locked_expression("if (!table.left(seat).try_lock()) return;"), "table.left(seat)");
  EXPECT_EQ(locked_expression("work();"), "");
  EXPECT_EQ(locked_expression("}"), "");
  EXPECT_EQ(locked_expression("clock(now);"), "");
}

TEST(SourceWords, AddATestToAWaitThatHasNone) {
  EXPECT_EQ(wait_with_test("dinner.wait(hold);"), "dinner.wait(hold, [&] { return ready; });");
  EXPECT_EQ(wait_with_test("dinner.wait(hold, is_ready);"), "");
  EXPECT_EQ(wait_with_test("event.set();"), "");
}

}  // namespace
}  // namespace gridlock::internal::reports
