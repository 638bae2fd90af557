// SPDX-License-Identifier: Apache-2.0
//
// Semaphores of several permits in the lock-order graph, held against the definition: requests of
// different threads that can all be pending, each for what the others hold all of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "harness/analysis/lock_order_graph.h"
#include "tests/support/effort.h"

namespace gridlock::internal {
namespace {

constexpr NodeId kLocks = 3;     // 1 .. kLocks
constexpr NodeId kPermits = 10;  // and the next one

using Held = std::map<NodeId, u32>;  // how many of it

struct Request {
  u32 thread;
  Held held;
  NodeId wanted;
};

class PermitGraph {
 public:
  explicit PermitGraph(std::map<NodeId, u32> permits) : permits_(std::move(permits)) {
    LockOrderLimits limits;
    limits.nodes = 100;
    limits.edges = 2000;
    limits.contexts_per_edge = 1000;
    EXPECT_TRUE(segments_.init(10));
    EXPECT_TRUE(graph_.init(limits, &segments_));
    for (const auto& [node, count] : permits_) EXPECT_TRUE(graph_.describe_permits(node, count));
  }
  ~PermitGraph() {
    graph_.release();
    segments_.release();
  }
  PermitGraph(const PermitGraph&) = delete;
  PermitGraph& operator=(const PermitGraph&) = delete;

  void tell(const Request& request) {
    std::vector<HeldNode> sorted;
    for (const auto& [node, count] : request.held)
      sorted.insert(sorted.end(), count, held_node(node, Mode::kExclusive));
    RequestContext context;
    context.thread = request.thread;
    context.held_set = graph_.intern_held_set(sorted.data(), static_cast<u32>(sorted.size()));
    for (const auto& [node, count] : request.held)
      graph_.add(node, request.wanted, context, &PermitGraph::on_cycle, this);
    requests_.push_back(request);
  }
  u32 found() const { return found_; }
  u32 undecided() const { return graph_.undecided() + graph_.contexts_dropped(); }

  // Some of the requests, of threads of their own, that can all be there and all wait.
  bool can_hang() const {
    std::vector<const Request*> chosen;
    return extend(0, chosen);
  }

 private:
  u32 room_of(NodeId node) const {
    const auto permits = permits_.find(node);
    return permits == permits_.end() ? 1 : permits->second;
  }
  static u32 taken(const std::vector<const Request*>& chosen, NodeId node) {
    u32 count = 0;
    for (const Request* each : chosen) {
      const auto held = each->held.find(node);
      if (held != each->held.end()) count += held->second;
    }
    return count;
  }
  bool fits(const std::vector<const Request*>& chosen, const Request& request) const {
    for (const Request* each : chosen) {
      if (each->thread == request.thread) return false;
    }
    for (const auto& [node, count] : request.held) {
      if (taken(chosen, node) + count > room_of(node)) return false;
    }
    return true;
  }
  bool extend(std::size_t from, std::vector<const Request*>& chosen) const {
    const auto waits = [&](const Request* each) {
      return taken(chosen, each->wanted) == room_of(each->wanted);
    };
    if (!chosen.empty() && std::ranges::all_of(chosen, waits)) return true;
    for (std::size_t i = from; i < requests_.size(); ++i) {
      if (!fits(chosen, requests_[i])) continue;
      chosen.push_back(&requests_[i]);
      const bool done = extend(i + 1, chosen);
      chosen.pop_back();
      if (done) return true;
    }
    return false;
  }
  static void on_cycle(const CycleStep*, u32, void* self) {
    ++static_cast<PermitGraph*>(self)->found_;
  }

