// SPDX-License-Identifier: Apache-2.0
//
// Plays each row and holds what the analysis said against it; and holds the rows themselves against the
// truth, which is found by trying every schedule.
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <set>
#include <string>

#include "tests/analysis/traces/play.h"
#include "tests/analysis/traces/rows.h"
#include "tests/situations/situations.h"

namespace gridlock::traces {

// GoogleTest looks for it here.
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

namespace {

using situations::Column;

std::string describe(const Outcome& outcome) {
  std::string text = outcome.finding.empty() ? "nothing happened" : outcome.finding;
  for (const std::string& cycle : outcome.cycles) text += ", cycle (" + cycle + ")";
  if (!outcome.safe.empty()) text += ", safe: " + outcome.safe;
  return text + (outcome.ended ? "" : ", did not end");
}

bool nothing(const Outcome& outcome) {
  return outcome.ended && outcome.finding.empty() && outcome.cycles.empty();
}

class Traces : public testing::TestWithParam<Row> {
 protected:
  static void check(Column column, bool good, const Outcome& outcome, const std::string& wanted) {
    if ((GetParam().gap.columns & column) != 0) {
      EXPECT_FALSE(good) << "column " << static_cast<int>(column)
                         << " is right now, take off the gap";
    } else {
      EXPECT_TRUE(good) << "column " << static_cast<int>(column) << ": wanted " << wanted
                        << ", found " << describe(outcome);
    }
  }
};

TEST_P(Traces, CanHangAndTheTwinCannot) {
  EXPECT_TRUE(can_hang(parse(GetParam().real), Run::kHang));
  EXPECT_FALSE(can_hang(parse(GetParam().twin), Run::kFree));
}

TEST_P(Traces, IsPredictedAndTheTwinIsNot) {
  const Row& row = GetParam();
  if (row.cycle != nullptr) {
    const Outcome real = play_in_turn(parse(row.real), Run::kLucky);
    check(situations::kPossible,
          real.ended && real.finding.empty() && real.cycles == std::vector<std::string>{row.cycle},
          real, std::string("one cycle of ") + row.cycle);
  }
  const Outcome twin = play_in_turn(parse(row.twin), Run::kLucky);
  check(situations::kTwinLucky, nothing(twin), twin, "nothing");
  EXPECT_EQ(twin.safe, row.safe);
}

TEST_P(Traces, IsFoundWhenItHappens) {
  const Row& row = GetParam();
  if (row.hang == nullptr) return;
  const Outcome outcome = play_in_turn(parse(row.real), Run::kHang);
  EXPECT_EQ(outcome.finding, row.hang) << describe(outcome);
}

TEST_P(Traces, TheTwinIsSilentInEverySchedule) {
  const Program twin = parse(GetParam().twin);
  Outcome worst;
  bool good = true;
  for (unsigned seed = 0; seed < 40 && good; ++seed) {
    worst = play_somehow(twin, seed);
    good = nothing(worst);
  }
  check(situations::kTwinFree, good, worst, "nothing");
}

INSTANTIATE_TEST_SUITE_P(Table, Traces, testing::ValuesIn(all_rows()), [](const auto& row) {
  std::string name = row.param.name;
  std::replace_if(
      name.begin(), name.end(), [](char each) { return each == '.' || each == '-'; }, '_');
  return name;
});

}  // namespace
}  // namespace gridlock::traces
