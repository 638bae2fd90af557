// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/process_tree_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace gridlock::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Id = std::pair<u32, u32>;  // process, slot

struct Thread {
  Id id;
  TreeNeed need;
  std::vector<u32> slots = {};
  Id other = {};
};

struct Process {
  u32 number;
  u32 live;
  u32 main_slot = 0;
};

struct Tree {
  std::vector<Process> processes;
  std::vector<Thread> threads;
};

constexpr u32 kRoom = 1000;

class TreeGraph {
 public:
  explicit TreeGraph(const Tree& tree, u32 room = kRoom) : releasers_(kRoom) {
    std::vector<ProcessNode> processes;
    for (const Process& process : tree.processes)
      processes.push_back({process.number, process.main_slot, process.live});
    std::vector<WaitingThread> threads;
    std::vector<u32> slots;
    for (const Thread& thread : tree.threads) {
      threads.push_back({thread.id.first, thread.id.second, thread.need,
                         static_cast<u32>(slots.size()), static_cast<u32>(thread.slots.size()),
                         thread.other.first, thread.other.second});
      std::ranges::copy(thread.slots, std::back_inserter(slots));
      ids_.push_back(thread.id);
    }
    waiters_.resize(threads.size());
    others_run_ =
        fill_tree_graph(processes.data(), static_cast<u32>(processes.size()), threads.data(),
                        size(), slots.data(), waiters_.data(), releasers_.data(), room);
    find_stuck(waiters_.data(), size(), releasers_.data(), others_run_);
  }
  u32 size() const { return static_cast<u32>(waiters_.size()); }
  bool others_run() const { return others_run_; }
  std::set<Id> stuck() const {
    std::set<Id> result;
    for (u32 i = 0; i < size(); ++i) {
      if (waiters_[i].stuck) result.insert(ids_[i]);
    }
    return result;
  }
  std::vector<Id> cycle(WaiterIndex start) const {
    std::vector<WaiterIndex> path(size());
    std::vector<WaiterIndex> scratch(size());
    const u32 length =
        find_cycle(waiters_.data(), size(), releasers_.data(), start, path.data(), scratch.data());
    std::vector<Id> result;
    for (u32 i = 0; i < length; ++i) result.push_back(ids_[path[i]]);
    return result;
  }

 private:
  std::vector<WaiterIndex> releasers_;
  std::vector<Waiter> waiters_;
  std::vector<Id> ids_;
  bool others_run_ = false;
};

std::set<Id> stuck(const Tree& tree) { return TreeGraph{tree}.stuck(); }

constexpr Id kP1{1, 0};
constexpr Id kP2{2, 0};
constexpr Id kP2Helper{2, 1};

Thread owned_by(Id id, Id owner) { return {id, TreeNeed::kThread, {}, owner}; }
Thread joins(Id id, u32 process) { return {id, TreeNeed::kProcess, {}, {process, 0}}; }
Thread local(Id id, u32 slot) { return {id, TreeNeed::kThreads, {slot}}; }
Thread permit(Id id) { return {id, TreeNeed::kTree}; }

const std::vector<Process> kOneThreadEach = {{1, 1}, {2, 1}};

TEST(ProcessTreeGraph, TwoProcessesThatCrossTwoLocksAreStuck) {
  const Tree tree{kOneThreadEach, {owned_by(kP1, kP2), owned_by(kP2, kP1)}};
  EXPECT_THAT(stuck(tree), ElementsAre(kP1, kP2));
  EXPECT_THAT(TreeGraph{tree}.cycle(0), ElementsAre(kP1, kP2));
}

TEST(ProcessTreeGraph, AChainToAThreadThatRunsIsNot) {
  EXPECT_THAT(stuck({kOneThreadEach, {owned_by(kP1, kP2)}}), IsEmpty());
}

TEST(ProcessTreeGraph, ACycleIsStuckWhateverOtherProcessesDo) {
  EXPECT_THAT(stuck({{{1, 1}, {2, 1}, {3, 5}}, {owned_by(kP1, kP2), owned_by(kP2, kP1)}}),
              ElementsAre(kP1, kP2));
}

