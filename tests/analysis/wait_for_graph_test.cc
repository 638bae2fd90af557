// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/wait_for_graph.h"
#include "tests/support/effort.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

namespace gridlock::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// What one thread of a snapshot waits for.
struct Need {
  Needs needs = Needs::kNothing;
  std::vector<WaiterIndex> each = {};
  bool only_set = false;
};

const Need kRuns{};
const Need kAnybody{Needs::kAny};
const Need kGone{Needs::kNever};
Need for_each(std::vector<WaiterIndex> set) { return {Needs::kEach, std::move(set)}; }
Need for_any_of(std::vector<WaiterIndex> set) { return {Needs::kAnyOf, std::move(set)}; }
Need for_any_known(std::vector<WaiterIndex> set) { return {Needs::kAny, std::move(set), true}; }
Need for_thread(WaiterIndex releaser) { return for_each({releaser}); }

class Snapshot {
 public:
  explicit Snapshot(const std::vector<Need>& needs, bool others_run = false) {
    for (const Need& need : needs) {
      waiters_.push_back({need.needs, false, static_cast<u32>(releasers_.size()),
                          static_cast<u32>(need.each.size()), need.only_set});
      releasers_.insert(releasers_.end(), need.each.begin(), need.each.end());
    }
    const u32 count = find_stuck(waiters_.data(), size(), releasers_.data(), others_run);
    EXPECT_EQ(count, std::ranges::count(waiters_, true, &Waiter::stuck));
  }
  u32 size() const { return static_cast<u32>(waiters_.size()); }
  std::vector<bool> stuck() const {
    std::vector<bool> result;
    for (const Waiter& waiter : waiters_) result.push_back(waiter.stuck);
    return result;
  }
  std::vector<WaiterIndex> cycle(WaiterIndex start) const {
    std::vector<WaiterIndex> path(size());
    std::vector<WaiterIndex> scratch(size());
    path.resize(
        find_cycle(waiters_.data(), size(), releasers_.data(), start, path.data(), scratch.data()));
    return path;
  }
  std::vector<WaiterIndex> knot(WaiterIndex start) const {
    std::vector<WaiterIndex> path(size());
    std::vector<WaiterIndex> scratch(size());
    path.resize(
        find_knot(waiters_.data(), size(), releasers_.data(), start, path.data(), scratch.data()));
    return path;
  }

 private:
  std::vector<Waiter> waiters_;
  std::vector<WaiterIndex> releasers_;
};

std::vector<bool> stuck(const std::vector<Need>& needs, bool others_run = false) {
  return Snapshot{needs, others_run}.stuck();
}

std::vector<WaiterIndex> knot(const std::vector<Need>& needs, WaiterIndex start) {
  return Snapshot{needs}.knot(start);
}

TEST(Knot, IsAPoolOfWhichEachThreadWaitsForAnyOfThem) {
  EXPECT_THAT(knot({for_any_of({0}), kRuns}, 0), ElementsAre(0));
  EXPECT_THAT(knot({for_any_of({0, 1}), for_any_of({0, 1}), kRuns}, 1), ElementsAre(1, 0));
}
TEST(Knot, IsNoneWhileOneOfThePoolRuns) {
  EXPECT_THAT(knot({for_any_of({0, 1}), kRuns}, 0), IsEmpty());
}
TEST(Knot, GoesThroughALockOfWhoWaitsForThePool) {
  EXPECT_THAT(knot({for_any_of({1, 2}), for_thread(0), for_any_of({1, 2}), kRuns}, 0),
              ElementsAre(0, 1, 2));
}
TEST(Knot, IsACycleToo) { EXPECT_THAT(knot({for_thread(1), for_thread(0)}, 0), ElementsAre(0, 1)); }
TEST(Knot, IsNotWhoOnlyWaitsForOne) {
  EXPECT_THAT(knot({for_any_of({1}), for_any_of({1}), kRuns}, 0), IsEmpty());
}
TEST(Knot, IsNoneWhereSomebodyWaitsForAnyThreadAtAllOrForTheDead) {
  EXPECT_THAT(knot({for_any_of({0, 1}), kAnybody}, 0), IsEmpty());
  EXPECT_THAT(knot({for_any_of({0, 1}), kGone, kRuns}, 0), IsEmpty());
}

using Is = std::vector<bool>;

