// SPDX-License-Identifier: Apache-2.0
//
// Every reason for which a cycle is judged infeasible, and how that cycle becomes real: by a later
// context, or because something about the object that the reason names has changed.
#include "harness/analysis/infeasible_cycles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "harness/analysis/lock_order_graph.h"

namespace gridlock::internal {
namespace {

constexpr Mode kEx = Mode::kExclusive;
constexpr Mode kSh = Mode::kShared;

class InfeasibleCyclesTest : public testing::Test {
 protected:
  struct Held {
    NodeId node;
    Mode mode = kEx;
  };

  void SetUp() override { start({}); }
  void TearDown() override { stop(); }

  void start(LockOrderLimits limits) {
    limits.nodes = 2000;
    limits.edges = 4000;
    ASSERT_TRUE(segments_.init(100, 1000));
    ASSERT_TRUE(graph_.init(limits, &segments_));
  }
  void stop() {
    graph_.release();
    segments_.release();
  }

  RequestContext context(u32 thread, std::vector<Held> held) {
    std::ranges::sort(held, {}, &Held::node);
    std::vector<HeldNode> sorted;
    for (const Held& one : held) sorted.push_back(held_node(one.node, one.mode));
    RequestContext result;
    result.thread = thread;
    result.held_set = graph_.intern_held_set(sorted.data(), static_cast<u32>(sorted.size()));
    return result;
  }
  /// Number of cycles that this closed.
  int add(NodeId from, NodeId to, const RequestContext& request) {
    found_ = 0;
    graph_.add(from, to, request, &count, this);
    return found_;
  }
  /// `thread`, holding `from` (and `also`), asks for `to`.
  int ask(u32 thread, NodeId from, NodeId to, std::vector<Held> also = {}, SegmentId segment = 0) {
    also.push_back({from, kEx});
    RequestContext request = context(thread, also);
    request.segment = segment;
    return add(from, to, request);
  }
  int ask_in_mode(u32 thread, NodeId from, Mode held, NodeId to, Mode wanted) {
    RequestContext request = context(thread, {{from, held}});
    request.held_mode = held;
    request.wanted_mode = wanted;
    return add(from, to, request);
  }
  int reconsider(u32 object) {
    found_ = 0;
    graph_.reconsider(object, &count, this);
    return found_;
  }
  void expect_one_safe(InfeasibleReason reason, u32 object, u32 length = 2) {
    ASSERT_EQ(safe().size(), 1U);
    EXPECT_EQ(safe()[0].reason, reason);
    EXPECT_EQ(safe()[0].object, object);
    ASSERT_EQ(safe()[0].length, length);
    for (u32 i = 0; i < std::min(length, kInfeasibleSteps - 1); ++i) {
      EXPECT_EQ(safe()[0].steps[i].to, safe()[0].steps[(i + 1) % length].from);
    }
  }
  InfeasibleCycles& safe() { return graph_.infeasible_cycles(); }

  Segments segments_;
  LockOrderGraph graph_;

