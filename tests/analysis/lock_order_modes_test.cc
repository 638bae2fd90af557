// SPDX-License-Identifier: Apache-2.0
//
// Readers, writers, signals, classes: each cycle beside the nearest that cannot happen.
#include <gtest/gtest.h>

#include "harness/analysis/lock_order_graph.h"

namespace gridlock::internal {
namespace {

constexpr Mode kEx = Mode::kExclusive;
constexpr Mode kSh = Mode::kShared;

struct ModeGraph {
  explicit ModeGraph(u32 search_steps = LockOrderLimits{}.search_steps) {
    LockOrderLimits limits;
    limits.nodes = 100;
    limits.edges = 100;
    limits.search_steps = search_steps;
    EXPECT_TRUE(segments.init(200));
    EXPECT_TRUE(graph.init(limits, &segments));
  }
  ~ModeGraph() {
    graph.release();
    segments.release();
  }
  ModeGraph(const ModeGraph&) = delete;
  ModeGraph& operator=(const ModeGraph&) = delete;
  RequestContext context(u32 thread, NodeId held, Mode mode) {
    RequestContext result;
    result.thread = thread;
    const HeldNode entry = held_node(held, mode);
    result.held_set = graph.intern_held_set(&entry, held == 0 ? 0 : 1);
    result.held_mode = mode;
    return result;
  }
  /// Length of the cycle that was found, or 0.
  u32 add(NodeId from, NodeId to, const RequestContext& request) {
    found = 0;
    graph.add(
        from, to, request,
        [](const CycleStep*, u32 length, void* self) {
          static_cast<ModeGraph*>(self)->found = length;
        },
        this);
    return found;
  }
  u32 add(u32 thread, NodeId from, Mode held, NodeId to, Mode wanted) {
    RequestContext request = context(thread, from, held);
    request.wanted_mode = wanted;
    return add(from, to, request);
  }
  /// `thread` holds lock 1 and waits for the n-th signal of 2; then another asks for 1 before the
  /// k-th.
  u32 wait_and_signal(u32 n, u32 k) {
    RequestContext wait = context(1, 1, kEx);
    wait.to_epoch = n;
    EXPECT_EQ(add(1, 2, wait), 0U);
    RequestContext signal = context(2, 0, kEx);
    signal.from_epoch = k;
    return add(2, 1, signal);
  }
  Segments segments;
  LockOrderGraph graph;
  u32 found = 0;
};

TEST(Modes, ReadersDoNotWaitForReadersButForWriters) {
  ModeGraph readers;
  readers.add(1, 1, kSh, 2, kSh);
  EXPECT_EQ(readers.add(2, 2, kSh, 1, kSh), 0U);
  ModeGraph mixed;
  mixed.add(1, 1, kSh, 2, kEx);
  EXPECT_EQ(mixed.add(2, 2, kSh, 1, kEx), 2U);
}
// A reader asks again behind a writer whose life has many parts. Length of the cycle, or 0.
u32 read_again_behind_a_long_life(ModeGraph& trace) {
  trace.graph.describe(1, NodeKind::kLock, true);
  RequestContext reader = trace.context(1, 1, kSh);
  reader.wanted_mode = kSh;
  reader.segment = trace.segments.add(0, 0);
  RequestContext writer = trace.context(2, 0, kEx);
  writer.segment = trace.segments.add(0, 0);
  for (u32 i = 0; i < 50; ++i)
    writer.segment = trace.segments.add(writer.segment, trace.segments.add(0, 0));
  EXPECT_EQ(trace.graph.note_writer(1, writer), LockOrderGraph::Added::kNew);
  return trace.add(1, 1, reader);
}
TEST(Modes, ASearchThatRunsOutOfStepsAtAWriterIsUndecided) {
  ModeGraph enough{1000};
  EXPECT_EQ(read_again_behind_a_long_life(enough), 1U);
  EXPECT_EQ(enough.graph.undecided(), 0U);
  ModeGraph few{10};
  EXPECT_EQ(read_again_behind_a_long_life(few), 0U);
  EXPECT_EQ(few.graph.undecided(), 1U);
}
TEST(Modes, AReaderAsksAgainBehindAWriterOfAnotherThreadOnly) {
  for (const u32 writer : {1U, 2U}) {
    ModeGraph trace;
    trace.graph.describe(1, NodeKind::kLock, true);
    trace.graph.note_writer(1, trace.context(writer, 0, kEx));
    EXPECT_EQ(trace.add(1, 1, kSh, 1, kSh), writer == 1 ? 0U : 1U);
  }
}
TEST(Modes, TwoUpgradesMeetButOneDoesNot) {
  ModeGraph trace;
  EXPECT_EQ(trace.add(1, 1, kSh, 1, kEx), 0U);
  EXPECT_EQ(trace.add(2, 1, kSh, 1, kEx), 2U);
}
TEST(Modes, TwoLocksOfOneClassMeetAlsoInOneThreadButTwoRequestsForOneLockDoNot) {
  for (const NodeKind kind : {NodeKind::kClass, NodeKind::kLock}) {
    ModeGraph trace;
    trace.graph.describe(1, kind, false);
    EXPECT_EQ(trace.add(1, 1, kEx, 1, kEx), kind == NodeKind::kClass ? 1U : 0U);
    EXPECT_EQ(trace.add(2, 1, kEx, 1, kEx), 0U);  // the same once more
  }
}
TEST(Signals, AreMissedOnlyByWhoeverStillNeedsThem) {
  for (const NodeKind kind : {NodeKind::kSignal, NodeKind::kWakeup}) {
    for (u32 n = 1; n <= 3; ++n) {
      ModeGraph trace;
      trace.graph.describe(2, kind, false);
      const bool meets = kind == NodeKind::kSignal ? 2 <= n : 2 == n;
      EXPECT_EQ(trace.wait_and_signal(n, 2), meets ? 2U : 0U) << n;
    }
  }
}
TEST(Nodes, ThatAreInactiveTakePartInNone) {
  ModeGraph trace;
  trace.graph.set_active(1, false);
  trace.add(1, 1, kEx, 2, kEx);
  EXPECT_EQ(trace.add(2, 2, kEx, 1, kEx), 0U);
}

}  // namespace
}  // namespace gridlock::internal
