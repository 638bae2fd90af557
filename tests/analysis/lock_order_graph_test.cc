// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/lock_order_graph.h"
#include "tests/support/effort.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace gridlock::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using Locks = std::set<NodeId>;

// A trace is written as requests: thread T, in segment s, holding {..}, asks for a lock.
class Trace {
 public:
  explicit Trace(LockOrderLimits limits = small()) {
    EXPECT_TRUE(segments.init(1000));
    EXPECT_TRUE(graph.init(limits, &segments));
  }
  ~Trace() {
    graph.release();
    segments.release();
  }
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  static LockOrderLimits small() {
    LockOrderLimits limits;
    limits.nodes = 20'000;
    limits.edges = 60'000;
    return limits;
  }

  /// The cycles, as sets of locks, that this request closed.
  std::vector<Locks> request(u32 thread, SegmentId segment, const Locks& held, NodeId wanted) {
    found.clear();
    std::vector<HeldNode> sorted;
    for (const NodeId lock : held) sorted.push_back(held_node(lock, Mode::kExclusive));
    const u32 set = graph.intern_held_set(sorted.data(), static_cast<u32>(sorted.size()));
    for (const NodeId from : held) {
      RequestContext context;
      context.thread = thread;
      context.segment = segment;
      context.held_set = set;
      last = graph.add(from, wanted, context, &Trace::on_cycle, this);
    }
    return found;
  }

  Segments segments;
  LockOrderGraph graph;
  std::vector<Locks> found;
  LockOrderGraph::Added last = LockOrderGraph::Added::kNew;

 private:
  static void on_cycle(const CycleStep* steps, u32 length, void* self) {
    Locks locks;
    for (u32 i = 0; i < length; ++i) {
      EXPECT_EQ(steps[i].to, steps[(i + 1) % length].from) << "the steps do not meet";
      locks.insert(steps[i].from);
    }
    EXPECT_THAT(locks, SizeIs(length)) << "a lock stands twice in the cycle";
    static_cast<Trace*>(self)->found.push_back(locks);
  }
};

TEST(LockOrder, OppositeOrdersInTwoThreadsAreACycle) {
  Trace trace;
  EXPECT_THAT(trace.request(1, 0, {1}, 2), IsEmpty());
  EXPECT_THAT(trace.request(2, 0, {2}, 1), ElementsAre(Locks{1, 2}));
}
TEST(LockOrder, OppositeOrdersInOneThreadAreNone) {
  Trace trace;
  EXPECT_THAT(trace.request(1, 0, {1}, 2), IsEmpty());
  EXPECT_THAT(trace.request(1, 0, {2}, 1), IsEmpty());
}
TEST(LockOrder, OneOrderInManyThreadsIsNone) {
  Trace trace;
  for (u32 thread = 1; thread < 20; ++thread)
    EXPECT_THAT(trace.request(thread, 0, {1}, 2), IsEmpty());
}
TEST(LockOrder, AGateThatBothHoldMakesItHarmless) {
  Trace trace;
  EXPECT_THAT(trace.request(1, 0, {1, 9}, 2), IsEmpty());
  EXPECT_THAT(trace.request(2, 0, {2, 9}, 1), IsEmpty());
}
TEST(LockOrder, AGateThatOnlyOneHoldsDoesNot) {
  Trace trace;
  trace.request(1, 0, {1, 9}, 2);
  EXPECT_THAT(trace.request(2, 0, {2}, 1), ElementsAre(Locks{1, 2}));
}
TEST(LockOrder, AContextWithoutTheGateMakesAKnownEdgeReal) {
  Trace trace;
  trace.request(1, 0, {1, 9}, 2);
  EXPECT_THAT(trace.request(2, 0, {2, 9}, 1), IsEmpty());
  EXPECT_THAT(trace.request(2, 0, {2}, 1), ElementsAre(Locks{1, 2}));
}
TEST(LockOrder, APartialGateOnACycleOfThreeMakesItHarmless) {
  Trace trace;
  trace.request(1, 0, {1, 9}, 2);
  trace.request(2, 0, {2, 9}, 3);
  EXPECT_THAT(trace.request(3, 0, {3}, 1), IsEmpty());
  EXPECT_THAT(trace.request(4, 0, {2}, 3),
              ElementsAre(Locks{1, 2, 3}));  // and one more thread makes it real
}
TEST(LockOrder, WhatWasJoinedBeforeCannotMeet) {
  Trace trace;
  const SegmentId start = trace.segments.add(0, 0);
  const SegmentId first = trace.segments.add(start, 0);
  const SegmentId after_join = trace.segments.add(start, first);
  const SegmentId second = trace.segments.add(after_join, 0);
  trace.request(1, first, {1}, 2);
  EXPECT_THAT(trace.request(2, second, {2}, 1), IsEmpty());
}
TEST(LockOrder, WhatWasStartedTogetherCan) {
  Trace trace;
  const SegmentId start = trace.segments.add(0, 0);
  const SegmentId first = trace.segments.add(start, 0);
  const SegmentId second = trace.segments.add(start, 0);
  trace.request(1, first, {1}, 2);
  EXPECT_THAT(trace.request(2, second, {2}, 1), ElementsAre(Locks{1, 2}));
}
TEST(LockOrder, TheSameCycleIsReportedOnce) {
  Trace trace;
  trace.request(1, 0, {1}, 2);
  EXPECT_THAT(trace.request(2, 0, {2}, 1), SizeIs(1));
  EXPECT_THAT(trace.request(3, 0, {2}, 1), IsEmpty());
  EXPECT_THAT(trace.request(4, 0, {1}, 2), IsEmpty());
}
TEST(LockOrder, TwoCyclesThroughOneEdgeAreBothReported) {
  Trace trace;
  trace.request(1, 0, {2}, 3);
  trace.request(2, 0, {3}, 1);
  trace.request(3, 0, {2}, 4);
  trace.request(4, 0, {4}, 1);
  EXPECT_THAT(trace.request(5, 0, {1}, 2),
              testing::UnorderedElementsAre(Locks{1, 2, 3}, Locks{1, 2, 4}));
}
TEST(LockOrder, ALockHeldFurtherOutTakesPart) {
  Trace trace;
  trace.request(1, 0, {1, 2}, 3);
  EXPECT_THAT(trace.request(2, 0, {3}, 1), ElementsAre(Locks{1, 3}));
}
TEST(LockOrder, AnEqualContextIsKnown) {
  Trace trace;
  trace.request(1, 0, {1}, 2);
  trace.request(1, 0, {1}, 2);
  EXPECT_EQ(trace.last, LockOrderGraph::Added::kKnown);
  trace.request(2, 0, {1}, 2);
  EXPECT_EQ(trace.last, LockOrderGraph::Added::kNew);
}

