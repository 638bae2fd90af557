// SPDX-License-Identifier: Apache-2.0
//
// Requests with very many locks held, which leave most of their edges out until a search needs them: told
// to one graph as they are, and to another with every edge.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "harness/analysis/lock_order_graph.h"
#include "tests/support/effort.h"

namespace gridlock::internal {
namespace {

class TallGraph {
 public:
  explicit TallGraph(u32 edges = 100'000) {
    LockOrderLimits limits;
    limits.nodes = 20'000;
    limits.edges = edges;
    limits.contexts_per_edge = 64;
    EXPECT_TRUE(segments_.init(10));
    EXPECT_TRUE(graph_.init(limits, &segments_));
  }
  ~TallGraph() {
    graph_.release();
    segments_.release();
  }
  TallGraph(const TallGraph&) = delete;
  TallGraph& operator=(const TallGraph&) = delete;

  void request(u32 thread, const std::vector<NodeId>& held, NodeId wanted, bool tall) {
    const std::set<NodeId> sorted(held.begin(), held.end());
    std::vector<HeldNode> set;
    for (const NodeId each : sorted) set.push_back(held_node(each, Mode::kExclusive));
    RequestContext context;
    context.thread = thread;
    context.held_set = graph_.intern_held_set(set.data(), static_cast<u32>(set.size()));
    if (tall) {
      std::vector<TallHeld> all;
      for (const NodeId each : held) all.push_back({each, each * 10});
      EXPECT_TRUE(graph_.add_tall(all.data(), static_cast<u32>(all.size()), wanted, context,
                                  &TallGraph::on_cycle, this));
      return;
    }
    for (std::size_t i = held.size(); i > 0; --i) {
      context.held_site = held[i - 1] * 10;
      graph_.add(held[i - 1], wanted, context, &TallGraph::on_cycle, this);
    }
  }
  std::set<std::set<NodeId>> take_found() { return std::exchange(found_, {}); }
  LockOrderGraph& graph() { return graph_; }

 private:
  static void on_cycle(const CycleStep* steps, u32 length, void* self) {
    std::set<NodeId> locks;
    for (u32 i = 0; i < length; ++i) {
      EXPECT_EQ(steps[i].to, steps[(i + 1) % length].from);
      EXPECT_EQ(steps[i].context.held_site, steps[i].from * 10) << "not where it was acquired";
      locks.insert(steps[i].from);
    }
    static_cast<TallGraph*>(self)->found_.insert(locks);
  }
  Segments segments_;
  LockOrderGraph graph_;
  std::set<std::set<NodeId>> found_;
};

// Threads that nest at random, some of the locks acquired by a try, some released out of order.
TEST(TallRequests, FindTheCyclesThatAllTheirEdgesWould) {
  u32 cycles = 0;
  for (unsigned seed = 0; seed < test::effort(3000); ++seed) {
    std::mt19937 random{seed};
    const auto pick = [&](u32 bound) { return static_cast<u32>(random() % bound); };
    TallGraph whole;
    TallGraph tall;
    std::vector<std::vector<NodeId>> held(4);
    for (u32 i = 0; i < 40; ++i) {
      const u32 thread = pick(3) + 1;
      std::vector<NodeId>& mine = held[thread];
      const NodeId lock = 1 + pick(9);
      const auto at = std::find(mine.begin(), mine.end(), lock);
      if (at != mine.end()) {
        mine.erase(at);
        continue;
      }
      if (!mine.empty() && pick(5) != 0) {
        whole.request(thread, mine, lock, false);
        tall.request(thread, mine, lock, true);
      }
      mine.push_back(lock);
      const auto expected = whole.take_found();
      ASSERT_EQ(tall.take_found(), expected) << "seed " << seed << ", step " << i;
      cycles += static_cast<u32>(expected.size());
    }
    ASSERT_EQ(tall.graph().undecided(), 0u);
  }
  EXPECT_GT(cycles, test::effort(3000));
}

TEST(TallRequests, CostAFewEdgesEach) {
  constexpr u32 kMany = test::effort(5000);
  TallGraph tall{60'000};
  std::vector<NodeId> held{1};
  for (NodeId lock = 2; lock <= kMany; ++lock) {
    tall.request(1, held, lock, true);
    held.push_back(lock);
  }
  EXPECT_LT(tall.graph().edges(), 2 * kMany);
  tall.request(2, {1}, kMany, false);
  EXPECT_TRUE(tall.take_found().empty());
  tall.request(2, {kMany}, 1, false);
  EXPECT_EQ(tall.take_found(), (std::set<std::set<NodeId>>{{1, kMany}}));
}

}  // namespace
}  // namespace gridlock::internal
