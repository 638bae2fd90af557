// SPDX-License-Identifier: Apache-2.0
//
// Random programs, told to the graph and to the naive model: the two must agree after every
// operation on whether something new can hang.
#include "tests/analysis/naive_model.h"

#include <gtest/gtest.h>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "harness/analysis/lock_order_graph.h"

namespace gridlock::internal {
namespace {

using Key = NaiveModel::Key;

std::string in_words(const std::set<Key>& keys) { return testing::PrintToString(keys); }

// What the program has: threads 1 to 4, nodes 1 to 7 and the events 20 to 22 that order threads.
class RandomProgram {
 public:
  explicit RandomProgram(unsigned seed) : random_(seed) {
    LockOrderLimits limits;
    limits.nodes = 100;
    limits.edges = 1000;
    limits.contexts_per_edge = 1000;
    limits.writers_per_node = 200;
    EXPECT_TRUE(segments_.init(1000, 100));
    EXPECT_TRUE(graph_.init(limits, &segments_));
    const NodeKind last = pick(2) == 0 ? NodeKind::kSignal : NodeKind::kWakeup;
    for (NodeId node = 1; node <= kNodes; ++node) {
      NaiveModel::Traits traits;
      if (node == kNodes) traits.kind = last;
      if (node == kNodes - 1 && pick(2) == 0) traits.kind = NodeKind::kClass;
      traits.prefers_writers = node == 1 || node == 2;
      model_.nodes[node] = traits;
      EXPECT_TRUE(graph_.describe(node, traits.kind, traits.prefers_writers));
    }
    for (u32 thread = 1; thread <= kThreads; ++thread) at_[thread] = new_segment(0, 0, 0, false);
  }
  ~RandomProgram() {
    graph_.release();
    segments_.release();
  }
  RandomProgram(const RandomProgram&) = delete;
  RandomProgram& operator=(const RandomProgram&) = delete;

  void step() {
    const u32 what = pick(20);
    if (what < 12) {
      request();
    } else if (what < 15) {
      order_threads();
    } else if (what < 17) {
      writer();
    } else if (what < 18) {
      distrust();
    } else if (what < 19) {
      toggle();
    } else {
      signal();
    }
    EXPECT_EQ(graph_.undecided(), 0U);
    EXPECT_EQ(graph_.contexts_dropped(), 0U);
    // Nothing is missed by whatever way it became possible; once something was reported the graph
    // says only what is new and near.
    if (reported_.empty()) {
      EXPECT_FALSE(model_.any_cycle()) << "missed";
    }
  }
  bool has_reported() const { return !reported_.empty(); }
  u32 safe() { return graph_.infeasible_cycles().size(); }

 private:
  static constexpr NodeId kNodes = 7;
  static constexpr u32 kThreads = 4;

  u32 pick(u32 bound) { return static_cast<u32>(random_() % bound); }
  Mode pick_mode() { return pick(3) == 0 ? Mode::kShared : Mode::kExclusive; }
  SegmentId new_segment(SegmentId before, SegmentId also, u32 via, bool apart) {
    const SegmentId id =
        apart ? segments_.add_apart(before, also, via) : segments_.add(before, also, via);
    EXPECT_EQ(model_.segments.add(before, also, via, apart), id);
    return id;
  }
  NaiveModel::Held pick_held() {
    NaiveModel::Held held;
    for (u32 n = pick(3); n > 0; --n) held[1 + pick(kNodes - 1)] = pick_mode();
    return held;
  }
  u32 intern(const NaiveModel::Held& held) {
    std::vector<HeldNode> sorted;
    for (const auto& [node, mode] : held) sorted.push_back(held_node(node, mode));
    return graph_.intern_held_set(sorted.data(), static_cast<u32>(sorted.size()));
  }