TEST(ProcessTreeGraph, TheSameSlotOfAnotherProcessIsAnotherThread) {
  EXPECT_THAT(stuck({{{1, 1}, {2, 1}, {3, 1}}, {owned_by(kP1, kP2), owned_by(kP2, {3, 0})}}),
              IsEmpty());
}

TEST(ProcessTreeGraph, GoesThroughAJoinAndALocalLock) {
  const Tree tree{{{1, 1}, {2, 2}}, {joins(kP1, 2), local(kP2, 1), owned_by(kP2Helper, kP1)}};
  EXPECT_THAT(stuck(tree), ElementsAre(kP1, kP2, kP2Helper));
  EXPECT_THAT(TreeGraph{tree}.cycle(1), ElementsAre(kP2, kP2Helper, kP1));
}

TEST(ProcessTreeGraph, AJoinWaitsForTheMainThreadWhicheverSlotItHas) {
  const std::vector<Thread> threads = {joins(kP1, 2), owned_by(kP2Helper, kP1)};
  EXPECT_THAT(stuck({{{1, 1}, {2, 2, 1}}, threads}), ElementsAre(kP1, kP2Helper));
  EXPECT_THAT(stuck({{{1, 1}, {2, 2, 0}}, threads}), IsEmpty());
}

TEST(ProcessTreeGraph, AJoinOfAProcessThatHasEndedGoesOn) {
  EXPECT_THAT(stuck({{{1, 1}}, {joins(kP1, 2)}}), IsEmpty());
}

TEST(ProcessTreeGraph, ALockOfAProcessThatHasEndedIsHandedOn) {
  EXPECT_THAT(stuck({{{1, 1}}, {owned_by(kP1, kP2)}}), IsEmpty());
}

TEST(ProcessTreeGraph, EverybodyWaitingForAPermitOfTheTreeIsStuck) {
  EXPECT_THAT(stuck({kOneThreadEach, {permit(kP1), permit(kP2)}}), ElementsAre(kP1, kP2));
}

TEST(ProcessTreeGraph, NobodyIsWhileOneThreadOfOneProcessRuns) {
  const TreeGraph graph{{{{1, 1}, {2, 2}}, {permit(kP1), permit(kP2)}}};
  EXPECT_TRUE(graph.others_run());
  EXPECT_THAT(graph.stuck(), IsEmpty());
}

TEST(ProcessTreeGraph, AProcessOfWhichNothingIsKnownRuns) {
  EXPECT_THAT(stuck({{{1, 1}, {2, 1}, {3, 1}}, {permit(kP1), permit(kP2)}}), IsEmpty());
}

TEST(ProcessTreeGraph, AProcessThatHasEndedDoesNotRun) {
  EXPECT_THAT(stuck({{{1, 1}}, {permit(kP1)}}), ElementsAre(kP1));
}

TEST(ProcessTreeGraph, ALocalPermitNeedsAThreadOfItsOwnProcess) {
  const Thread waiting{kP2, TreeNeed::kOwnProcess};
  EXPECT_THAT(stuck({{{1, 1}, {2, 2}}, {waiting, owned_by(kP2Helper, kP2)}}),
              ElementsAre(kP2, kP2Helper))
      << "whatever process 1 does";
  EXPECT_THAT(stuck({{{1, 1}, {2, 2}}, {waiting}}), IsEmpty());
}

TEST(ProcessTreeGraph, AWaitForOneOfAPoolEndsWhenOneOfItIsNotListed) {
  const Thread waiting{kP2, TreeNeed::kAnyOf, {1, 2}};
  EXPECT_THAT(stuck({{{1, 1}, {2, 3}}, {waiting, local(kP2Helper, 0), local({2, 2}, 0)}}),
              ElementsAre(kP2, kP2Helper, Id(2, 2)));
  EXPECT_THAT(stuck({{{1, 1}, {2, 3}}, {waiting, local(kP2Helper, 0)}}), IsEmpty());
}