class RingOfLocks : public testing::TestWithParam<u32> {};
TEST_P(RingOfLocks, IsFoundWhenItCloses) {
  Trace trace;
  const u32 size = GetParam();
  for (u32 i = 1; i < size; ++i) ASSERT_THAT(trace.request(i, 0, {i}, i + 1), IsEmpty());
  const std::vector<Locks> found = trace.request(size, 0, {size}, 1);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0], SizeIs(size));
  EXPECT_EQ(trace.graph.undecided(), 0U);
}
TEST_P(RingOfLocks, IsHarmlessWhenOneThreadMakesTwoOfItsSteps) {
  Trace trace;
  const u32 size = GetParam();
  for (u32 i = 1; i < size; ++i) ASSERT_THAT(trace.request(i, 0, {i}, i + 1), IsEmpty());
  EXPECT_THAT(trace.request(1, 0, {size}, 1), IsEmpty());
}
INSTANTIATE_TEST_SUITE_P(Sizes, RingOfLocks, testing::Values(2, 3, 5, 100, 10'000));

TEST(LockOrder, AThousandLocksHeldAtOnceAreAThousandEdges) {
  Trace trace;
  Locks held;
  for (NodeId lock = 1; lock <= 1000; ++lock) held.insert(lock);
  EXPECT_THAT(trace.request(1, 0, held, 1001), IsEmpty());
  EXPECT_EQ(trace.graph.edges(), 1000U);
  EXPECT_THAT(trace.request(2, 0, {1001}, 500), ElementsAre(Locks{500, 1001}));
}
TEST(LockOrder, ALongRingIsJudgedByTheSegmentsOfAllItsSteps) {
  for (const bool joined : {false, true}) {
    Trace trace;
    constexpr u32 kSize = 300;
    SegmentId main = trace.segments.add(0, 0);
    std::vector<SegmentId> lives;
    for (u32 i = 0; i < kSize; ++i) {
      lives.push_back(trace.segments.add(0, main));
      main = trace.segments.add(main, joined && i == 100 ? lives[50] : 0);
    }
    for (u32 i = 1; i < kSize; ++i) trace.request(i, lives[i], {i}, i + 1);
    EXPECT_THAT(trace.request(kSize, lives[0], {kSize}, 1), SizeIs(joined ? 0 : 1));
    ASSERT_EQ(trace.graph.infeasible_cycles().size(), joined ? 1U : 0U);
    if (joined) {
      EXPECT_EQ(trace.graph.infeasible_cycles()[0].reason, InfeasibleReason::kOrdered);
    }
    EXPECT_EQ(trace.graph.undecided(), 0U);
  }
}
TEST(LockOrder, ASearchInADenseTangleEndsAfterItsSteps) {
  LockOrderLimits limits = Trace::small();
  limits.search_steps = 2000;
  Trace trace(limits);
  for (u32 from = 1; from <= 60; ++from) {  // behind one gate: all is tried
    for (u32 to = 1; to <= 60; ++to) {
      if (from != to) trace.request(1 + from % 2, 0, {from, 100}, to);
    }
  }
  EXPECT_GT(trace.graph.undecided(), 0U);
  EXPECT_THAT(trace.request(3, 0, {1}, 2), SizeIs(testing::Ge(1)));  // and a short one is found
}
TEST(LockOrder, TakesLittleRoomForAnEdgeAndALock) {
  LockOrderLimits limits;
  limits.nodes = 100'000;
  limits.edges = 1'000'000;
  Trace trace(limits);
  std::mt19937 random(1);  // layered: outer locks have the lower numbers, two are held
  std::uniform_int_distribution<NodeId> outer(1, limits.nodes - 2000);
  while (trace.graph.edges() < limits.edges - 1) {
    const NodeId first = outer(random);
    const NodeId second = first + 1 + static_cast<NodeId>(random() % 1000);
    const Locks held{first, second};
    for (u32 i = 0; i < 8; ++i) {
      trace.request(1, 0, held, second + 1 + static_cast<NodeId>(random() % 900));
    }
  }
  EXPECT_LT(static_cast<double>(trace.graph.edge_bytes()) / trace.graph.edges(), 64);
  EXPECT_LT(static_cast<double>(trace.graph.node_bytes()) / limits.nodes, 80);
}
TEST(LockOrder, SaysWhenThereIsNoRoomAndGoesOn) {
  LockOrderLimits limits;
  limits.nodes = 8;
  limits.edges = 4;
  Trace trace(limits);
  for (NodeId lock = 1; lock <= 4; ++lock) trace.request(lock, 0, {lock}, lock + 1);
  EXPECT_NE(trace.last, LockOrderGraph::Added::kFull);
  trace.request(9, 0, {5}, 1);
  EXPECT_EQ(trace.last, LockOrderGraph::Added::kFull);
  trace.request(9, 0, {1}, 200);
  EXPECT_EQ(trace.last, LockOrderGraph::Added::kFull);
  trace.request(1, 0, {1}, 2);
  EXPECT_EQ(trace.last, LockOrderGraph::Added::kKnown);
}

TEST(LockOrder, AFullEdgeHasRoomForOtherHeldLocks) {
  constexpr NodeId kGate = 9;
  Trace trace;
  for (u32 thread = 1; thread <= 8; ++thread) trace.request(thread, 0, {1, kGate}, 2);
  trace.request(9, 0, {1}, 2);
  EXPECT_EQ(trace.graph.contexts_dropped(), 0u);
  EXPECT_THAT(trace.request(10, 0, {2, kGate}, 1), ElementsAre(Locks{1, 2}));
}
TEST(LockOrder, AFullEdgeKeepsTheNewestOfAThread) {
  Trace trace;
  SegmentId at = 0;
  SegmentId other = 0;
  for (u32 i = 1; i <= 9; ++i) {
    at = trace.segments.add(at, 0);
    trace.request(1, at, {1}, 2);
    if (i == 8) other = trace.segments.add(0, at);
  }
  EXPECT_EQ(trace.graph.contexts_dropped(), 1u) << "what made room is not decided any more";
  EXPECT_THAT(trace.request(2, other, {2}, 1), ElementsAre(Locks{1, 2}));
}
TEST(LockOrder, AFullEdgeCountsWhomItForgets) {
  Trace trace;
  for (u32 thread = 1; thread <= 10; ++thread) trace.request(thread, 0, {1}, 2);
  EXPECT_EQ(trace.graph.contexts_dropped(), 2u);
}
TEST(LockOrder, WhatCanDoMoreTakesThePlaceOfWhatCanDoLess) {
  Trace trace;
  trace.request(1, 0, {1}, 2);
  for (NodeId gate = 20; gate > 10; --gate) trace.request(2, 0, {1, gate}, 2);
  trace.request(2, 0, {1}, 2);
  for (u32 thread = 3; thread <= 8; ++thread) trace.request(thread, 0, {1}, 2);
  EXPECT_EQ(trace.graph.contexts_dropped(), 0u);
}

// So many ways of nesting, of a thread of its own, that edges on no cycle keep few of them.
void nest_in_very_many_ways(Trace& trace) {
  for (NodeId from = 1'000; from < 1'200; ++from) {
    for (NodeId gate = 2'000; gate < 2'010; ++gate) trace.request(50, 0, {from, gate}, 3'000);
  }
}

TEST(LockOrder, OfVeryManyWaysAnEdgeOnNoCycleKeepsThoseThatNoThreeLocksAreAGateWith) {
  constexpr NodeId kWays = 6;
  Trace trace;
  nest_in_very_many_ways(trace);
  const u32 before = trace.graph.contexts_dropped();
  for (NodeId gate = 10; gate < 10 + kWays; ++gate) trace.request(1, 0, {1, gate}, 2);
  EXPECT_EQ(trace.graph.contexts_dropped(), before + 2) << "the fifth and the sixth";
  EXPECT_THAT(trace.request(2, 0, {2, 10, 11, 12}, 1), ElementsAre(Locks{1, 2}));
}
TEST(LockOrder, OfVeryManyWaysOneWithoutTheGateOfAllOthersIsKept) {
  Trace trace;
  nest_in_very_many_ways(trace);
  for (NodeId more = 20; more < 26; ++more) trace.request(1, 0, {1, 10, more}, 2);
  trace.request(1, 0, {1, 11, 12}, 2);
  EXPECT_THAT(trace.request(2, 0, {2, 10}, 1), ElementsAre(Locks{1, 2}));
}
TEST(LockOrder, OfVeryManyWaysAnEdgeOnACycleKeepsAsManyAsEver) {
  Trace trace;
  trace.request(1, 0, {1, 10}, 2);
  trace.request(2, 0, {2, 10}, 1);
  nest_in_very_many_ways(trace);
  const u32 before = trace.graph.contexts_dropped();
  for (NodeId gate = 11; gate < 18; ++gate) trace.request(1, 0, {1, gate, 10}, 2);
  EXPECT_THAT(trace.request(1, 0, {1, 18, 10}, 2), IsEmpty());
  EXPECT_EQ(trace.graph.contexts_dropped(), before);
}

// The model keeps every request, and looks for a closed chain of pairwise compatible ones by trying
// all.
class Model {
 public:
  struct Request {
    u32 thread;
    Locks held;
    NodeId from;
    NodeId to;
  };
  void add(u32 thread, const Locks& held, NodeId wanted) {
    for (const NodeId from : held) requests_.push_back({thread, held, from, wanted});
  }
  /// Is there a feasible cycle at all?
  bool has_cycle() const {
    return std::ranges::any_of(requests_, [&](const Request& first) {
      std::vector<const Request*> path{&first};
      return extend(path);
    });
  }

 private:
  static bool compatible(const Request& a, const Request& b) {
    if (a.thread == b.thread) return false;
    return std::ranges::none_of(a.held, [&](NodeId lock) { return b.held.contains(lock); });
  }
  bool extend(std::vector<const Request*>& path) const {
    if (path.back()->to == path.front()->from) return path.size() > 1;
    for (const Request& next : requests_) {
      if (next.from != path.back()->to) continue;
      if (!std::ranges::all_of(path,
                               [&](const Request* before) { return compatible(*before, next); }))
        continue;
      path.push_back(&next);
      if (extend(path)) return true;
      path.pop_back();
    }
    return false;
  }
  std::vector<Request> requests_;
};

TEST(LockOrder, FindsTheFirstCycleExactlyWhenTheNaiveModelDoes) {
  int with_cycle = 0;
  for (unsigned seed = 1; seed <= test::effort(400); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    LockOrderLimits limits = Trace::small();
    limits.contexts_per_edge = 1000;
    Trace trace(limits);
    Model model;
    for (int step = 0; step < 14; ++step) {
      const u32 thread = 1 + static_cast<u32>(random() % 4);
      Locks held;
      for (u32 n = 1 + static_cast<u32>(random() % 2); n > 0; --n)
        held.insert(1 + static_cast<NodeId>(random() % 5));
      const NodeId wanted = 1 + static_cast<NodeId>(random() % 5);
      if (held.contains(wanted)) continue;
      model.add(thread, held, wanted);
      const bool reported = !trace.request(thread, 0, held, wanted).empty();
      ASSERT_EQ(reported, model.has_cycle()) << "step " << step;
      if (reported) {
        ++with_cycle;
        break;  // from here on the graph says only what is new
      }
    }
  }
  EXPECT_GT(with_cycle, 50);
  EXPECT_LT(with_cycle, 390);
}

}  // namespace
}  // namespace gridlock::internal