 private:
  static void count(const CycleStep*, u32, void* self) {
    ++static_cast<InfeasibleCyclesTest*>(self)->found_;
  }
  int found_ = 0;
};

TEST_F(InfeasibleCyclesTest, HoldNothingWithoutACycle) {
  ask(1, 1, 2);
  ask(2, 2, 3);
  ask(3, 1, 3);
  EXPECT_EQ(safe().size(), 0U);
}
TEST_F(InfeasibleCyclesTest, HoldNothingThatWasReported) {
  ask(1, 1, 2);
  EXPECT_EQ(ask(2, 2, 1), 1);
  EXPECT_EQ(ask(1, 2, 1), 0);  // safe by itself, but the cycle is real already
  EXPECT_EQ(safe().size(), 0U);
}
TEST_F(InfeasibleCyclesTest, OneThreadUntilAnotherDoesTheSame) {
  ask(1, 1, 2);
  EXPECT_EQ(ask(1, 2, 1), 0);
  expect_one_safe(InfeasibleReason::kOneThread, 0);
  EXPECT_EQ(ask(2, 2, 1), 1);
  EXPECT_EQ(safe().size(), 0U);
}
TEST_F(InfeasibleCyclesTest, AGateUntilOneDoesWithoutIt) {
  ask(1, 1, 2, {{9}});
  EXPECT_EQ(ask(2, 2, 1, {{9}}), 0);
  expect_one_safe(InfeasibleReason::kGate, 9);
  EXPECT_EQ(ask(1, 1, 2), 1);
  EXPECT_EQ(safe().size(), 0U);
}
TEST_F(InfeasibleCyclesTest, AGateUntilItIsSeenNotToBeALock) {
  ask(1, 1, 2, {{9}});
  ask(2, 2, 1, {{9}});
  expect_one_safe(InfeasibleReason::kGate, 9);
  EXPECT_EQ(reconsider(9), 0);  // nothing has changed yet
  expect_one_safe(InfeasibleReason::kGate, 9);
  graph_.set_active(9, false);
  EXPECT_EQ(reconsider(8), 0);
  EXPECT_EQ(reconsider(9), 1);
  EXPECT_EQ(safe().size(), 0U);
}
TEST_F(InfeasibleCyclesTest, AGateThatBothReadIsNone) {
  ask(1, 1, 2, {{9, kSh}});
  EXPECT_EQ(ask(2, 2, 1, {{9, kSh}}), 1);
  ask(1, 3, 4, {{9, kSh}});
  EXPECT_EQ(ask(2, 4, 3, {{9, kEx}}), 0);
  expect_one_safe(InfeasibleReason::kGate, 9);
}
TEST_F(InfeasibleCyclesTest, AGateIsABetterReasonThanOneThread) {
  ask(1, 1, 2, {{9}});
  ask(2, 1, 2, {{9}});
  EXPECT_EQ(ask(1, 2, 1, {{9}}), 0);
  expect_one_safe(InfeasibleReason::kGate, 9);
  EXPECT_NE(safe()[0].steps[0].context.thread, safe()[0].steps[1].context.thread);
}
TEST_F(InfeasibleCyclesTest, StartAndJoinForEver) {
  const SegmentId main = segments_.add(0, 0);
  const SegmentId first = segments_.add(0, main);
  const SegmentId after_join = segments_.add(main, first);
  ask(1, 1, 2, {}, first);
  EXPECT_EQ(ask(2, 2, 1, {}, after_join), 0);
  expect_one_safe(InfeasibleReason::kOrdered, 0);
  EXPECT_EQ(ask(3, 2, 1), 1);
  EXPECT_EQ(safe().size(), 0U);
}
TEST_F(InfeasibleCyclesTest, AnOrderThroughAnObjectUntilItIsDistrusted) {
  constexpr u32 kEvent = 50;
  const SegmentId before = segments_.add(0, 0);
  const SegmentId after = segments_.add(0, before, kEvent);
  ask(1, 1, 2, {}, before);
  EXPECT_EQ(ask(2, 2, 1, {}, after), 0);
  expect_one_safe(InfeasibleReason::kOrdered, kEvent);
  EXPECT_EQ(reconsider(kEvent), 0);
  expect_one_safe(InfeasibleReason::kOrdered, kEvent);
  segments_.distrust(kEvent);
  EXPECT_EQ(reconsider(kEvent), 1);
  EXPECT_EQ(safe().size(), 0U);
  EXPECT_EQ(reconsider(kEvent), 0);
}
TEST_F(InfeasibleCyclesTest, AnOrderThatRestsOnTwoObjectsUntilOneIsDistrusted) {
  for (const u32 distrusted : {50U, 51U}) {
    stop();
    start({});
    const SegmentId a = segments_.add(0, 0);
    const SegmentId b = segments_.add(0, a, 50);
    const SegmentId c = segments_.add(0, b, 51);
    ask(1, 1, 2, {}, a);
    EXPECT_EQ(ask(2, 2, 1, {}, c), 0);
    segments_.distrust(distrusted);
    EXPECT_EQ(reconsider(distrusted), 1) << distrusted;
    EXPECT_EQ(safe().size(), 0U);
  }
}
TEST_F(InfeasibleCyclesTest, TellWhatKeepsThemSafeOnceAnOrderIsDistrusted) {
  const SegmentId before = segments_.add(0, 0);
  const SegmentId after = segments_.add(0, before, 50);
  ask(1, 1, 2, {}, before);
  ask(1, 3, 1, {{9}}, after);
  EXPECT_EQ(ask(2, 2, 3, {{9}}, after), 0);
  expect_one_safe(InfeasibleReason::kGate, 9, 3);
  ask(1, 4, 5, {}, before);
  EXPECT_EQ(ask(1, 5, 4, {}, after), 0);
  ASSERT_EQ(safe().size(), 2U);
  EXPECT_EQ(safe()[1].reason, InfeasibleReason::kOneThread);
  segments_.distrust(50);
  EXPECT_EQ(reconsider(50), 0);
  EXPECT_EQ(safe().size(), 2U);
  graph_.set_active(9, false);
  EXPECT_EQ(reconsider(9), 0);  // its first and last step are one thread's
  ASSERT_EQ(safe().size(), 2U);
  EXPECT_EQ(safe()[1].reason, InfeasibleReason::kOneThread);
}
TEST_F(InfeasibleCyclesTest, ReadersUntilOneOfThemWrites) {
  ask_in_mode(1, 1, kSh, 2, kSh);
  EXPECT_EQ(ask_in_mode(2, 2, kSh, 1, kSh), 0);
  ASSERT_EQ(safe().size(), 1U);
  EXPECT_EQ(safe()[0].reason, InfeasibleReason::kReadersOnly);
  EXPECT_EQ(ask_in_mode(3, 1, kSh, 2, kEx), 0);  // one place where they wait is not enough
  EXPECT_EQ(safe()[0].reason, InfeasibleReason::kReadersOnly);
  EXPECT_EQ(ask_in_mode(4, 2, kSh, 1, kEx), 1);
  EXPECT_EQ(safe().size(), 0U);
}
TEST_F(InfeasibleCyclesTest, AReaderWhoAsksAgainWhereReadersDoNotQueue) {
  EXPECT_EQ(ask_in_mode(1, 1, kSh, 1, kSh), 0);
  expect_one_safe(InfeasibleReason::kReadersOnly, 1, 1);
}
TEST_F(InfeasibleCyclesTest, NoWriterUntilThereIsOne) {
  graph_.describe(1, NodeKind::kLock, true);
  EXPECT_EQ(ask_in_mode(1, 1, kSh, 1, kSh), 0);
  expect_one_safe(InfeasibleReason::kNoWriter, 1, 1);
  EXPECT_EQ(graph_.note_writer(1, context(1, {})), LockOrderGraph::Added::kNew);
  EXPECT_EQ(reconsider(1), 0);  // the reader itself cannot be waiting as a writer
  expect_one_safe(InfeasibleReason::kNoWriter, 1, 1);
  EXPECT_EQ(graph_.note_writer(1, context(2, {})), LockOrderGraph::Added::kNew);
  EXPECT_EQ(reconsider(1), 1);
  EXPECT_EQ(safe().size(), 0U);
}
TEST_F(InfeasibleCyclesTest, NoWriterWhileOnlyOneBehindAGateIsKnown) {
  graph_.describe(1, NodeKind::kLock, true);
  RequestContext again = context(1, {{1, kSh}, {9, kEx}});
  again.held_mode = again.wanted_mode = kSh;
  EXPECT_EQ(add(1, 1, again), 0);
  graph_.note_writer(1, context(2, {{9}}));
  EXPECT_EQ(reconsider(1), 0);
  expect_one_safe(InfeasibleReason::kNoWriter, 1, 1);
  graph_.set_active(9, false);
  EXPECT_EQ(reconsider(9), 1);
}
TEST_F(InfeasibleCyclesTest, AnInactiveNodeUntilItIsActive) {
  graph_.set_active(2, false);
  ask(1, 1, 2);
  EXPECT_EQ(ask(2, 2, 1), 0);
  expect_one_safe(InfeasibleReason::kInactive, 2);
  graph_.set_active(2, true);
  EXPECT_EQ(reconsider(2), 1);
  EXPECT_EQ(safe().size(), 0U);
}
TEST_F(InfeasibleCyclesTest, UnpublishedUntilItIsSeenPublished) {
  RequestContext unpublished = context(1, {{1}});
  unpublished.unpublished = true;
  add(1, 2, unpublished);
  EXPECT_EQ(ask(2, 2, 1), 0);
  expect_one_safe(InfeasibleReason::kUnpublished, 1);
  EXPECT_EQ(ask(1, 1, 2), 1);
  EXPECT_EQ(safe().size(), 0U);
}
TEST_F(InfeasibleCyclesTest, ASignalThatIsGivenBeforeItIsNeeded) {
  graph_.describe(2, NodeKind::kSignal, false);
  RequestContext wait = context(1, {{1}});
  wait.to_epoch = 1;
  add(1, 2, wait);
  RequestContext signal = context(2, {});
  signal.from_epoch = 2;
  EXPECT_EQ(add(2, 1, signal), 0);
  expect_one_safe(InfeasibleReason::kOrdered, 2);
  signal.from_epoch = 1;
  EXPECT_EQ(add(2, 1, signal), 1);
  EXPECT_EQ(safe().size(), 0U);
}
TEST_F(InfeasibleCyclesTest, AreListedOnceForEachSetOfLocks) {
  ask(1, 1, 2, {{9}});
  ask(2, 2, 1, {{9}});
  ask(3, 2, 1, {{9}});
  ask(4, 1, 2, {{9}});
  EXPECT_EQ(safe().size(), 1U);
}
TEST_F(InfeasibleCyclesTest, KeepTheFirstStepsOfALongOne) {
  for (NodeId lock = 1; lock < 40; ++lock) ask(lock, lock, lock + 1);
  EXPECT_EQ(ask(1, 40, 1), 0);
  expect_one_safe(InfeasibleReason::kOneThread, 0, 40);
}
TEST_F(InfeasibleCyclesTest, ThatFindNoRoomAreCountedAndStillBecomeReal) {
  constexpr NodeId kGate = 1999;
  constexpr u32 kCount = InfeasibleCycles::kCapacity + 44;
  for (u32 i = 0; i < kCount; ++i) {
    for (u32 repeat = 0; repeat < 2; ++repeat) {
      ask(10 + repeat, 2 * i + 1, 2 * i + 2, {{kGate}});
      ask(20 + repeat, 2 * i + 2, 2 * i + 1, {{kGate}});
    }
  }
  EXPECT_EQ(safe().size(), InfeasibleCycles::kCapacity);
  EXPECT_EQ(safe().dropped(), 44U);
  ask(30, 2 * kCount, 2 * kCount - 1);
  EXPECT_EQ(safe().dropped(), 43U);
  graph_.set_active(kGate, false);
  EXPECT_EQ(reconsider(kGate), static_cast<int>(kCount - 1));
  EXPECT_EQ(safe().size(), 0U);
  EXPECT_EQ(safe().dropped(), 0U);
}

TEST_F(InfeasibleCyclesTest, AreForgottenWithoutHarmToThoseThatComeLater) {
  ask(1, 1, 2);
  ask(1, 2, 1);
  ASSERT_EQ(safe().size(), 1U);
  safe().forget();
  EXPECT_EQ(safe().size(), 0U);
  ask(1, 3, 4);
  ask(1, 4, 3);
  ASSERT_EQ(safe().size(), 1U);
  EXPECT_EQ(ask(2, 2, 1), 1) << "a forgotten one still becomes real";
  EXPECT_EQ(safe().size(), 1U);
}

TEST_F(InfeasibleCyclesTest, AreReconsideredInStepsThatAreBounded) {
  stop();
  LockOrderLimits limits;
  limits.reconsider_steps = 100;
  start(limits);
  constexpr NodeId kGate = 1999;
  constexpr int kCount = 100;
  for (u32 i = 0; i < kCount; ++i) {
    ask(1, 2 * i + 1, 2 * i + 2, {{kGate}});
    ask(2, 2 * i + 2, 2 * i + 1, {{kGate}});
  }
  graph_.set_active(kGate, false);
  int real = reconsider(kGate);
  EXPECT_LT(real, kCount);
  EXPECT_GT(graph_.undecided(), 0U);
  for (int calls = 1; calls < 1000 && real < kCount; ++calls) real += reconsider(kGate);
  EXPECT_EQ(real, kCount);
}

}  // namespace
}  // namespace gridlock::internal
