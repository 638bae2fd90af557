// SPDX-License-Identifier: Apache-2.0
#include "harness/schedule/strategy.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>

#include "harness/schedule/experience.h"
#include "tests/strategies/toy_machine.h"

namespace gridlock::toys {
namespace {

using internal::controlled::Experience;
using internal::controlled::kOrdered;
using internal::controlled::kOrdersAll;
using internal::controlled::mixed;
using internal::controlled::seed_of;
using internal::controlled::StrategyKind;

// Those that need no experience.
constexpr StrategyKind kKinds[] = {StrategyKind::kRandomWalk, StrategyKind::kPct,
                                   StrategyKind::kPos};

Script looks(u32 count, u64 object) { return Script(count, Move{.step = {object, false}}); }

std::map<std::string, int> orders(Settings settings, const std::vector<Script>& scripts,
                                  u32 times) {
  std::map<std::string, int> found;
  Strategy strategy;
  for (u32 i = 0; i < times; ++i) {
    settings.seed = seed_of(1, i);
    strategy.new_execution(settings);
    ++found[play(strategy, scripts)];
  }
  return found;
}

TEST(Strategies, TheSameSeedMakesTheSameOrder) {
  for (const StrategyKind kind : kKinds) {
    Strategy first;
    Strategy second;
    std::set<std::string> different;
    for (u64 seed = 0; seed < 50; ++seed) {
      first.new_execution({kind, seed, 3, 12});
      second.new_execution({kind, seed, 3, 12});
      const std::vector<Script> scripts = {looks(4, 1), looks(4, 1), looks(4, 2)};
      const std::string order = play(first, scripts);
      EXPECT_EQ(order, play(second, scripts));
      EXPECT_EQ(first.next_u64(1000), second.next_u64(1000));
      different.insert(order);
    }
    EXPECT_GT(different.size(), 5U);
  }
}

TEST(Strategies, NoThreadIsChosenThatCannotGoOn) {
  for (const StrategyKind kind : kKinds) {
    Strategy strategy;
    const Step steps[6] = {};
    for (u64 seed = 0; seed < 100; ++seed) {
      strategy.new_execution({kind, seed, 3, 4});
      const ThreadNumber runnable[] = {4, 1};
      for (int i = 0; i < 8; ++i) {
        const ThreadNumber chosen = strategy.next({runnable, 2, 1, i % 3 == 0, steps});
        EXPECT_TRUE(chosen == 1 || chosen == 4);
      }
    }
  }
}

TEST(Strategies, OneThatYieldsIsNotChosenWhileAnotherCanGoOn) {
  for (const StrategyKind kind : kKinds) {
    Strategy strategy;
    const Step steps[3] = {};
    const ThreadNumber runnable[] = {2, 0, 1};
    for (u64 seed = 0; seed < 200; ++seed) {
      strategy.new_execution({kind, seed, 3, 4});
      for (const ThreadNumber current : runnable) {
        EXPECT_NE(strategy.next({runnable, 3, current, true, steps}), current);
      }
      const ThreadNumber alone[] = {1};
      EXPECT_EQ(strategy.next({alone, 1, 1, true, steps}), 1);
    }
  }
}

TEST(Strategies, ASpinningThreadLetsTheOneGoOnThatItWaitsFor) {
  for (const StrategyKind kind : kKinds) {
    for (u64 seed = 0; seed < 50; ++seed) {
      bool ready = false;
      Strategy strategy;
      strategy.new_execution({kind, seed, 3, 10});
      Script sets = looks(5, 0);
      sets.push_back({.step = {1, true}, .run = [&] { ready = true; }});
      const Script waits = {{.step = {1, false}, .spins = [&] { return !ready; }}};
      EXPECT_LT(play(strategy, {waits, sets, waits}).size(), 40U);
      EXPECT_TRUE(ready);
    }
  }
}

TEST(Strategies, TwoThatYieldTakeTurns) {
  for (const StrategyKind kind : kKinds) {
    for (u64 seed = 0; seed < 50; ++seed) {
      int looks_left = 20;
      Strategy strategy;
      strategy.new_execution({kind, seed, 3, 10});
      const Script patient = {{.step = {1, false}, .spins = [&] { return looks_left > 0; }}};
      const Script counts = {{.step = {0, false}, .spins = [&] { return --looks_left > 0; }}};
      EXPECT_LT(play(strategy, {patient, counts, patient}, 500).size(), 120U);
      EXPECT_EQ(looks_left, 0);
    }
  }
}

TEST(Strategies, EachLosesAnUpdateOfACounter) {
  for (const StrategyKind kind : kKinds) {
    Strategy strategy;
    int lost = 0;
    for (u64 seed = 0; seed < 200; ++seed) {
      Counter counter;
      strategy.new_execution({kind, seed_of(7, seed), 2, 4});
      play(strategy, counter.scripts());
      lost += counter.total == 1 ? 1 : 0;
    }
    EXPECT_GT(lost, 200 / 8) << "PCT's bound is 1 / (2 * 4)";
    EXPECT_LT(lost, 190);
  }
}

TEST(RandomWalk, ChoosesEachThreadAsOftenAsAnother) {
  const auto found =
      orders({StrategyKind::kRandomWalk, 0, 1, 1}, {looks(1, 0), looks(1, 0)}, 10000);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_NEAR(found.at("01"), 5000, 250);
}

TEST(Pct, OfDepthOneRunsThreadsOneAfterTheOther) {
  const auto found = orders({StrategyKind::kPct, 0, 1, 6}, {looks(3, 0), looks(3, 0)}, 100);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found.begin()->first, "000111");
  EXPECT_EQ(found.rbegin()->first, "111000");
}

TEST(Pct, OfDepthTwoMakesOneSwitchThatNobodyAskedFor) {
  const auto found = orders({StrategyKind::kPct, 0, 2, 6}, {looks(3, 0), looks(3, 0)}, 1000);
  EXPECT_TRUE(found.contains("011100"));
  EXPECT_TRUE(found.contains("110001"));
  EXPECT_FALSE(found.contains("010101"));
  EXPECT_FALSE(found.contains("011010"));
}

TEST(Pos, SamplesTheOrderOfWhatConflicts) {
  // One write against the ten reads of another thread: the walk almost never has the write last, since it
  // would have to choose the other one ten times.
  const std::vector<Script> scripts = {looks(10, 0), {{.step = {1, true}}}};
  const auto last = [&](StrategyKind kind) {
    return orders({kind, 0, 1, 1}, scripts, 2000)["00000000001"];
  };
  EXPECT_GT(last(StrategyKind::kPos), 8 * last(StrategyKind::kRandomWalk));
}

TEST(Pos, DrawsAgainOnlyForStepsThatConflict) {
  // The second thread's step keeps its priority as long as nothing touches its object: how often it is last
  // among four is one in four, whatever the others do. A step that conflicts draws after each of the others.
  const std::vector<Script> apart = {looks(1, 1), looks(1, 1), looks(1, 1), {{.step = {2, true}}}};
  const std::vector<Script> together = {
      looks(1, 1), looks(1, 1), looks(1, 1), {{.step = {1, true}}}};
  const auto last = [](const std::vector<Script>& scripts) {
    int count = 0;
    for (const auto& [order, times] : orders({StrategyKind::kPos, 0, 1, 1}, scripts, 4000)) {
      count += order.back() == '3' ? times : 0;
    }
    return count;
  };
  EXPECT_NEAR(last(apart), 1000, 120);
  EXPECT_LT(last(together), 800);
}

// Two threads that write two objects one after the other, and one that reads both in between.
std::vector<Script> writers_and_a_reader(u32 writers) {
  const Script writes = {{.step = {1, true, internal::controlled::StepRole::kPlain, false, 10}},
                         {.step = {2, true, internal::controlled::StepRole::kPlain, false, 20}}};
  std::vector<Script> scripts(writers, writes);
  scripts.push_back({{.step = {1, false, internal::controlled::StepRole::kPlain, false, 30}},
                     {.step = {2, false, internal::controlled::StepRole::kPlain, false, 40}}});
  return scripts;
}

// How often the reader comes between all first writes and all second ones.
int in_between(StrategyKind kind, u32 writers, u32 times) {
  const auto experience = std::make_unique<Experience>();
  Strategy strategy;
  int count = 0;
  const char reader = static_cast<char>('0' + writers);
  for (u32 i = 0; i < times; ++i) {
    strategy.new_execution({kind, seed_of(3, i), 3, 10}, experience.get());
    const std::string order = play(strategy, writers_and_a_reader(writers));
    std::map<char, int> steps;
    bool second = false;
    bool first = false;
    bool found = false;
    for (const char thread : order) {
      if (thread == reader) {
        if (steps[thread]++ == 1) found = first && !second;
        if (second) break;
        continue;
      }
      first = true;
      second |= steps[thread]++ == 1;
    }
    count += found ? 1 : 0;
  }
  return count;
}

TEST(Postponing, HoldsAllThreadsAtOnePlace) {
  EXPECT_GT(in_between(StrategyKind::kPostpone, 8, 400), 30)
      << "one place of four is the right one";
  EXPECT_GT(in_between(StrategyKind::kPostpone, 8, 400),
            2 * in_between(StrategyKind::kPct, 8, 400));
}

TEST(Postponing, LetsOneGoOnForWhomTheOthersSpin) {
  for (const u32 spinners : {1U, 3U}) {
    const auto experience = std::make_unique<Experience>();
    Strategy strategy;
    for (u32 i = 0; i < 200; ++i) {
      bool ready = false;
      std::vector<Script> scripts(
          spinners, {{.step = {1, false, internal::controlled::StepRole::kPlain, false, 20},
                      .spins = [&] { return !ready; }}});
      scripts.push_back({{.step = {1, true, internal::controlled::StepRole::kPlain, false, 10},
                          .run = [&] { ready = true; }}});
      strategy.new_execution({StrategyKind::kPostpone, seed_of(3, i), 3, 10}, experience.get());
      EXPECT_LT(play(strategy, scripts, 500).size(), 60U) << "execution " << i;
      EXPECT_TRUE(ready);
    }
  }
}

TEST(Surw, ChoosesTheOrderAtAnObjectUniformly) {
  // One step of a thread against ten of another one at the same object: eleven orders, each as likely.
  const std::vector<Script> scripts = {Script(10, Move{.step = {7, false}}), {{.step = {7, true}}}};
  const auto experience = std::make_unique<Experience>();
  Strategy strategy;
  std::map<std::string, int> found;
  for (u32 i = 0; i < 4400; ++i) {
    strategy.new_execution({StrategyKind::kSurw, seed_of(3, i), 3, 10}, experience.get());
    ++found[play(strategy, scripts)];
  }
  ASSERT_EQ(found.size(), 11U);
  for (const auto& [order, times] : found) EXPECT_NEAR(times, 400, 100) << order;
}

const Experience::Object* object_of(const Experience& experience, u64 address) {
  for (u32 i = 0; i < experience.object_count; ++i) {
    if (experience.objects[i].address == address) return &experience.objects[i];
  }
  return nullptr;
}

TEST(Learning, TellsWhatThreadsComeToInMoreThanOneOrder) {
  constexpr u64 kHandedOn = 1;
  constexpr u64 kFirstComes = 2;
  constexpr u64 kComesBack = 3;
  constexpr u64 kOnlyRead = 4;
  constexpr u64 kPrivate = 1000;
  const auto experience = std::make_unique<Experience>();
  experience->thread_count = 2;
  for (u32 i = 0; i < 20; ++i) {
    experience->begin();
    // Far more than there is room for objects, and before those that count.
    for (u64 k = 0; k < 2000; ++k) experience->note(0, {.object = kPrivate + k, .changes = true});
    experience->note(0, {.object = kHandedOn, .changes = true});
    experience->note(1, {.object = kHandedOn});
    experience->note(static_cast<ThreadNumber>(i % 2), {.object = kFirstComes, .changes = true});
    experience->note(static_cast<ThreadNumber>(1 - i % 2), {.object = kFirstComes});
    for (const ThreadNumber thread : {ThreadNumber{0}, ThreadNumber{1}, ThreadNumber{0}}) {
      experience->note(thread, {.object = kComesBack, .changes = true});
      experience->note(thread, {.object = kOnlyRead});
    }
  }
  experience->begin();
  ASSERT_NE(object_of(*experience, kHandedOn), nullptr);
  EXPECT_EQ(object_of(*experience, kHandedOn)->contention, 0);
  ASSERT_NE(object_of(*experience, kFirstComes), nullptr);
  EXPECT_NE(object_of(*experience, kFirstComes)->contention, 0);
  ASSERT_NE(object_of(*experience, kComesBack), nullptr);
  EXPECT_NE(object_of(*experience, kComesBack)->contention, 0);
  EXPECT_EQ(object_of(*experience, kComesBack)->known[0], 2);
  EXPECT_EQ(object_of(*experience, kOnlyRead), nullptr);
  EXPECT_EQ(experience->object_count, 3U) << "what one thread uses takes no room";
}

TEST(Learning, KnowsEachPlaceThatUsesWhatIsShared) {
  const auto experience = std::make_unique<Experience>();
  experience->thread_count = 2;
  experience->begin();
  experience->note(0, {.object = 1, .changes = true, .site = 10});
  experience->note(1, {.object = 1, .changes = true, .site = 20});
  experience->note(1, {.object = 1, .site = 30});  // its own value, in this order
  experience->note(1, {.object = 2, .changes = true, .site = 40});
  const std::set<int> places(experience->places, experience->places + experience->place_count);
  EXPECT_EQ(places, (std::set<int>{10, 20, 30}));
}

TEST(Surw, WithoutExperienceIsARandomWalk) {
  Strategy strategy;
  Strategy walk;
  strategy.new_execution({StrategyKind::kSurw, 5, 3, 10});
  walk.new_execution({StrategyKind::kRandomWalk, 5, 3, 10});
  const std::vector<Script> scripts = writers_and_a_reader(3);
  EXPECT_EQ(play(strategy, scripts), play(walk, scripts));
}

TEST(Steps, ConflictByTheirPlacesInTheOneOrder) {
  Step sequential{0x1000, false};
  sequential.also = kOrdered;
  Step other{0x2000, true};
  other.also = kOrdered;
  Step fence;
  fence.also = kOrdersAll;
  const Step relaxed{0x2000, true};
  EXPECT_FALSE(conflict(sequential, other));
  EXPECT_TRUE(conflict(sequential, fence));
  EXPECT_TRUE(conflict(fence, other));
  EXPECT_TRUE(conflict(fence, fence));
  EXPECT_FALSE(conflict(fence, relaxed));
  EXPECT_TRUE(conflict(other, relaxed));
}

TEST(Turns, ChangeWhoGoesOnWhereTheySaySo) {
  const internal::controlled::Turn turns[] = {{0, 2, 0}};
  Strategy strategy;
  Settings settings{.kind = StrategyKind::kTurns};
  settings.turns = turns;
  settings.turn_count = 1;
  const Step steps[3] = {};
  const ThreadNumber runnable[] = {2, 0, 1};
  strategy.new_execution(settings);
  Moment moment{.runnable = runnable, .count = 3, .current = 0, .yields = false, .steps = steps};
  EXPECT_EQ(strategy.next(moment), 2);
  moment.position = 1;
  EXPECT_EQ(strategy.next(moment), 0) << "goes on";
  moment.yields = true;
  EXPECT_EQ(strategy.next(moment), 1) << "the next one in the round";
  moment.current = 2;
  EXPECT_EQ(strategy.next(moment), 0);
}

TEST(Mix, GivesEachStrategyItsShareAndEachExecutionItsSeed) {
  std::map<StrategyKind, int> share;
  std::set<u64> seeds;
  for (u64 i = 0; i < 1000; ++i) {
    const Settings settings = mixed(5, i, 3, 40);
    ++share[settings.kind];
    seeds.insert(settings.seed);
    EXPECT_EQ(settings.seed, seed_of(5, i));
  }
  EXPECT_EQ(seeds.size(), 1000U);
  for (const StrategyKind kind : kKinds) EXPECT_GE(share[kind], 80);
  EXPECT_GE(share[StrategyKind::kPostpone], 330);
  EXPECT_GE(share[StrategyKind::kSurw], 330);
}

}  // namespace
}  // namespace gridlock::toys
