// SPDX-License-Identifier: Apache-2.0
//
// The table from situation to sentence, row by row: the facts of a finding on one side, what is said
// of them on the other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/reports/situation_rows.h"

namespace gridlock::internal::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using enum Situation;

std::vector<Row> all_rows() {
  std::vector<Row> rows = cycle_rows();
  for (Row& row : stuck_rows()) rows.push_back(std::move(row));
  for (Row& row : misuse_rows()) rows.push_back(std::move(row));
  return rows;
}

class Table : public ::testing::TestWithParam<Row> {};

TEST_P(Table, SaysWhatHappenedAndWhatToDoInTheUsersNames) {
  const Row& row = GetParam();
  const Report report = source();
  EXPECT_EQ(info(case_of(row.finding).situation).name, info(row.situation).name);
  EXPECT_EQ(meaning_text(row.finding, &report), row.claim);
  EXPECT_EQ(fix_text(row.finding, &report), row.fix);
}

TEST_P(Table, SaysTheSameWhicheverThreadIsWrittenFirst) {
  const Row& row = GetParam();
  Finding turned = row.finding;
  std::ranges::reverse(turned.threads);
  const Report report = source();
  EXPECT_EQ(meaning_text(in_reading_order(turned), &report),
            meaning_text(in_reading_order(row.finding), &report));
}

TEST_P(Table, HasNoHoleWhereAFactIsMissing) {
  Finding poor = GetParam().finding;
  for (LockOrderEdge& edge : poor.edges) edge.wanted_stack.clear();
  for (ThreadInfo& thread : poor.threads) {
    thread.stack.clear();
    if (thread.wants) thread.wants->stack.clear();
    for (HeldObject& held : thread.held) held.stack.clear();
  }
  for (Act& act : poor.acts) act.stack.clear();
  poor.objects.clear();
  poor.locations.clear();
  for (const std::string& text : {meaning_text(poor), fix_text(poor)}) {
    EXPECT_THAT(text, Not(HasSubstr("((")));
    EXPECT_THAT(text, Not(HasSubstr("))")));
    EXPECT_THAT(text, Not(HasSubstr(" at .")));
    for (std::size_t open = text.find('{'); open != std::string::npos;
         open = text.find('{', open + 1)) {
      EXPECT_FALSE(std::islower(static_cast<unsigned char>(text[open + 1]))) << text;
    }
  }
}

std::string name_of(const ::testing::TestParamInfo<Row>& tested) {
  std::string name(info(tested.param.situation).name);
  for (char& c : name) c = c == '-' ? '_' : c;
  return name + "_" + std::to_string(tested.index);
}

INSTANTIATE_TEST_SUITE_P(Situations, Table, ::testing::ValuesIn(all_rows()), name_of);

TEST(SituationTable, HasARowHereForEachSituation) {
  std::set<std::string_view> tested;
  for (const Row& row : all_rows()) tested.insert(info(row.situation).name);
  for (const SituationInfo& row : situations()) {
    if (row.situation == kOther) continue;
    EXPECT_TRUE(tested.contains(row.name)) << row.name;
  }
}

TEST(SituationTable, SpeaksOfRLockOnlyWhereOneWouldHelp) {
  for (const Row& row : all_rows()) {
    if (row.fix.find("RLock") == std::string::npos) continue;
    EXPECT_EQ(row.situation, kLockAgain);
    EXPECT_EQ(row.finding.edges.at(0).from, "M1");  // a Lock
  }
}

TEST(SituationTable, SpeaksOfScopedLockOnlyWhereLocksAreTaken) {
  for (const Row& row : all_rows()) {
    if (row.fix.find("scoped_lock hold") == std::string::npos) continue;
    for (const LockOrderEdge& edge : row.finding.edges) EXPECT_EQ(edge.from.front(), 'M');
  }
}

TEST(SituationTable, LeavesTheLineOutWhereTheLocksAreTakenInDifferentFunctions) {
  Finding apart = foreseen({edge("M1", "M2", "T2"), edge("M2", "M1", "T3")});
  for (LockOrderEdge& one : apart.edges) one.wanted_stack = at(2, "helper()");
  const Report report = source();
  EXPECT_EQ(fix_text(apart, &report), "Take a (M1) before b (M2) everywhere.");
}

}  // namespace
}  // namespace gridlock::internal::reports