  void add(NodeId from, NodeId to, RequestContext context, const NaiveModel::Held& held) {
    context.held_set = intern(held);
    const NaiveModel::Request request{from, to, context, held};
    const bool is_new = model_.add(request);
    std::set<Key> expected;
    if (is_new) expected = model_.cycles_of(request);
    for (const Key& known : reported_) expected.erase(known);
    fresh_.clear();
    const LockOrderGraph::Added added = graph_.add(from, to, context, &on_cycle, this);
    ASSERT_EQ(added, is_new ? LockOrderGraph::Added::kNew : LockOrderGraph::Added::kKnown);
    ASSERT_EQ(fresh_.empty(), expected.empty())
        << in_words(fresh_) << " for " << in_words(expected);
    for (const Key& key : fresh_) ASSERT_TRUE(expected.contains(key)) << in_words(fresh_);
  }
  void request() {
    const u32 thread = 1 + pick(kThreads);
    const NaiveModel::Held held = pick_held();
    RequestContext context;
    context.thread = thread;
    context.segment = at_[thread];
    const NodeId wanted = 1 + pick(kNodes);
    context.wanted_mode = wanted == kNodes ? Mode::kExclusive : pick_mode();
    if (wanted == kNodes) context.to_epoch = 1 + pick(3);
    for (const auto& [from, mode] : held) {
      context.held_mode = mode;
      context.unpublished = pick(8) == 0;
      ASSERT_NO_FATAL_FAILURE(add(from, wanted, context, held));
    }
  }
  void signal() {
    const u32 thread = 1 + pick(kThreads);
    RequestContext context;
    context.thread = thread;
    context.segment = at_[thread];
    context.from_epoch = 1 + pick(3);
    context.wanted_mode = pick_mode();
    add(kNodes, 1 + pick(kNodes - 1), context, pick_held());
  }
  void order_threads() {
    const u32 thread = 1 + pick(kThreads);
    const u32 other = 1 + pick(kThreads);
    const u32 via = pick(3) == 0 ? 0 : 20 + pick(3);
    const SegmentId there = at_[other];
    if (thread != other) at_[other] = new_segment(there, 0, 0, false);
    at_[thread] = new_segment(at_[thread], thread != other ? there : 0, via, pick(5) == 0);
  }
  void writer() {
    const u32 thread = 1 + pick(kThreads);
    const NodeId node = 1 + pick(2);
    const NaiveModel::Held held = pick_held();
    RequestContext context;
    context.thread = thread;
    context.segment = at_[thread];
    context.held_set = intern(held);
    model_.note_writer(node, thread, at_[thread], held);
    const LockOrderGraph::Added added = graph_.note_writer(node, context);
    ASSERT_NE(added, LockOrderGraph::Added::kFull);
    if (added == LockOrderGraph::Added::kNew) reconsider(node);
  }
  void distrust() {
    const u32 via = 20 + pick(3);
    segments_.distrust(via);
    model_.segments.distrust(via);
    reconsider(via);
  }
  void toggle() {
    const NodeId node = 1 + pick(kNodes);
    NaiveModel::Traits& traits = model_.nodes[node];
    traits.active = !traits.active;
    ASSERT_TRUE(graph_.set_active(node, traits.active));
    reconsider(node);
  }
  void reconsider(u32 object) {
    fresh_.clear();
    graph_.reconsider(object, &on_cycle, this);
  }

  // Whatever is reported must be possible, step by step.
  static void on_cycle(const CycleStep* steps, u32 length, void* self) {
    auto& program = *static_cast<RandomProgram*>(self);
    std::vector<NaiveModel::Request> requests;
    std::set<NodeId> locks;
    for (u32 i = 0; i < length; ++i) {
      EXPECT_EQ(steps[i].to, steps[(i + 1) % length].from);
      locks.insert(steps[i].from);
      NaiveModel::Held held;
      const HeldSets::View view = program.graph_.held_set(steps[i].context.held_set);
      for (u32 k = 0; k < view.size(); ++k)
        held[node_of(view[k])] = is_shared(view[k]) ? Mode::kShared : Mode::kExclusive;
      requests.push_back({steps[i].from, steps[i].to, steps[i].context, held});
    }
    std::vector<const NaiveModel::Request*> chain;
    for (const NaiveModel::Request& one : requests) chain.push_back(&one);
    EXPECT_TRUE(program.model_.feasible(chain)) << "a false alarm";
    const bool of_class = program.model_.nodes.at(*locks.begin()).kind == NodeKind::kClass;
    const Key key{of_class && locks.size() == 1 ? 1 : length, locks};
    EXPECT_TRUE(program.reported_.insert(key).second) << "reported twice";
    program.fresh_.insert(key);
    const InfeasibleCycles& safe = program.graph_.infeasible_cycles();
    for (u32 i = 0; i < safe.size(); ++i) {
      std::set<NodeId> listed;
      for (u32 k = 0; k < safe[i].length; ++k) listed.insert(safe[i].steps[k].from);
      EXPECT_NE((Key{safe[i].length, listed}), key) << "still listed as infeasible";
    }
  }