TEST(Stuck, IsACycleEvenWhileOthersRun) {
  EXPECT_EQ(stuck({for_thread(1), for_thread(0), kRuns}), (Is{true, true, false}));
}
TEST(Stuck, IsNotAChainThatEndsAtAThreadThatRuns) {
  EXPECT_EQ(stuck({for_thread(1), for_thread(2), kRuns}), (Is{false, false, false}));
}
TEST(Stuck, IsWhoeverWaitsForACycle) {
  EXPECT_EQ(stuck({for_thread(1), for_thread(2), for_thread(1), kRuns}),
            (Is{true, true, true, false}));
}
TEST(Stuck, IsAThreadThatWaitsForItself) {
  EXPECT_EQ(stuck({for_thread(0), kRuns}), (Is{true, false}));
}
TEST(Stuck, IsWhoNeedsOneThatHasEndedWhateverElseRuns) {
  EXPECT_EQ(stuck({kGone, for_thread(0), kRuns}, true), (Is{true, true, false}));
}
TEST(Stuck, AreAllWhenEverybodyWaitsForAnybody) {
  EXPECT_EQ(stuck({kAnybody, kAnybody}), (Is{true, true}));
}
TEST(Stuck, IsNobodyWhoWaitsForAnybodyWhileOneRuns) {
  EXPECT_EQ(stuck({kAnybody, kAnybody, kRuns}), (Is{false, false, false}));
}
TEST(Stuck, IsNobodyWhoWaitsForAnybodyWhileAnUntrackedThreadRuns) {
  EXPECT_EQ(stuck({kAnybody, for_thread(0)}, true), (Is{false, false}));
}
TEST(Stuck, IsACycleWhateverUntrackedThreadsDo) {
  EXPECT_EQ(stuck({for_thread(1), for_thread(0)}, true), (Is{true, true}));
}
TEST(Stuck, IsAMixOfALockAndASemaphoreWithNobodyLeft) {
  // T0 holds a lock and waits for a permit; T1 wants the lock; T2 joins T1.
  EXPECT_EQ(stuck({kAnybody, for_thread(0), for_thread(1)}), (Is{true, true, true}));
}
TEST(Stuck, IsAWriterOfWhoseReadersOneWaitsForIt) {
  EXPECT_EQ(stuck({for_each({1, 2}), kRuns, for_thread(0)}), (Is{true, false, true}));
}
TEST(Stuck, IsNotAWriterWhoseReadersWaitForOneThatRuns) {
  EXPECT_EQ(stuck({for_each({1, 2}), kRuns, for_thread(1)}), (Is{false, false, false}));
}
TEST(Stuck, IsAWaitForOneOfSeveralThatAllWaitForItWhateverElseRuns) {
  EXPECT_EQ(stuck({for_any_of({1, 2}), for_thread(0), for_any_of({0}), kRuns}, true),
            (Is{true, true, true, false}));
}
TEST(Stuck, IsNotAWaitForOneOfSeveralWhenOneRuns) {
  EXPECT_EQ(stuck({for_any_of({1, 2}), for_thread(0), kRuns}), (Is{false, false, false}));
}
TEST(Stuck, IsAWaitForOneOfNobody) { EXPECT_EQ(stuck({for_any_of({}), kRuns}), (Is{true, false})); }
TEST(Stuck, IsAWaitThatNobodyIsKnownToEndWhateverElseRuns) {
  EXPECT_EQ(stuck({for_any_known({}), for_thread(0), kRuns}, true), (Is{true, true, false}));
}
TEST(Stuck, IsNotAWaitThatOneOfThoseThatRunIsKnownToEnd) {
  EXPECT_EQ(stuck({for_any_known({2}), for_thread(0), kRuns}, true), (Is{false, false, false}));
}
TEST(Stuck, IsAWaitThatOnlyThoseEndWhoAreStuckThemselves) {
  // A queue that is full, and of which only these two have ever taken.
  EXPECT_EQ(stuck({for_any_known({0, 1}), for_any_known({0, 1}), kRuns}), (Is{true, true, false}));
  EXPECT_EQ(stuck({for_any_known({0, 1}), kRuns}), (Is{false, false}));
}
TEST(Knot, IsNoneOfWaitsThatAnybodyCouldEnd) {
  EXPECT_THAT(knot({for_any_known({0}), kRuns}, 0), IsEmpty());
}
TEST(Stuck, IsNotAWaitForAnEmptySet) { EXPECT_EQ(stuck({for_each({})}), Is{false}); }
TEST(Stuck, AreTwoThatUpgrade) {
  EXPECT_EQ(stuck({for_thread(1), for_thread(0)}), (Is{true, true}));
}
TEST(Stuck, IsNobodyWhereNobodyIs) { EXPECT_EQ(stuck({}), Is{}); }

