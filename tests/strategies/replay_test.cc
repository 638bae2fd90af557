// SPDX-License-Identifier: Apache-2.0
#include "harness/schedule/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/schedule/trace_hash.h"

namespace gridlock::internal::controlled {
namespace {

std::string written(const Schedule& schedule) {
  char line[kReplaySize];
  const u32 size = write_replay(schedule, line);
  return {line, size};
}

Schedule a_schedule() {
  Schedule schedule;
  schedule.settings = {StrategyKind::kPct, 0x0123456789abcdef, 3, 64};
  schedule.points = PointKind::kLearned;
  schedule.spurious = true;
  schedule.site_count = 2;
  schedule.sites[0] = 0x02ab;
  schedule.sites[1] = 0xffff;
  schedule.steps = 57;
  schedule.hash = 0xfedcba9876543210;
  return schedule;
}

TEST(ReplayString, ComesBackAsItWas) {
  for (const StrategyKind kind :
       {StrategyKind::kRandomWalk, StrategyKind::kPct, StrategyKind::kPos}) {
    for (const PointKind points :
         {PointKind::kAll, PointKind::kSynchronization, PointKind::kLearned}) {
      Schedule schedule = a_schedule();
      schedule.settings.kind = kind;
      schedule.points = points;
      if (points != PointKind::kLearned) schedule.site_count = 0;
      const std::string line = written(schedule);
      Schedule read;
      ASSERT_EQ(read_replay(line.c_str(), read), nullptr) << line;
      EXPECT_EQ(written(read), line);
      EXPECT_EQ(read.settings.seed, schedule.settings.seed);
      EXPECT_EQ(read.site_count, schedule.site_count);
      EXPECT_EQ(read.steps, 57U);
      EXPECT_EQ(read.hash, schedule.hash);
      EXPECT_TRUE(read.spurious);
    }
  }
}

TEST(ReplayString, KeepsTheBuildAndTheMarksWhereTheyAreKnown) {
  Schedule schedule = a_schedule();
  EXPECT_EQ(written(schedule).find(":wb"), std::string::npos);
  schedule.has_build = true;
  schedule.build = 0x51f0;
  schedule.mark_count = 2;
  schedule.marks[0] = 0x0a;
  schedule.marks[1] = 0xc9;
  const std::string line = written(schedule);
  EXPECT_NE(line.find(":wb51f0:57:fedcba9876543210.0a.c9:"), std::string::npos) << line;
  Schedule read;
  ASSERT_EQ(read_replay(line.c_str(), read), nullptr);
  EXPECT_TRUE(read.has_build);
  EXPECT_EQ(read.build, 0x51f0);
  ASSERT_EQ(read.mark_count, 2U);
  EXPECT_EQ(read.marks[1], 0xc9);
  EXPECT_EQ(written(read), line);
}

TEST(ReplayString, SaysWhetherMemoryIsWeak) {
  for (const bool spurious : {false, true}) {
    Schedule schedule = a_schedule();
    schedule.spurious = spurious;
    schedule.has_build = true;
    schedule.weak = true;
    const std::string line = written(schedule);
    EXPECT_NE(line.find(spurious ? ":wmb0000:" : ":-mb0000:"), std::string::npos) << line;
    Schedule read;
    ASSERT_EQ(read_replay(line.c_str(), read), nullptr);
    EXPECT_TRUE(read.weak);
    EXPECT_EQ(read.spurious, spurious);
    EXPECT_EQ(written(read), line);
    schedule.weak = false;
    ASSERT_EQ(read_replay(written(schedule).c_str(), read), nullptr);
    EXPECT_FALSE(read.weak);
  }
}

TEST(ReplayString, HasTheTurnsOfASchedule) {
  const Turn turns[] = {{0, 2, 17}, {255, 65535, 0xffffffff}, {3, 0, 0}};
  for (const bool precise : {false, true}) {
    Schedule schedule = a_schedule();
    schedule.settings.kind = StrategyKind::kTurns;
    schedule.settings.turns = turns;
    schedule.settings.turn_count = 3;
    schedule.settings.precise = precise;
    const std::string line = written(schedule);
    EXPECT_EQ(line.substr(0, 40),
              std::string(precise ? "gl1:y" : "gl1:x") + ".0-17-2.255-4294967295-65535.3-0-0:");
    Schedule read;
    ASSERT_EQ(read_replay(line.c_str(), read), nullptr) << line;
    EXPECT_EQ(written(read), line);
    EXPECT_EQ(read.settings.precise, precise);
    ASSERT_EQ(read.settings.turn_count, 3U);
    EXPECT_EQ(read.settings.turns[1].thread, 255);
    EXPECT_EQ(read.settings.turns[1].position, 0xffffffff);
  }
}

TEST(ReplayString, OfTheMostTurnsFits) {
  std::vector<Turn> turns(kMaxTurns, Turn{255, 65535, 0xffffffff});
  Schedule schedule = a_schedule();
  schedule.settings.kind = StrategyKind::kTurns;
  schedule.settings.turns = turns.data();
  schedule.settings.turn_count = kMaxTurns;
  schedule.site_count = kMaxSites;
  const std::string line = written(schedule);
  EXPECT_LT(line.size(), kReplaySize);
  Schedule read;
  EXPECT_EQ(read_replay(line.c_str(), read), nullptr);
  EXPECT_EQ(read.settings.turn_count, kMaxTurns);
}

TEST(ReplayString, HasTheCycleThatItWasSteeredTo) {
  Schedule schedule = a_schedule();
  schedule.steered.edges = 2;
  schedule.steered.edge[0].held = 0x1234;
  schedule.steered.edge[0].count = 1;
  schedule.steered.edge[0].wanted[0] = 0xabcdef01;
  schedule.steered.edge[1].held = 0x5678;
  const std::string line = written(schedule);
  EXPECT_NE(line.find(":w+00001234.abcdef01+00005678:57:"), std::string::npos) << line;
  Schedule read;
  ASSERT_EQ(read_replay(line.c_str(), read), nullptr) << line;
  ASSERT_EQ(read.steered.edges, 2U);
  EXPECT_EQ(read.steered.edge[0].wanted[0], 0xabcdef01);
  EXPECT_EQ(read.steered.edge[1].count, 0U);
  EXPECT_EQ(written(read), line);
}

TEST(ReplayString, WithTheMostOfAllItsPartsFits) {
  std::vector<Turn> turns(kMaxTurns, Turn{255, 65535, 0xffffffff});
  Schedule schedule = a_schedule();
  schedule.settings.kind = StrategyKind::kTurns;
  schedule.settings.precise = true;
  schedule.settings.turns = turns.data();
  schedule.settings.turn_count = kMaxTurns;
  schedule.site_count = kMaxSites;
  schedule.has_build = true;
  schedule.build = 0x51f0;
  schedule.steered.edges = SteeredCycle::kEdges;
  for (SteeredCycle::Edge& edge : schedule.steered.edge) {
    edge.held = 0xffffffff;
    edge.count = SteeredCycle::kPlaces;
    for (u32& wanted : edge.wanted) wanted = 0xfffffffe;
  }
  schedule.steps = ~u64{0} / 10 - 1;
  schedule.mark_count = kMostMarks;
  const std::string line = written(schedule);
  EXPECT_LT(line.size(), kReplaySize);
  Schedule read;
  ASSERT_EQ(read_replay(line.c_str(), read), nullptr);
  EXPECT_EQ(written(read), line);
  EXPECT_EQ(read.settings.turn_count, kMaxTurns);
  EXPECT_EQ(read.build, 0x51f0);
  EXPECT_EQ(read.steered.edges, SteeredCycle::kEdges);
  EXPECT_EQ(read.mark_count, kMostMarks);
}

TEST(ReplayString, OfTheMostSitesFits) {
  Schedule schedule = a_schedule();
  schedule.has_build = true;
  schedule.mark_count = kMostMarks;
  schedule.site_count = kMaxSites;
  schedule.steps = ~u64{0} / 10 - 1;
  schedule.settings.depth = kMaxDepth;
  schedule.settings.length = 0xffffffff;
  const std::string line = written(schedule);
  EXPECT_LT(line.size(), kReplaySize);
  Schedule read;
  EXPECT_EQ(read_replay(line.c_str(), read), nullptr);
}

TEST(ReplayString, WithOneCharacterChangedIsRefused) {
  const std::string line = written(a_schedule());
  for (std::size_t i = 0; i < line.size(); ++i) {
    for (const char c : {'0', 'x', ':', 'F'}) {
      std::string changed = line;
      if (changed[i] == c) continue;
      changed[i] = c;
      Schedule read;
      EXPECT_NE(read_replay(changed.c_str(), read), nullptr) << changed;
      EXPECT_EQ(read.steps, 0U) << "nothing is read of a line that is refused";
    }
    Schedule read;
    EXPECT_NE(read_replay(line.substr(0, i).c_str(), read), nullptr);
  }
}

TEST(ReplayString, OfAnotherVersionSaysWhichOneIsRead) {
  Schedule read;
  EXPECT_THAT(read_replay("gl2:r:0000000000000000:a:-:0:0000000000000000:0000", read),
              testing::HasSubstr("gl1"));
  EXPECT_NE(read_replay(nullptr, read), nullptr);
  EXPECT_NE(read_replay(std::string(100000, 'a').c_str(), read), nullptr);
}

TEST(TraceHash, TellsOrderThreadAndDeedApart) {
  const auto hash = [](std::initializer_list<std::pair<u32, u32>> steps) {
    TraceHash trace;
    for (const auto& [thread, what] : steps) trace.add(thread, what);
    return trace.value();
  };
  EXPECT_EQ(hash({{0, 1}, {1, 2}}), hash({{0, 1}, {1, 2}}));
  EXPECT_NE(hash({{0, 1}, {1, 2}}), hash({{1, 2}, {0, 1}}));
  EXPECT_NE(hash({{0, 1}}), hash({{1, 0}}));
  EXPECT_NE(hash({{0, 0}}), hash({}));
}

}  // namespace
}  // namespace gridlock::internal::controlled
