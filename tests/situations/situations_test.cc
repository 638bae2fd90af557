// SPDX-License-Identifier: Apache-2.0
//
// Plays each row of the table and holds what the runtime said against it. The table of results comes
// at the end of the output:
//
//   name   expected   possible   twin, lucky   happens   one victim   twin, free
#include "tests/situations/situations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <ostream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/runtime/child.h"

namespace gridlock::situations {
namespace {

using test::Probe;

struct Result {
  std::string name;
  std::string expected;
  std::vector<std::string> found;
};
std::vector<Result>& results() {
  static std::vector<Result> all;
  return all;
}

class PrintTable : public testing::Environment {
 public:
  void TearDown() override {
    if (results().empty()) return;
    std::printf("\n%-44s %-34s %-12s %-12s %-12s %-12s %s\n", "situation", "expected", "possible",
                "twin lucky", "happens", "one victim", "twin free");
    for (const Result& row : results()) {
      std::printf("%-44s %-34s", row.name.c_str(), row.expected.c_str());
      for (const std::string& found : row.found) std::printf(" %-12s", found.c_str());
      std::printf("\n");
    }
    std::printf("%zu rows\n", results().size());
  }
};
[[maybe_unused]] testing::Environment* const kTable =
    testing::AddGlobalTestEnvironment(new PrintTable);

struct Row {
  const char* group;
  const Situation* situation;

  friend void PrintTo(const Row& row, std::ostream* out) {
    *out << row.group << "." << row.situation->name;
  }
};

std::vector<Row> rows() {
  std::vector<Row> all;
  for (const Group& group : groups()) {
    for (const Situation& situation : group.situations) all.push_back({group.name, &situation});
  }
  return all;
}

// "a b" for the cycle of a finding, each name once, ascending.
std::string names_in_cycle(const Finding& finding) {
  std::set<std::string> names;
  for (const std::string& id : finding.cycle) {
    std::string name = id;
    for (const Object& object : finding.objects) {
      if (object.id == id && !object.name.empty()) name = object.name;
    }
    for (const ThreadInfo& thread : finding.threads) {
      if (thread.id == id && !thread.name.empty()) name = thread.name;
    }
    names.insert(name);
  }
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : " ") + name;
  return joined;
}

std::string describe(const Probe& run) {
  std::string text;
  for (const Finding& finding : run.wire.findings) {
    text += std::string(text.empty() ? "" : ", ") + std::string(info(finding.kind).name);
    if (!finding.cycle.empty()) text += "(" + names_in_cycle(finding) + ")";
  }
  if (text.empty()) text = "nothing";
  if (run.signal == 14) text += ", hung";
  if (run.signal != 0 && run.signal != 14) text += ", signal " + std::to_string(run.signal);
  if (run.timed_out) text += ", timed out";
  return text + ", exit " + std::to_string(run.exit_code) + ", " + run.output;
}

class Situations : public testing::TestWithParam<Row> {
 protected:
  Probe play(std::string_view which, std::string_view how, const char* options) {
    std::string arguments = std::string(GetParam().group) + " " + GetParam().situation->name;
    arguments += " " + std::string(which) + " " + std::string(how);
    return test::probe(arguments, options);
  }

  // `good` is what `run` has to be; says so in the table.
  void check(Column column, bool good, const Probe& run, const std::string& wanted) {
    const Gap& gap = GetParam().situation->gap;
    const bool known = (gap.columns & column) != 0;
    results().back().found.emplace_back(known ? "gap" : good ? "ok" : "WRONG");
    if (known) {
      EXPECT_FALSE(good) << "column " << column
                         << " is right now, take off the gap: " << gap.reason;
    } else {
      EXPECT_TRUE(good) << "column " << static_cast<int>(column) << ": wanted " << wanted
                        << ", found " << describe(run);
    }
  }
  static void skip() { results().back().found.emplace_back("-"); }

  void check_twin(Column column, const char* how) {
    const Probe run = play("twin", how, "quiet=1");
    check(column,
          run.exit_code == 0 && run.wire.findings.empty() && run.output == "victims 0\n" &&
              run.wire.error.empty(),
          run, "nothing");
  }
};

bool is_the_cycle(const Probe& run, const char* cycle) {
  return run.exit_code == 0 && run.wire.findings.size() == 1 &&
         run.wire.findings[0].kind == FindingKind::kLockOrderCycle &&
         names_in_cycle(run.wire.findings[0]) == cycle;
}

// The finding is there, once; that the cycle was predicted a moment before may be said too.
bool happened(const Probe& run, std::string_view kind) {
  const std::vector<std::string> kinds = run.kinds();
  const auto others = std::count_if(kinds.begin(), kinds.end(), [&](const std::string& each) {
    return each != kind && each != "lock-order-cycle";
  });
  return run.exit_code == 1 && others == 0 && std::count(kinds.begin(), kinds.end(), kind) == 1;
}

TEST_P(Situations, IsFoundAndItsTwinIsNot) {
  const Situation& row = *GetParam().situation;
  results().push_back({std::string(GetParam().group) + "." + row.name,
                       std::string(row.hang == nullptr ? "-" : row.hang) + " of " +
                           (row.cycle == nullptr ? "-" : row.cycle),
                       {}});
  if (row.cycle != nullptr) {
    const Probe run = play("real", "lucky", "quiet=1");
    check(kPossible, is_the_cycle(run, row.cycle), run, row.cycle);
  } else {
    skip();
  }
  check_twin(kTwinLucky, "lucky");
  if (row.hang != nullptr) {
    const Probe run = play("real", "hang", "quiet=1");
    check(kReported, happened(run, row.hang), run, row.hang);
    const Probe thrown = play("real", "hang", "quiet=1:predict=0:on_deadlock=throw");
    check(kOneVictim,
          thrown.exit_code == 0 && thrown.output == "victims 1\n" &&
              thrown.kinds() == std::vector<std::string>{row.hang},
          thrown, std::string(row.hang) + " with one victim");
  } else {
    skip();
    skip();
  }
  check_twin(kTwinFree, "free");
}

INSTANTIATE_TEST_SUITE_P(Table, Situations, testing::ValuesIn(rows()), [](const auto& row) {
  std::string name = std::string(row.param.group) + "__" + row.param.situation->name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(SituationTable, HasEachNameOnceAndAtLeastEightyRows) {
  std::set<std::string> names;
  for (const Row& row : rows())
    EXPECT_TRUE(names.insert(std::string(row.group) + "." + row.situation->name).second)
        << row.situation->name;
  EXPECT_GE(names.size(), 80u);
}

TEST(SituationTable, HasAnEntryOfCtestForEachGroup) {
  std::set<std::string> listed;
  std::istringstream words{SITUATION_GROUPS};
  for (std::string word; words >> word;) listed.insert(word);
  std::set<std::string> there;
  for (const Group& group : groups()) there.insert(group.name);
  EXPECT_EQ(listed, there);
}

}  // namespace
}  // namespace gridlock::situations
