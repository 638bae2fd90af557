// SPDX-License-Identifier: Apache-2.0
//
// What is said to be no news, without a look into the graph: random programs are told to two predictions,
// to one in full and to the other only as far as it calls it news. Both must report the same cycles at the
// same moments. And what is never news again must not be taken for settled in another thread, segment or
// mode.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "harness/analysis/own_glances.h"
#include "harness/analysis/prediction.h"

namespace gridlock::internal {
namespace {

u64 at_a_glance(HeldNode held) {
  return node_of(held) | (is_shared(held) ? RequestNews::kReads : 0);
}

using Cycle = std::set<NodeId>;

class World {
 public:
  explicit World(u32 contexts_per_edge) {
    LockOrderLimits limits;
    limits.nodes = 600;
    limits.edges = 20'000;
    limits.writers = 64;
    limits.contexts_per_edge = contexts_per_edge;
    const PredictionHooks hooks{&World::on_cycle, &World::no_alias, this};
    EXPECT_TRUE(prediction_.init(limits, hooks));
    for (u32 thread = 0; thread < kThreads; ++thread) {
      threads_[thread].thread = thread + 1;
      glances_[thread] = std::make_unique<OwnGlances>();
      prediction_.appears(threads_[thread]);
      prediction_.begins(threads_[thread]);
    }
  }
  ~World() { prediction_.release(); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  struct Held {
    NodeId node;
    Mode mode;
  };
  /// True if something of it was told.
  bool asks(u32 thread, const std::vector<Held>& held, NodeId wanted, Mode mode, bool in_full) {
    const ThreadNode& node = threads_[thread];
    std::vector<HeldNode> set;
    std::vector<HeldLock> locks;
    for (const Held& each : held) {
      set.push_back(held_node(each.node, each.mode));
      locks.push_back({each.node, each.node, each.node, each.mode, false});
    }
    const u32 count = static_cast<u32>(locks.size());
    PendingRequest request{locks.data(), count, wanted};
    if (!in_full) {
      const Wanted what{wanted, mode, false};
      if (is_settled_at_a_glance(thread, set, what)) return false;
      const News news = prediction_.news_of(node, set.data(), count, what);
      if (news.none()) return false;
      for (u32 i = 0; i < count; ++i) locks[i].known = (news.edges >> i & 1) == 0;
      request.keyed = true;
      request.asked_before = !news.asked;
      request.writer_known = !news.writer;
    }
    prediction_.asks(node, request, {wanted, wanted, mode, false, false});
    return true;
  }
  void joins(u32 thread, u32 other) {
    prediction_.joined(threads_[thread], threads_[other].segment);
    SegmentId& segment = threads_[other].segment;
    segment = prediction_.segments().add(segment, 0);
  }
  std::set<Cycle> take() { return std::exchange(found_, {}); }
  LockOrderGraph& graph() { return prediction_.graph(); }
  static constexpr u32 kThreads = 5;

 private:
  // First what the thread itself has found, as no_order_news().
  bool is_settled_at_a_glance(u32 thread, const std::vector<HeldNode>& set, const Wanted& wanted) {
    const ThreadNode& node = threads_[thread];
    const u64 place = RequestNews::place_of(node);
    const u64 stamp = prediction_.stamp_of_glances(place, node.notifications);
    const u32 count = static_cast<u32>(set.size());
    const u32 word = RequestNews::word_of(wanted);
    const auto entry = [&](u32 i) { return at_a_glance(set[i]); };
    if (count != 0 && glances_[thread]->has(stamp, word, count, entry)) return true;
    const u32 from =
        prediction_.no_news_at_a_glance(place, node.notifications, count, wanted, entry);
    if (from != 0) glances_[thread]->add(stamp, word, count, from, entry);
    return from != 0;
  }
  static void on_cycle(const CycleStep* steps, u32 length, void* self) {
    Cycle cycle;
    for (u32 i = 0; i < length; ++i) cycle.insert(steps[i].from);
    static_cast<World*>(self)->found_.insert(cycle);
  }
  static NodeId no_alias(NodeId, void*) { return 0; }
  Prediction prediction_;
  ThreadNode threads_[kThreads];
  std::unique_ptr<OwnGlances> glances_[kThreads];
  std::set<Cycle> found_;
};

struct Shape {
  u32 locks;
  u32 depth;
  u32 steps;
  u32 disorder;  // one nest in so many is not in ascending order
};

// How many requests were no news.
u32 compare(unsigned seed, const Shape& shape, u32* cycles) {
  std::mt19937 random{seed};
  const auto pick = [&](u32 bound) { return static_cast<u32>(random() % bound); };
  World whole(10'000);
  World sparing(10'000);
  u32 settled = 0;
  for (u32 step = 0; step < shape.steps; ++step) {
    if (pick(60) == 0) {
      const u32 thread = pick(World::kThreads);
      const u32 other = pick(World::kThreads);
      if (thread != other) {
        whole.joins(thread, other);
        sparing.joins(thread, other);
      }
      continue;
    }
    std::set<NodeId> chosen;
    const u32 depth = 2 + pick(shape.depth - 1);
    while (chosen.size() < depth) chosen.insert(1 + pick(shape.locks));
    std::vector<NodeId> nest(chosen.begin(), chosen.end());
    if (pick(shape.disorder) == 0) std::ranges::shuffle(nest, random);
    const u32 thread = pick(World::kThreads);
    std::vector<World::Held> held;
    for (const NodeId wanted : nest) {
      const Mode mode = pick(4) == 0 ? Mode::kShared : Mode::kExclusive;
      whole.asks(thread, held, wanted, mode, true);
      settled += sparing.asks(thread, held, wanted, mode, false) ? 0 : 1;
      held.push_back({wanted, mode});
      const std::set<Cycle> expected = whole.take();
      const std::set<Cycle> found = sparing.take();
      EXPECT_EQ(found, expected) << "seed " << seed << ", step " << step;
      if (testing::Test::HasFailure()) return settled;
      *cycles += static_cast<u32>(expected.size());
    }
  }
  return settled;
}

TEST(Settled, LeavesOutNothingThatClosesACycle) {
  u32 cycles = 0;
  u32 settled = 0;
  for (unsigned seed = 1; seed <= 15; ++seed) {
    settled += compare(seed, {6, 4, 120, 3}, &cycles);
    settled += compare(seed, {12, 5, 150, 30}, &cycles);
    if (HasFailure()) return;
  }
  EXPECT_GT(cycles, 100U);
  EXPECT_GT(settled, 1000U);
}

// Ascending nests out of 300 locks that another block of entries holds as well.
TEST(Settled, KnowsLocksOfSeveralBlocks) {
  u32 cycles = 0;
  EXPECT_GT(compare(7, {500, 3, 3000, 1000}, &cycles), 100U);
}

TEST(Settled, BoundsWhatAnEdgeKeepsHoweverOftenAProgramNests) {
  World world(8);
  std::mt19937 random{1};
  u32 told = 0;
  u32 asked = 0;
  const auto nest = [&](u32 count) {
    told = asked = 0;
    for (u32 i = 0; i < count; ++i) {
      std::set<NodeId> chosen;
      while (chosen.size() < 6) chosen.insert(1 + static_cast<NodeId>(random() % 20));
      std::vector<World::Held> held;
      for (const NodeId wanted : chosen) {
        told += world.asks(i % 4, held, wanted, Mode::kExclusive, false) ? 1 : 0;
        ++asked;
        held.push_back({wanted, Mode::kExclusive});
      }
    }
  };
  nest(30'000);
  const u64 contexts = world.graph().contexts();
  EXPECT_LT(contexts, u64{190} * 64);
  nest(10'000);
  EXPECT_LT(told * 100, asked) << "nearly nothing is news any more";
}

TEST(Settled, TellsThreadsSegmentsModesAndHeldSetsApart) {
  World world(8);
  const auto news = [&](u32 thread, const std::vector<World::Held>& held, Mode mode) {
    return world.asks(thread, held, 9, mode, false);
  };
  const World::Held a{1, Mode::kExclusive};
  const World::Held b{2, Mode::kExclusive};
  const World::Held c{3, Mode::kExclusive};
  EXPECT_TRUE(news(0, {a, b}, Mode::kExclusive));
  EXPECT_TRUE(news(0, {a, b}, Mode::kExclusive))
      << "two new edges: only what comes again is worth a place";
  EXPECT_FALSE(news(0, {a, b}, Mode::kExclusive));
  EXPECT_TRUE(news(1, {a, b}, Mode::kExclusive)) << "another thread";
  EXPECT_TRUE(news(0, {a, b}, Mode::kShared)) << "another mode";
  EXPECT_TRUE(news(0, {a, c}, Mode::kExclusive)) << "without b";
  EXPECT_TRUE(news(0, {a}, Mode::kExclusive)) << "fewer gates";
  EXPECT_TRUE(news(0, {b}, Mode::kExclusive));
  EXPECT_FALSE(news(0, {a, b}, Mode::kExclusive)) << "held: each edge is known with less";
  EXPECT_FALSE(news(0, {b, a}, Mode::kExclusive)) << "in which order they are held is no matter";
  world.joins(0, 1);
  EXPECT_TRUE(news(0, {a}, Mode::kExclusive)) << "another segment";
}

// Who waits for a thread has to know what it asked for, and not only that others asked for the same: each thread's
// first request is news, also where the row of all threads says that nothing can come of its edges.
TEST(Settled, ARequestThatIsNotOnRecordIsNewsAlthoughItsEdgesAreSettledForAllThreads) {
  World world(2);
  const World::Held a{1, Mode::kExclusive};
  const auto news = [&](u32 thread) { return world.asks(thread, {a}, 9, Mode::kExclusive, false); };
  EXPECT_TRUE(news(0));
  EXPECT_TRUE(news(1));
  EXPECT_TRUE(news(2)) << "the edge is full: it says so of all threads from now on";
  EXPECT_FALSE(news(2));
  EXPECT_FALSE(news(2)) << "at a glance";
  EXPECT_TRUE(news(3)) << "nobody has heard of this thread's request";
  EXPECT_FALSE(news(3));
}

}  // namespace
}  // namespace gridlock::internal
