// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/topological_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <numeric>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace gridlock::internal {
namespace {

class Order {
 public:
  Order(u32 nodes, u32 edges) {
    EXPECT_TRUE(edges_.init(nodes, edges));
    EXPECT_TRUE(order_.init(nodes, &edges_));
  }
  ~Order() {
    order_.release();
    edges_.release();
  }
  Order(const Order&) = delete;
  Order& operator=(const Order&) = delete;
  bool ensure(NodeId node) { return edges_.ensure(node) && order_.ensure(node); }
  bool add(NodeId from, NodeId to) {
    if (edges_.full()) return false;
    order_.add(from, to);
    return edges_.add(from, to, {}, 0) != 0;
  }
  u64 place(NodeId node) { return order_.place(node); }
  bool same_component(NodeId a, NodeId b) { return order_.same_component(a, b); }
  u64 looks() const { return order_.looks(); }

 private:
  LockOrderEdges edges_;
  TopologicalOrder order_;
};

TEST(TopologicalOrder, PutsTheHeadOfAnEdgeBehindItsTail) {
  Order order(8, 8);
  ASSERT_TRUE(order.ensure(3));
  ASSERT_TRUE(order.add(3, 2));
  ASSERT_TRUE(order.add(2, 1));
  EXPECT_LT(order.place(3), order.place(2));
  EXPECT_LT(order.place(2), order.place(1));
  EXPECT_FALSE(order.same_component(3, 1));
}

TEST(TopologicalOrder, MergesACycleAndNothingElse) {
  Order order(8, 16);
  ASSERT_TRUE(order.ensure(6));
  for (const auto& [from, to] : {std::pair{4U, 1U}, {1U, 2U}, {2U, 3U}, {3U, 5U}, {3U, 1U}}) {
    ASSERT_TRUE(order.add(from, to));
  }
  EXPECT_TRUE(order.same_component(1, 2));
  EXPECT_TRUE(order.same_component(2, 3));
  EXPECT_FALSE(order.same_component(1, 4));
  EXPECT_FALSE(order.same_component(1, 5));
  EXPECT_FALSE(order.same_component(1, 6));
  EXPECT_LT(order.place(4), order.place(2));
  EXPECT_LT(order.place(2), order.place(5));
}

TEST(TopologicalOrder, SaysWhenThereIsNoRoomForANode) {
  Order order(3, 2);
  EXPECT_TRUE(order.ensure(3));
  EXPECT_FALSE(order.ensure(4));
  EXPECT_TRUE(order.add(1, 2));
  EXPECT_TRUE(order.add(2, 3));
  EXPECT_FALSE(order.add(3, 1));
  EXPECT_FALSE(order.same_component(1, 3));  // the edge that found no room is not there
}

// Between two neighbours there is room for some forty nodes, one by one.
TEST(TopologicalOrder, HasRoomForAnyNumberOfNodesBetweenTwo) {
  constexpr u32 kNodes = 3000;
  constexpr u32 kPlaces = kNodes + 2;
  Order order(kPlaces, 2 * kNodes + 2);
  ASSERT_TRUE(order.ensure(kPlaces));
  ASSERT_TRUE(order.add(1, 2));
  ASSERT_TRUE(order.add(kPlaces, 2));  // stands right before 2 now
  for (u32 node = kNodes + 1; node > 2; --node) {
    ASSERT_TRUE(order.add(node + 1, node));  // right behind the one before
    ASSERT_TRUE(order.add(node, 2));
  }
  for (u32 node = kNodes + 1; node > 2; --node) {
    ASSERT_LT(order.place(node + 1), order.place(node)) << node;
    ASSERT_LT(order.place(node), order.place(2)) << node;
  }
  EXPECT_LT(order.place(1), order.place(2));
}

// What is not on the cycle goes with it: 5 -> 1 closes 1 -> 2 -> 5, 4 leads to it and 3 comes behind.
TEST(TopologicalOrder, PutsWhatLeadsToANewComponentBeforeIt) {
  Order order(8, 16);
  ASSERT_TRUE(order.ensure(6));
  for (const auto& [from, to] : {std::pair{1U, 2U}, {2U, 3U}, {2U, 5U}, {4U, 5U}, {5U, 1U}})
    ASSERT_TRUE(order.add(from, to));
  EXPECT_TRUE(order.same_component(1, 2));
  EXPECT_TRUE(order.same_component(1, 5));
  EXPECT_FALSE(order.same_component(1, 4));
  EXPECT_FALSE(order.same_component(1, 3));
  EXPECT_LT(order.place(4), order.place(1));
  EXPECT_LT(order.place(2), order.place(3));
}

// What programs do: outer locks are made before inner ones, but for one in twenty, and asked for near one another.
// It is 0.4 for each edge; thousands where a search goes through all that lies between two nodes.
TEST(TopologicalOrder, LooksAtFewEdgesWhereNodesAreNearlyInOrder) {
  constexpr u32 kNodes = 20'000;
  constexpr u32 kEdges = 10 * kNodes;
  std::mt19937 random(1);
  std::vector<std::pair<i64, NodeId>> made(kNodes);
  for (u32 rank = 0; rank < kNodes; ++rank)
    made[rank] = {rank + (random() % 20 == 0 ? static_cast<i64>(random() % 4000) - 2000 : 0), rank};
  std::ranges::sort(made);
  std::vector<NodeId> number(kNodes);
  for (u32 i = 0; i < kNodes; ++i) number[made[i].second] = i + 1;
  Order order(kNodes, kEdges);
  ASSERT_TRUE(order.ensure(kNodes));
  std::set<std::pair<NodeId, NodeId>> known;
  while (known.size() < kEdges) {
    const u32 low = static_cast<u32>(random() % (kNodes - 1000));
    const std::pair edge{number[low], number[low + 1 + static_cast<u32>(random() % 999)]};
    if (known.insert(edge).second) {
      ASSERT_TRUE(order.add(edge.first, edge.second));
    }
  }
  EXPECT_LT(order.looks(), 2 * kEdges);
}

// As above, along an order that has nothing to do with the one in which they were made.
TEST(TopologicalOrder, LooksAtFewEdgesOfARandomOrder) {
  constexpr u32 kNodes = 10'000;
  constexpr u32 kEdges = 10 * kNodes;
  std::mt19937 random(1);
  std::vector<NodeId> number(kNodes);
  std::iota(number.begin(), number.end(), 1U);
  std::ranges::shuffle(number, random);
  Order order(kNodes, kEdges);
  ASSERT_TRUE(order.ensure(kNodes));
  std::set<std::pair<NodeId, NodeId>> known;
  while (known.size() < kEdges) {
    const auto [low, high] = std::minmax({random() % kNodes, random() % kNodes});
    if (low != high && known.emplace(number[low], number[high]).second) {
      ASSERT_TRUE(order.add(number[low], number[high]));
    }
  }
  EXPECT_LT(order.looks(), 2 * kEdges);
}

// Boost.Graph computes the components anew; ours were kept up to date edge by edge. `against` of
// 1000 edges go against a hidden order of the nodes, as lock orders do: mostly one way.
void compare_with_boost(u32 nodes, u32 edges, u32 every, u32 against, u32 seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::uniform_int_distribution<u32> node(1, nodes);
  std::vector<u32> hidden(nodes + 1);
  std::iota(hidden.begin(), hidden.end(), 0U);
  std::shuffle(hidden.begin() + 1, hidden.end(), random);
  Order order(nodes, edges);
  ASSERT_TRUE(order.ensure(nodes));
  boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS> model(nodes + 1);
  std::set<std::pair<u32, u32>> known;
  for (u32 i = 1; i <= edges; ++i) {
    const auto ranks = std::minmax({node(random), node(random)});  // the list form copies
    std::pair edge{hidden[ranks.first], hidden[ranks.second]};
    if (random() % 1000 < against) std::swap(edge.first, edge.second);
    if (edge.first == edge.second || !known.insert(edge).second) continue;
    ASSERT_TRUE(order.add(edge.first, edge.second));
    add_edge(edge.first, edge.second, model);
    if (i % every != 0 && i != edges) continue;
    std::vector<int> component(nodes + 1);
    strong_components(model, boost::make_iterator_property_map(component.begin(),
                                                               get(boost::vertex_index, model)));
    for (const auto& [from, to] : known) {
      const bool same = component[from] == component[to];
      ASSERT_EQ(order.same_component(from, to), same) << from << " -> " << to << " after " << i;
      if (!same) {
        ASSERT_LT(order.place(from), order.place(to)) << from << " -> " << to << " after " << i;
      }
    }
    for (u32 k = 0; k < 200; ++k) {
      const u32 a = node(random);
      const u32 b = node(random);
      ASSERT_EQ(order.same_component(a, b), component[a] == component[b])
          << a << ", " << b << " after " << i;
    }
  }
}

TEST(TopologicalOrder, AgreesWithBoostAfterEveryEdgeOfSmallGraphs) {
  for (u32 seed = 1; seed <= 30; ++seed) compare_with_boost(12, 60, 1, 500, seed);
  for (u32 seed = 1; seed <= 30; ++seed) compare_with_boost(20, 60, 1, 50, seed);
}

TEST(TopologicalOrder, AgreesWithBoostOverTensOfThousandsOfEdges) {
  for (const u32 seed : {1U, 2U}) compare_with_boost(40'000, 30'000, 10'000, 10, seed);
}

// Nodes lose all their edges and come back with others; Boost.Graph says which components there are.
TEST(TopologicalOrder, AgreesWithBoostWhileNodesGo) {
  constexpr u32 kNodes = 120;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    LockOrderEdges edges;
    TopologicalOrder order;
    IdSet gone;
    ASSERT_TRUE(edges.init(kNodes, 4000) && order.init(kNodes, &edges) && gone.init(kNodes + 1));
    ASSERT_TRUE(edges.ensure(kNodes) && order.ensure(kNodes));
    std::set<std::pair<NodeId, NodeId>> known;
    for (int round = 0; round < 30; ++round) {
      for (int i = 0; i < 60; ++i) {
        const auto from = static_cast<NodeId>(1 + random() % kNodes);
        const auto to = static_cast<NodeId>(1 + random() % kNodes);
        if (from == to || edges.find(from, to) != 0) continue;
        order.add(from, to);
        ASSERT_NE(edges.add(from, to, {}, 0), 0u);
        known.emplace(from, to);
      }
      gone.clear();
      std::set<NodeId> leaving;
      for (int i = 0; i < 40; ++i) leaving.insert(static_cast<NodeId>(1 + random() % kNodes));
      bool together = false;
      for (const NodeId node : leaving) {
        gone.add(node);
        together = together || !order.is_alone(node);
      }
      edges.remove_of(gone);
      if (together) order.rebuild();
      std::erase_if(known, [&](const auto& edge) {
        return leaving.contains(edge.first) || leaving.contains(edge.second);
      });
      boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS> model(kNodes + 1);
      for (const auto& [from, to] : known) {
        ASSERT_NE(edges.find(from, to), 0u);
        add_edge(from, to, model);
      }
      std::vector<int> component(kNodes + 1);
      strong_components(model, boost::make_iterator_property_map(component.begin(),
                                                                 get(boost::vertex_index, model)));
      for (NodeId a = 1; a <= kNodes; ++a) {
        for (NodeId b = 1; b <= kNodes; ++b)
          ASSERT_EQ(order.same_component(a, b), component[a] == component[b]) << a << ", " << b;
      }
      for (const auto& [from, to] : known) {
        if (!order.same_component(from, to)) {
          ASSERT_LT(order.place(from), order.place(to));
        }
      }
      u32 listed = 0;
      for (NodeId node = 1; node <= kNodes; ++node) {
        for (EdgeId edge = edges.first_out(node); edge != 0; edge = edges[edge].next_out) ++listed;
      }
      ASSERT_EQ(listed, known.size());
    }
    order.release();
    edges.release();
    gone.release();
  }
}

}  // namespace
}  // namespace gridlock::internal