  std::mt19937 random_;
  Segments segments_;
  LockOrderGraph graph_;
  NaiveModel model_;
  std::map<u32, SegmentId> at_;  // by thread
  std::set<Key> reported_;
  std::set<Key> fresh_;
};

TEST(NaiveModel, AgreesAfterEveryOperationOfRandomPrograms) {
  int with_cycle = 0;
  int with_safe = 0;
  constexpr unsigned kSeeds = 600;
  for (unsigned seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomProgram program(seed);
    for (int i = 0; i < 45; ++i) {
      SCOPED_TRACE("operation " + std::to_string(i));
      program.step();
      if (HasFailure()) return;
    }
    with_cycle += program.has_reported() ? 1 : 0;
    with_safe += program.safe() != 0 ? 1 : 0;
  }
  EXPECT_GT(with_cycle, static_cast<int>(kSeeds / 4));
  EXPECT_LT(with_cycle, static_cast<int>(kSeeds));
  EXPECT_GT(with_safe, static_cast<int>(kSeeds / 4));
}

// Every request is made by a thread of its own that holds one lock, so that every cycle of edges is
// feasible: components must merge exactly where cycles are reported. Boost.Graph says which merge.
void compare_components(unsigned seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  constexpr u32 kOperations = 100'000;
  constexpr u32 kNodes = 5000;
  constexpr u32 kEvery = 4000;
  struct Found {
    std::vector<std::vector<NodeId>> cycles;
  };
  std::mt19937 random(seed);
  LockOrderLimits limits;
  limits.nodes = kNodes;
  limits.edges = kOperations;
  Segments segments;
  LockOrderGraph graph;
  ASSERT_TRUE(segments.init(10));
  ASSERT_TRUE(graph.init(limits, &segments));
  boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS> model(kNodes + 1);
  std::vector<int> before(kNodes + 1);
  std::iota(before.begin(), before.end(), 0);
  Found found;
  u32 reports = 0;
  u32 merges = 0;
  for (u32 i = 1; i <= kOperations; ++i) {
    NodeId from = 1 + static_cast<NodeId>(random() % kNodes);
    NodeId to = 1 + static_cast<NodeId>(random() % kNodes);
    if (from == to) continue;
    if (from > to) std::swap(from, to);
    if (random() % 10'000 < 2) {
      from = to;
      to -= std::min(to - 1, 1 + static_cast<NodeId>(random() % 1200));
    }
    if (from == to) continue;
    RequestContext context;
    context.thread = i;
    const HeldNode held = held_node(from, Mode::kExclusive);
    context.held_set = graph.intern_held_set(&held, 1);
    add_edge(from, to, model);
    graph.add(
        from, to, context,
        [](const CycleStep* steps, u32 length, void* result) {
          std::vector<NodeId> nodes;
          for (u32 k = 0; k < length; ++k) nodes.push_back(steps[k].from);
          static_cast<Found*>(result)->cycles.push_back(nodes);
        },
        &found);
    if (i % kEvery != 0) continue;
    std::vector<int> now(kNodes + 1);
    strong_components(
        model, boost::make_iterator_property_map(now.begin(), get(boost::vertex_index, model)));
    for (const std::vector<NodeId>& cycle : found.cycles) {
      for (const NodeId node : cycle) ASSERT_EQ(now[node], now[cycle[0]]) << "no cycle of edges";
    }
    const bool merged = std::set<int>(now.begin() + 1, now.end()).size() !=
                        std::set<int>(before.begin() + 1, before.end()).size();
    if (merged) {
      ASSERT_FALSE(found.cycles.empty()) << "missed before operation " << i;
    }
    for (int k = 0; k < 2000; ++k) {
      const NodeId a = 1 + static_cast<NodeId>(random() % kNodes);
      const NodeId b = 1 + static_cast<NodeId>(random() % kNodes);
      ASSERT_EQ(graph.on_common_cycle(a, b), now[a] == now[b]) << a << ", " << b << " after " << i;
    }
    for (const std::vector<NodeId>& cycle : found.cycles)
      ASSERT_TRUE(graph.on_common_cycle(cycle.front(), cycle.back()));
    merges += merged ? 1 : 0;
    reports += static_cast<u32>(found.cycles.size());
    found.cycles.clear();
    before = now;
  }
  EXPECT_GT(merges, 2U);
  EXPECT_GT(reports, 2U);
  graph.release();
  segments.release();
}

TEST(NaiveModel, AgreesWithBoostOverManyOperations) {
  for (const unsigned seed : {1U, 2U, 3U}) compare_components(seed);
}

}  // namespace
}  // namespace gridlock::internal