TEST(ProcessTreeGraph, WhoNeedsOneThatHasEndedIsStuckAndWhoCanGoOnIsNot) {
  EXPECT_THAT(stuck({kOneThreadEach, {{kP1, TreeNeed::kNever}, {kP2, TreeNeed::kCanGoOn}}}),
              ElementsAre(kP1));
}

TEST(ProcessTreeGraph, WithoutRoomAWaitCountsAsOneThatCanEnd) {
  const Tree tree{kOneThreadEach, {owned_by(kP1, kP2), owned_by(kP2, kP1)}};
  EXPECT_THAT(TreeGraph(tree, 1).stuck(), IsEmpty());
}

// The naive model: let whoever can go on do so, until nothing happens.
std::set<Id> model(const Tree& tree) {
  std::set<Id> waiting;
  for (const Thread& thread : tree.threads) waiting.insert(thread.id);
  const auto lives = [&](u32 number) {
    return std::ranges::find(tree.processes, number, &Process::number) != tree.processes.end();
  };
  const auto runs_in = [&](u32 number) {  // a thread of the process
    const auto process = std::ranges::find(tree.processes, number, &Process::number);
    return process != tree.processes.end() &&
           std::ranges::count(waiting, number, &Id::first) < static_cast<int>(process->live);
  };
  const auto goes_on = [&](const Thread& thread) {
    const auto runs = [&](u32 slot) { return !waiting.contains({thread.id.first, slot}); };
    switch (thread.need) {
      case TreeNeed::kThreads:
        return std::ranges::all_of(thread.slots, runs);
      case TreeNeed::kAnyOf:
        return std::ranges::any_of(thread.slots, runs);
      case TreeNeed::kOwnProcess:
        return runs_in(thread.id.first);
      case TreeNeed::kThread:
        return !lives(thread.other.first) || !waiting.contains(thread.other);
      case TreeNeed::kProcess: {
        const auto joined = std::ranges::find(tree.processes, thread.other.first, &Process::number);
        return joined == tree.processes.end() ||
               !waiting.contains({joined->number, joined->main_slot});
      }
      case TreeNeed::kTree:
        return std::ranges::any_of(tree.processes, runs_in, &Process::number);
      case TreeNeed::kNever:
        return false;
      case TreeNeed::kCanGoOn:
        return true;
    }
    return true;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (const Thread& thread : tree.threads) {
      if (waiting.contains(thread.id) && goes_on(thread)) {
        waiting.erase(thread.id);
        changed = true;
      }
    }
  }
  return waiting;
}

Tree random_tree(std::mt19937& engine) {
  const auto random = [&engine](u32 below) { return static_cast<u32>(engine()) % below; };
  Tree tree;
  const u32 members = 1 + random(4);
  const u32 running = random(6);  // of 12
  for (u32 number = 1; number <= members; ++number) {
    const u32 live = 1 + random(4);
    tree.processes.push_back({number, live, random(live)});
    for (u32 slot = 0; slot < live; ++slot) {
      if (random(12) < running) continue;
      Thread thread{{number, slot}, static_cast<TreeNeed>(random(8))};
      if (thread.need == TreeNeed::kCanGoOn && random(2) != 0) thread.need = TreeNeed::kThread;
      for (u32 i = random(4); i > 0; --i) thread.slots.push_back(random(live));
      thread.other = {1 + random(members + (random(8) == 0 ? 1 : 0)), random(4)};
      tree.threads.push_back(thread);
    }
  }
  return tree;
}

TEST(ProcessTreeGraph, IsWhatTheNaiveModelSaysOfRandomTrees) {
  const unsigned seed =
      20261128u + static_cast<unsigned>(testing::UnitTest::GetInstance()->random_seed());
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  int with_stuck = 0;
  for (int round = 0; round < 30'000; ++round) {
    const Tree tree = random_tree(random);
    const std::set<Id> found = stuck(tree);
    ASSERT_EQ(found, model(tree)) << "round " << round;
    if (!found.empty()) ++with_stuck;
  }
  EXPECT_GT(with_stuck, 1000) << "the rounds show something";
}

}  // namespace
}  // namespace gridlock::internal
