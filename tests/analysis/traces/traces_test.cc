// SPDX-License-Identifier: Apache-2.0
//
// Plays each row over the real primitives, one thread at a time, and holds what the runtime said against it;
// and holds the rows themselves against the truth, which is found by trying every schedule of a model.
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/analysis/traces/rows.h"
#include "tests/random_programs/explore.h"
#include "tests/runtime/child.h"
#include "tests/situations/situations.h"

namespace gridlock::traces {

// GoogleTest looks for it here.
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

namespace {

using situations::Column;
using test::Probe;

template <typename Names>
std::string joined(const Names& names, const char* between) {
  std::string text;
  for (const std::string& each : names) text += (text.empty() ? "" : between) + each;
  return text;
}

std::string name_of(const Finding& finding, const std::string& id) {
  for (const gridlock::Object& each : finding.objects) {
    if (each.id == id && !each.name.empty()) return each.name;
  }
  for (const ThreadInfo& each : finding.threads) {
    if (each.id == id && !each.name.empty()) return each.name;
  }
  return id;
}

// The names of its objects, ascending: "a b".
std::string cycle_of(const Finding& finding) {
  std::set<std::string> names;
  for (const std::string& id : finding.cycle) names.insert(name_of(finding, id));
  return joined(names, " ");
}

// The cycles judged infeasible, as "gate g", "one thread", "ordered", "ordered through e"; each once, ascending,
// with ", " between.
std::string safe_of(const Probe& run) {
  std::set<std::string> reasons;
  for (const gridlock::InfeasibleCycle& cycle : run.wire.infeasible_cycles) {
    std::string reason = cycle.reason;
    std::ranges::replace(reason, '-', ' ');
    if (!cycle.object.empty())
      reason += (reason == "ordered" ? " through " : " ") + name_of(cycle.claim, cycle.object);
    reasons.insert(reason);
  }
  return joined(reasons, ", ");
}

std::string describe(const Probe& run) {
  std::string text;
  for (const Finding& each : run.wire.findings) {
    text += std::string(info(each.kind).name);
    text += each.cycle.empty() ? ", " : "(" + cycle_of(each) + "), ";
  }
  return text + "exit " + std::to_string(run.exit_code) + ", signal " + std::to_string(run.signal) +
         ", " + run.output;
}

bool ended(const Probe& run) {
  return run.exit_code == 0 && run.output == "ended\n" && run.wire.error.empty();
}
bool nothing(const Probe& run) { return ended(run) && run.wire.findings.empty(); }

class Traces : public testing::TestWithParam<Row> {
 protected:
  static Probe play(std::string_view which, std::string_view how) {
    const std::string arguments =
        std::string(GetParam().name) + " " + std::string(which) + " " + std::string(how);
    return test::probe(arguments,
                       "contention=1");  // which has the infeasible cycles in the log, too
  }

  static void check(Column column, bool good, const Probe& run, const std::string& wanted) {
    if ((GetParam().gap.columns & column) != 0) {
      EXPECT_FALSE(good) << "column " << static_cast<int>(column)
                         << " is right now, take off the gap";
    } else {
      EXPECT_TRUE(good) << "column " << static_cast<int>(column) << ": wanted " << wanted
                        << ", found " << describe(run);
    }
  }
};

bool can_hang(const char* text, Run run) {
  const random_programs::Schedules schedules = random_programs::explore(parse(text), 0, run);
  EXPECT_TRUE(schedules.complete) << text;
  return schedules.can_hang;
}

TEST_P(Traces, CanHangAndTheTwinCannot) {
  EXPECT_TRUE(can_hang(GetParam().real, Run::kHang));
  EXPECT_FALSE(can_hang(GetParam().twin, Run::kFree));
}

TEST_P(Traces, IsPredictedAndTheTwinIsNot) {
  const Row& row = GetParam();
  if (row.cycle != nullptr) {
    const Probe real = play("real", "lucky");
    const bool one = real.wire.findings.size() == 1 &&
                     real.wire.findings[0].kind == FindingKind::kLockOrderCycle &&
                     cycle_of(real.wire.findings[0]) == row.cycle;
    check(situations::kPossible, ended(real) && one, real,
          std::string("one cycle of ") + row.cycle);
  }
  const Probe twin = play("twin", "lucky");
  check(situations::kTwinLucky, nothing(twin), twin, "nothing");
  EXPECT_EQ(safe_of(twin), row.safe);
}

// That the cycle was predicted a moment before may be said, too.
TEST_P(Traces, IsFoundWhenItHappens) {
  const Row& row = GetParam();
  if (row.hang == nullptr) return;
  const Probe run = play("real", "hang");
  std::vector<std::string> kinds = run.kinds();
  std::erase(kinds, "lock-order-cycle");
  EXPECT_EQ(run.exit_code, 1) << describe(run);
  EXPECT_EQ(joined(kinds, ", "), row.hang) << describe(run);
}

TEST_P(Traces, TheTwinIsSilentInEverySchedule) {
  const Probe run = play("twin", "free");
  check(situations::kTwinFree, nothing(run), run, "nothing");
}

INSTANTIATE_TEST_SUITE_P(Table, Traces, testing::ValuesIn(all_rows()), [](const auto& row) {
  std::string name = row.param.name;
  std::replace_if(
      name.begin(), name.end(), [](char each) { return each == '.' || each == '-'; }, '_');
  return name;
});

}  // namespace
}  // namespace gridlock::traces