  std::map<NodeId, u32> permits_;
  std::vector<Request> requests_;
  Segments segments_;
  LockOrderGraph graph_;
  u32 found_ = 0;
};

TEST(Permits, WhoHoldOneEachAndAskForOneMoreCanUseThemUp) {
  PermitGraph graph{{{kPermits, 2}}};
  graph.tell({1, {{kPermits, 1}}, kPermits});
  EXPECT_EQ(graph.found(), 0u);
  graph.tell({2, {{kPermits, 1}}, kPermits});
  EXPECT_EQ(graph.found(), 1u);
}
TEST(Permits, OneThreadFewerLeavesOne) {
  PermitGraph graph{{{kPermits, 3}}};
  graph.tell({1, {{kPermits, 1}}, kPermits});
  graph.tell({2, {{kPermits, 1}}, kPermits});
  EXPECT_EQ(graph.found(), 0u);
  graph.tell({2, {{kPermits, 2}}, kPermits});
  EXPECT_EQ(graph.found(), 1u);
}
TEST(Permits, MoreThanThereAreCannotBeHeldAtOnce) {
  PermitGraph graph{{{kPermits, 3}}};
  graph.tell({1, {{kPermits, 2}}, kPermits});
  graph.tell({2, {{kPermits, 2}}, kPermits});
  EXPECT_EQ(graph.found(), 0u);
}
TEST(Permits, AsManyThreadsAsThereArePermitsAreNeeded) {
  constexpr u32 kMany = 40;
  PermitGraph graph{{{kPermits, kMany}}};
  for (u32 thread = 1; thread < kMany; ++thread) graph.tell({thread, {{kPermits, 1}}, kPermits});
  EXPECT_EQ(graph.found(), 0u);
  EXPECT_EQ(graph.undecided(), 0u);
  graph.tell({kMany, {{kPermits, 1}}, kPermits});
  EXPECT_EQ(graph.found(), 1u);
}
TEST(Permits, AGateOfAsManyAsTheCycleIsLongLetsItHappen) {
  for (const u32 permits : {2u, 3u}) {
    PermitGraph graph{{{kPermits, permits}}};
    for (u32 thread = 1; thread <= 3; ++thread)
      graph.tell({thread, {{thread, 1}, {kPermits, 1}}, thread % 3 + 1});
    EXPECT_EQ(graph.found(), permits == 3 ? 1u : 0u);
  }
}
TEST(Permits, WhatAKeeperWaitsForMayComeLater) {
  PermitGraph graph{{{kPermits, 2}}};
  graph.tell({1, {{1, 1}}, kPermits});
  graph.tell({2, {{kPermits, 1}}, 1});
  EXPECT_EQ(graph.found(), 0u);
  graph.tell({3, {{kPermits, 1}}, kPermits});
  EXPECT_EQ(graph.found(), 1u);
}

// Random programs: what is reported can hang, and what can hang is reported, but for knots in which a
// keeper waits for a lock of a thread that is no part of the cycle; those are counted and few.
TEST(Permits, AgreeWithTheDefinition) {
  u32 hung = 0;
  u32 missed = 0;
  for (unsigned seed = 0; seed < test::effort(4000); ++seed) {
    std::mt19937 random{seed};
    const auto pick = [&](u32 bound) { return static_cast<u32>(random() % bound); };
    PermitGraph graph{{{kPermits, 2 + pick(2)}, {kPermits + 1, 1 + pick(3)}}};
    for (u32 i = 0; i < 9; ++i) {
      Request request{1 + pick(4), {}, 0};
      if (pick(2) == 0) request.held[1 + pick(kLocks)] = 1;
      if (pick(3) != 0) request.held[kPermits] = 1 + pick(2);
      if (pick(4) == 0) request.held[kPermits + 1] = 1;
      request.wanted = pick(2) == 0 ? 1 + pick(kLocks) : kPermits + pick(2);
      if (request.held.empty() ||
          (request.wanted <= kLocks && request.held.contains(request.wanted)))
        continue;
      graph.tell(request);
      ASSERT_EQ(graph.undecided(), 0u) << "seed " << seed;
      const bool hangs = graph.can_hang();
      if (graph.found() != 0) ASSERT_TRUE(hangs) << "seed " << seed << ", request " << i;
      if (!hangs) continue;
      ++hung;
      if (graph.found() == 0) ++missed;
      break;
    }
  }
  EXPECT_GT(hung, test::effort(1000));
  EXPECT_LT(missed * 100, hung) << missed << " of " << hung;
}

}  // namespace
}  // namespace gridlock::internal
