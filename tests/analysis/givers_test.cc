// SPDX-License-Identifier: Apache-2.0
//
// The "or": where several threads could give a signal, each of them has to be kept from it. Each case
// beside the nearest that cannot happen.
#include <gtest/gtest.h>

#include "harness/analysis/lock_order_graph.h"

namespace gridlock::internal {
namespace {

constexpr NodeId kA = 1;
constexpr NodeId kSignal = 2;
constexpr NodeId kOther = 3;  // the second giver's node
constexpr NodeId kThird = 4;
constexpr NodeId kB = 5;

class Givers : public testing::Test {
 protected:
  void SetUp() override {
    LockOrderLimits limits;
    limits.nodes = 100;
    limits.edges = 100;
    ASSERT_TRUE(segments_.init(100));
    ASSERT_TRUE(graph_.init(limits, &segments_));
    ASSERT_TRUE(graph_.add_giver(kSignal, kOther));
  }
  void TearDown() override {
    graph_.release();
    segments_.release();
  }

  RequestContext context(u32 thread, NodeId held, Mode mode, SegmentId segment) {
    RequestContext result;
    result.thread = thread;
    result.segment = segment;
    const HeldNode entry = held_node(held, mode);
    result.held_set = graph_.intern_held_set(&entry, held == 0 ? 0 : 1);
    result.held_mode = mode;
    return result;
  }
  void add(NodeId from, NodeId to, const RequestContext& request) {
    graph_.add(from, to, request, &count, this);
  }
  /// Thread 1 waits for the n-th signal and holds a.
  void waits(u32 n = 1, Mode held = Mode::kExclusive) {
    RequestContext request = context(1, kA, held, 0);
    request.to_epoch = n;
    add(kA, kSignal, request);
  }
  /// Before its first signal a giver asks for a lock.
  void asks(NodeId giver, u32 thread, NodeId wanted = kA, Mode mode = Mode::kExclusive,
            SegmentId segment = 0) {
    RequestContext request = context(thread, 0, Mode::kExclusive, segment);
    request.from_epoch = 1;
    request.wanted_mode = mode;
    add(giver, wanted, request);
  }
  static void count(const CycleStep*, u32, void* self) { ++static_cast<Givers*>(self)->found_; }

  Segments segments_;
  LockOrderGraph graph_;
  int found_ = 0;
};

TEST_F(Givers, AreAllKeptBackByWhatTheWaiterHolds) {
  asks(kOther, 3);
  asks(kSignal, 2);
  waits();
  EXPECT_EQ(found_, 1);
}

TEST_F(Givers, AreNotIfOneOfThemNeedsNothing) {
  asks(kSignal, 2);
  waits();
  EXPECT_EQ(found_, 0);
  ASSERT_EQ(graph_.infeasible_cycles().size(), 1U);
  EXPECT_EQ(graph_.infeasible_cycles()[0].reason, InfeasibleReason::kInactive);
  EXPECT_EQ(graph_.infeasible_cycles()[0].object, kSignal);
}

TEST_F(Givers, AreNotIfOneOfThemNeedsAnotherLock) {
  asks(kOther, 3, kB);
  asks(kSignal, 2);
  waits();
  EXPECT_EQ(found_, 0);
}

TEST_F(Givers, AreNotIfOneOfThemReadsWhatTheWaiterReads) {
  asks(kOther, 3, kA, Mode::kShared);
  asks(kSignal, 2);
  waits(1, Mode::kShared);
  EXPECT_EQ(found_, 0);
  asks(kOther, 3, kA, Mode::kExclusive);
  graph_.reconsider(kSignal, &count, this);
  EXPECT_EQ(found_, 1);
}

TEST_F(Givers, AreNotWhereTheWaitIsForALaterSignal) {
  asks(kOther, 3);
  asks(kSignal, 2);
  waits(2);
  EXPECT_EQ(found_, 0);
}

TEST_F(Givers, AreNotIfOneOfThemWasOverBeforeTheWaiterBegan) {
  const SegmentId early = segments_.add(0, 0);
  const SegmentId late = segments_.add(0, early);
  asks(kOther, 3, kA, Mode::kExclusive, early);
  asks(kSignal, 2);
  RequestContext request = context(1, kA, Mode::kExclusive, late);
  request.to_epoch = 1;
  add(kA, kSignal, request);
  EXPECT_EQ(found_, 0);
}

TEST_F(Givers, ThatWaitThemselvesAreKeptBackOnlyInTheStepOfTheCycle) {
  const SegmentId before = segments_.add(0, 0);
  const SegmentId after = segments_.add(before, 0);
  for (const SegmentId at : {after, before}) {
    asks(kSignal, 2);
    // Thread 1 gives too, and asked for this very signal before it gave one: not if the step came after.
    RequestContext own = context(1, kA, Mode::kExclusive, before);
    own.from_epoch = 1;
    own.to_epoch = 1;
    add(kOther, kSignal, own);
    RequestContext request = context(1, kA, Mode::kExclusive, at);
    request.to_epoch = 1;
    add(kA, kSignal, request);
    EXPECT_EQ(found_, at == before ? 1 : 0);
  }
}

TEST_F(Givers, ThatComeLaterHaveToBeKeptBackAsWell) {
  ASSERT_TRUE(graph_.add_giver(kSignal, kThird));
  asks(kOther, 3);
  asks(kSignal, 2);
  waits();
  EXPECT_EQ(found_, 0);
  asks(kThird, 4);
  graph_.reconsider(kSignal, &count, this);
  EXPECT_EQ(found_, 1);
}

}  // namespace
}  // namespace gridlock::internal