TEST(Cycle, IsInWaitingOrderFromWhereItIsAskedFor) {
  const Snapshot ring{{for_thread(2), for_thread(0), for_thread(1), kRuns}};
  EXPECT_THAT(ring.cycle(0), ElementsAre(0, 2, 1));
  EXPECT_THAT(ring.cycle(1), ElementsAre(1, 0, 2));
}
TEST(Cycle, IsTheShortestThereIs) {
  const Snapshot two{{for_each({1, 3}), for_thread(2), for_thread(0), for_thread(0)}};
  EXPECT_THAT(two.cycle(0), ElementsAre(0, 3));
}
TEST(Cycle, IsOneThreadThatWaitsForItself) {
  EXPECT_THAT(Snapshot{{for_thread(0)}}.cycle(0), ElementsAre(0));
}
TEST(Cycle, IsNoneForWhoOnlyWaitsBehindIt) {
  EXPECT_THAT(Snapshot({for_thread(1), for_thread(2), for_thread(1)}).cycle(0), IsEmpty());
}
TEST(Cycle, DoesNotLeadThroughAThreadThatAnybodyWakes) {
  EXPECT_THAT(Snapshot({for_thread(1), kAnybody}).cycle(0), IsEmpty());
}

// The naive model: play the releases forward until nothing happens. Who has not run is stuck.
std::vector<bool> model(const std::vector<Need>& needs, bool others_run) {
  std::set<WaiterIndex> ran;
  const auto can_run = [&](const Need& need) {
    switch (need.needs) {
      case Needs::kNothing:
        return true;
      case Needs::kEach:
        return std::ranges::all_of(need.each, [&](WaiterIndex i) { return ran.contains(i); });
      case Needs::kAnyOf:
        return std::ranges::any_of(need.each, [&](WaiterIndex i) { return ran.contains(i); });
      case Needs::kAny:
        return others_run || !ran.empty();
      case Needs::kNever:
        return false;
    }
    return false;
  };
  for (std::size_t before = ~std::size_t{0}; before != ran.size();) {
    before = ran.size();
    for (WaiterIndex i = 0; i < needs.size(); ++i) {
      if (can_run(needs[i])) ran.insert(i);
    }
  }
  std::vector<bool> result;
  for (WaiterIndex i = 0; i < needs.size(); ++i) result.push_back(!ran.contains(i));
  return result;
}

std::vector<Need> random_needs(std::mt19937& engine) {
  const auto random = [&engine] { return static_cast<u32>(engine()); };
  const u32 size = 1 + random() % 9;
  const u32 running = random() % 8;  // of 8
  std::vector<Need> needs(size);
  for (Need& need : needs) {
    const u32 dice = random() % 8;
    if (dice < running) continue;
    const u32 sort = random() % 16;
    if (sort == 0) need = kGone;
    if (sort >= 1 && sort < 5) need = kAnybody;
    if (sort < 5) continue;
    need.needs = sort < 8 ? Needs::kAnyOf : Needs::kEach;
    for (u32 i = random() % 4; i > 0; --i) need.each.push_back(random() % size);
  }
  return needs;
}

TEST(Stuck, IsWhatTheNaiveModelSaysOfRandomGraphs) {
  const unsigned seed =
      20261125u + static_cast<unsigned>(testing::UnitTest::GetInstance()->random_seed());
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  int with_cycle = 0;
  for (int round = 0; round < static_cast<int>(test::effort(100'000)); ++round) {
    const std::vector<Need> needs = random_needs(random);
    const bool others_run = random() % 4 == 0;
    const Snapshot snapshot{needs, others_run};
    ASSERT_EQ(snapshot.stuck(), model(needs, others_run)) << "round " << round;
    for (WaiterIndex start = 0; start < snapshot.size(); ++start) {
      const std::vector<WaiterIndex> cycle = snapshot.cycle(start);
      if (cycle.empty()) continue;
      ++with_cycle;
      ASSERT_EQ(cycle[0], start);
      ASSERT_EQ(std::set(cycle.begin(), cycle.end()).size(), cycle.size()) << "no thread twice";
      for (std::size_t i = 0; i < cycle.size(); ++i) {
        ASSERT_TRUE(snapshot.stuck()[cycle[i]]);
        ASSERT_TRUE(std::ranges::count(needs[cycle[i]].each, cycle[(i + 1) % cycle.size()]) > 0);
      }
    }
  }
  EXPECT_GT(with_cycle, static_cast<int>(test::effort(1000))) << "the rounds show something";
}

}  // namespace
}  // namespace gridlock::internal
