// SPDX-License-Identifier: Apache-2.0
//
// What prediction forgets of objects that are gone and of threads that have ended, and what it must not.
#include <gtest/gtest.h>

#include <array>
#include <initializer_list>
#include <set>
#include <utility>
#include <vector>

#include "harness/analysis/prediction.h"

namespace gridlock::internal {
namespace {

std::set<u32> g_joinable;
std::vector<SegmentId> g_segments;

// Threads and locks, told to prediction in words of one line each.
class World {
 public:
  World() {
    LockOrderLimits limits;
    limits.nodes = 4096;
    limits.edges = 1u << 17;
    g_joinable.clear();
    g_segments.clear();
    EXPECT_TRUE(prediction_.init(limits, {&World::found, &World::alias, this}));
  }
  ~World() { prediction_.release(); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  ThreadNode& thread(u32 number) { return threads_[number]; }
  void appears(u32 number) {
    threads_[number].thread = number;
    prediction_.appears(threads_[number]);
    prediction_.begins(threads_[number]);
  }
  void starts(u32 parent, u32 child) {
    threads_[child] = ThreadNode{};
    threads_[child].thread = child;
    prediction_.starts(threads_[parent], threads_[child]);
    prediction_.begins(threads_[child]);
    g_joinable.insert(child);
  }
  void ends(u32 number) { prediction_.ends(threads_[number]); }
  void joins(u32 parent, u32 child) {
    ends(child);
    prediction_.joined(threads_[parent], threads_[child].segment);
    g_joinable.erase(child);
  }
  // `held` from the outermost on.
  void asks(u32 thread, std::initializer_list<NodeId> held, NodeId wanted) {
    asks(thread, std::vector<NodeId>(held), wanted);
  }
  void asks(u32 thread, const std::vector<NodeId>& held, NodeId wanted) {
    std::vector<HeldLock> locks;
    for (const NodeId lock : held) locks.push_back({lock, lock, 0, Mode::kExclusive, false, 1});
    prediction_.asks(threads_[thread], {locks.data(), static_cast<u32>(locks.size()), 0},
                     {wanted, wanted});
  }
  void nests(u32 thread, NodeId outer, NodeId inner) {
    asks(thread, {}, outer);
    asks(thread, {outer}, inner);
  }
  // The nodes are gone; returns those that are free.
  std::set<NodeId> forgets(const std::vector<NodeId>& gone) {
    prediction_.forget({gone.data(), static_cast<u32>(gone.size()),
                        [](u32 thread) noexcept { return g_joinable.contains(thread); },
                        [](void (*mark)(SegmentId, void*), void* argument) noexcept {
                          for (const SegmentId segment : g_segments) mark(segment, argument);
                        }});
    std::set<NodeId> free;
    for (const NodeId node : gone) {
      if (prediction_.is_free(node)) free.insert(node);
    }
    return free;
  }
  // Since the last time.
  u32 cycles() { return std::exchange(cycles_, 0); }
  Prediction& prediction() { return prediction_; }

 private:
  static void found(const CycleStep*, u32, void* world) noexcept {
    ++static_cast<World*>(world)->cycles_;
  }
  static NodeId alias(NodeId, void*) noexcept { return next_alias++; }

  static inline NodeId next_alias = 3000;
  std::array<ThreadNode, 2048> threads_{};
  Prediction prediction_;
  u32 cycles_ = 0;
};

TEST(Forgetting, LetsANodeBeAnotherLockThatHasNoneOfTheOldOnesEdges) {
  World world;
  world.appears(1);
  world.appears(2);
  world.nests(1, 10, 20);
  EXPECT_EQ(world.forgets({20}), std::set<NodeId>{20});
  world.nests(2, 20, 10);
  EXPECT_EQ(world.cycles(), 0u);
  world.nests(1, 10, 20);  // now it is the same lock
  EXPECT_EQ(world.cycles(), 1u);
}

TEST(Forgetting, KeepsTheEdgesBetweenLocksThatAreThere) {
  World world;
  world.appears(1);
  world.appears(2);
  world.nests(1, 10, 20);
  world.nests(1, 10, 30);
  world.nests(1, 30, 20);
  world.forgets({30});
  world.nests(2, 20, 10);
  EXPECT_EQ(world.cycles(), 1u);
}

TEST(Forgetting, FindsComponentsAnewWhereOneHasLostANode) {
  World world;
  world.appears(1);
  world.appears(2);
  world.nests(1, 10, 20);
  world.nests(2, 20, 10);
  EXPECT_EQ(world.cycles(), 1u);
  EXPECT_TRUE(world.prediction().graph().on_common_cycle(10, 20));
  EXPECT_TRUE(world.forgets({20}).empty())
      << "what thread 2 has asked for it has asked for under that lock";
  world.ends(2);
  EXPECT_EQ(world.forgets({20}), std::set<NodeId>{20});
  world.appears(3);
  world.nests(1, 20, 10);
  EXPECT_FALSE(world.prediction().graph().on_common_cycle(10, 20));
  EXPECT_EQ(world.cycles(), 0u);
  world.nests(3, 10, 20);
  EXPECT_EQ(world.cycles(), 1u) << "the cycle of the lock that is gone hides that of the new one";
}

TEST(Forgetting, KeepsAGateThatIsGoneApartFromEveryOtherLock) {
  World world;
  world.appears(1);
  world.appears(2);
  world.asks(1, {40, 10}, 20);
  world.asks(2, {40, 20}, 10);
  EXPECT_EQ(world.cycles(), 0u);
  EXPECT_TRUE(world.forgets({40}).empty()) << "a held set that is kept has it";
  world.appears(3);
  world.asks(3, {20}, 10);
  EXPECT_EQ(world.cycles(), 1u) << "no gate of this one";
}

TEST(Forgetting, FreesAGateWithTheLastEdgeThatWasMadeUnderIt) {
  World world;
  world.appears(1);
  world.asks(1, {40, 10}, 20);
  EXPECT_TRUE(world.forgets({40}).empty());
  EXPECT_EQ(world.forgets({40, 20}), (std::set<NodeId>{20, 40}));
}

TEST(Forgetting, LeavesOrderedWhatAnEventThatIsGoneHasOrdered) {
  World world;
  world.appears(1);
  world.appears(2);
  const Signal event{50, Channel::kSignal, Rule::kCleared};
  world.nests(1, 10, 20);
  world.prediction().signals(world.thread(1), event);
  world.prediction().received(world.thread(2), event);
  world.forgets({50});
  // Another event in its place, which two threads set.
  world.appears(3);
  world.prediction().signals(world.thread(3), event);
  world.prediction().signals(world.thread(2), event);
  world.nests(2, 20, 10);
  EXPECT_EQ(world.cycles(), 0u);
}

TEST(Forgetting, TakesNoSignalOfTheOldOneForOneOfTheNew) {
  World world;
  world.appears(1);
  world.appears(2);
  const Signal event{50, Channel::kSignal, Rule::kCleared};
  world.prediction().signals(world.thread(1), event);
  world.prediction().received(world.thread(2), event);
  world.forgets({50});
  EXPECT_FALSE(world.prediction().receipt_is_known(world.thread(2), event));
  world.nests(1, 10, 20);
  world.prediction().signals(world.thread(1), event);
  world.prediction().received(world.thread(2), event);
  world.nests(2, 20, 10);
  EXPECT_EQ(world.cycles(), 0u) << "ordered by the new one's first signal";
}

TEST(Forgetting, KeepsWhatAThreadThatMayBeJoinedHasAskedFor) {
  for (const bool joined : {false, true}) {
    World world;
    world.appears(1);
    world.starts(1, 2);
    world.asks(2, {}, 10);
    if (joined) {
      world.joins(1, 2);
    } else {
      world.ends(2);
      g_segments.push_back(world.thread(2).segment);
    }
    world.forgets({});
    const HeldLock held{10, 10, 0, Mode::kExclusive, false, 1};
    world.prediction().asks_to_join(world.thread(1), {&held, 1, 0}, 2, 60);
    EXPECT_EQ(world.cycles(), joined ? 0u : 1u);
  }
}

TEST(Forgetting, KeepsTheOrderOfStartsAndJoinsBetweenWhatIsKept) {
  World world;
  world.appears(1);
  world.nests(1, 10, 20);
  for (u32 child = 2; child < 1000; ++child) {
    world.starts(1, child);
    world.nests(child, 30, 40);
    world.joins(1, child);
    if (child % 100 == 0) world.forgets({});
  }
  world.starts(1, 1000);
  world.nests(1000, 20, 10);
  EXPECT_EQ(world.cycles(), 0u) << "its starter is done with them";
  world.starts(1, 1001);
  world.nests(1001, 10, 20);
  EXPECT_EQ(world.cycles(), 1u) << "beside the other";
}

TEST(Forgetting, LeavesLittleOfThreadsThatComeAndGo) {
  World world;
  world.appears(1);
  for (u32 child = 2; child < 1500; ++child) {
    world.starts(1, child);
    world.nests(child, 30, 40);
    world.joins(1, child);
  }
  world.forgets({});
  EXPECT_LT(world.prediction().segments().kept(), 40u);
  u32 named = 0;
  for (u32 child = 2; child < 1500; ++child)
    named += world.prediction().names_thread(child) ? 1 : 0;
  EXPECT_GT(named, 0u);
  EXPECT_LT(named, 20u);
}

TEST(Forgetting, UsesItsRoomAgain) {
  World world;
  world.appears(1);
  u64 bytes = 0;
  for (u32 round = 0; round < 200; ++round) {
    std::vector<NodeId> gone;
    for (NodeId node = 100; node < 300; ++node) {
      world.asks(1, {10, node}, node + 1000);
      gone.push_back(node);
      gone.push_back(node + 1000);
    }
    EXPECT_EQ(world.forgets(gone).size(), gone.size());
    if (round == 0) bytes = world.prediction().graph().edge_bytes();
    ASSERT_LE(world.prediction().graph().edge_bytes(), bytes + 4096);
  }
}

std::vector<NodeId> very_many() {
  std::vector<NodeId> locks;
  for (NodeId node = 100; node < 200; ++node) locks.push_back(node);
  return locks;
}

TEST(Forgetting, LeavesTheLocksAroundOneThatIsGoneInTheirOrder) {
  for (const NodeId gone : {100u, 150u, 199u}) {
    World world;
    world.appears(1);
    world.appears(2);
    world.asks(1, very_many(), 20);
    world.forgets({gone});
    for (const NodeId other : {120u, 180u}) {
      world.nests(2, 20, other);
      EXPECT_EQ(world.cycles(), 1u) << gone << " is gone, " << other << " is there";
    }
  }
}

TEST(Forgetting, KnowsVeryManyHeldLocksAnewWhereOneIsAnother) {
  World world;
  world.appears(1);
  world.appears(2);
  world.asks(1, very_many(), 20);
  EXPECT_EQ(world.forgets({20, 150}), (std::set<NodeId>{20, 150}));
  world.asks(1, very_many(), 20);
  world.nests(2, 20, 150);
  EXPECT_EQ(world.cycles(), 1u);
}

TEST(Forgetting, UsesTheRoomOfVeryTallNestsAgain) {
  World world;
  world.appears(1);
  world.appears(2);
  u64 bytes = 0;
  for (u32 round = 0; round < 50; ++round) {
    std::vector<NodeId> held = {10};
    for (u32 i = 0; i < 80; ++i) {
      const NodeId next = 500 + i;
      world.asks(1, held, next);
      held.push_back(next);
    }
    world.asks(2, {10}, 11);
    held.erase(held.begin());
    EXPECT_EQ(world.forgets(held).size(), held.size());
    if (round == 0) bytes = world.prediction().graph().edge_bytes();
    ASSERT_LE(world.prediction().graph().edge_bytes(), bytes + 4096);
  }
}

}  // namespace
}  // namespace gridlock::internal
