// SPDX-License-Identifier: Apache-2.0
//
// Two tables say the same: tests/situations through the real primitives, and this one through the
// analysis alone. A row that is missing on one side has to stand here with its reason.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <stdexcept>
#include <string>

#include "tests/analysis/traces/program.h"
#include "tests/analysis/traces/rows.h"
#include "tests/situations/situations.h"

namespace gridlock::traces {
namespace {

using situations::Situation;

// In tests/situations only: name and reason.
constexpr const char* kInLine =
    "nothing is predicted: which of several waiters goes on is known to the primitives alone";
const std::map<std::string, std::string> kNoTrace = {
    {"conditions.passed-over-beside-another-wait", kInLine},
    {"conditions.passed-over-with-a-lock", kInLine},
    {"semaphores.fewer-permits-than-waiters", kInLine},
    {"queues.fewer-items-than-getters", kInLine}};
// Here only.
const std::map<std::string, std::string> kNoSituation = {};

constexpr unsigned kColumnsOfTraces =
    situations::kPossible | situations::kTwinLucky | situations::kTwinFree;

std::map<std::string, const Situation*> all_situations() {
  std::map<std::string, const Situation*> all;
  for (const situations::Group& group : situations::groups()) {
    for (const Situation& each : group.situations)
      all[std::string(group.name) + "." + each.name] = &each;
  }
  return all;
}

std::string text(const char* words) { return words == nullptr ? "-" : words; }

TEST(TraceTable, HasTheRowsOfTheSituations) {
  std::set<std::string> traces;
  for (const Row& row : all_rows())
    EXPECT_TRUE(traces.insert(row.name).second) << row.name << " is there twice";
  for (const auto& [name, situation] : all_situations()) {
    EXPECT_NE(traces.contains(name), kNoTrace.contains(name)) << name;
    traces.erase(name);
  }
  for (const std::string& name : traces) EXPECT_TRUE(kNoSituation.contains(name)) << name;
  EXPECT_GE(all_rows().size(), 80u);
}

TEST(TraceTable, ExpectsWhatTheSituationsExpect) {
  const std::map<std::string, const Situation*> situations = all_situations();
  for (const Row& row : all_rows()) {
    const auto found = situations.find(row.name);
    if (found == situations.end()) continue;
    const Situation& situation = *found->second;
    EXPECT_EQ(text(row.cycle), text(situation.cycle)) << row.name;
    EXPECT_EQ(text(row.hang), text(situation.hang)) << row.name;
    EXPECT_EQ(row.gap.columns, situation.gap.columns & kColumnsOfTraces) << row.name;
  }
}

TEST(TraceTable, HasADifferenceBetweenEachRowAndItsTwin) {
  for (const Row& row : all_rows()) EXPECT_STRNE(row.real, row.twin) << row.name;
}

TEST(TraceWords, AreRefusedWhereTheyMeanNothing) {
  EXPECT_THROW((void)parse("t1: lok a"), std::invalid_argument);
  EXPECT_THROW((void)parse("smaphore s | t1: lock a"), std::invalid_argument);
  EXPECT_THROW((void)parse("t1: try a { lock b"), std::invalid_argument);
  EXPECT_THROW((void)parse("t1: lock a }"), std::invalid_argument);
  EXPECT_THROW((void)parse("t1: start t7"), std::invalid_argument);
  EXPECT_THROW((void)parse("lock a"), std::invalid_argument);
  EXPECT_NO_THROW((void)parse("t1: try a { lock b, unlock b }"));
}

}  // namespace
}  // namespace gridlock::traces
