// SPDX-License-Identifier: Apache-2.0
//
// Random programs that make locks, nest them and destroy them, told to two predictions: to one in full, where each lock
// has a number of its own forever and nothing is forgotten; to the other as the runtime does it, where dead locks are
// forgotten, their places are used again, and only what is called news is told. Each cycle of locks that are there
// that the first one finds the second one has to find, too; and each that the second one finds has to be made of
// requests that were made of these very locks.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "harness/analysis/prediction.h"

namespace gridlock::internal {
namespace {

using Lock = u32;  // which it is, of all that there ever were
u64 at_a_glance(HeldNode held) {
  return node_of(held) | (is_shared(held) ? RequestNews::kReads : 0);
}

using Cycle = std::set<Lock>;

struct Step {
  NodeId from;
  NodeId to;
  u32 thread;
};

class World {
 public:
  static constexpr u32 kThreads = 5;

  explicit World(u32 nodes) {
    LockOrderLimits limits;
    limits.nodes = nodes;
    limits.edges = 200'000;
    limits.writers = 64;
    limits.contexts_per_edge = 10'000;
    EXPECT_TRUE(prediction_.init(limits, {&World::on_cycle, &World::no_alias, this}));
    for (u32 thread = 0; thread < kThreads; ++thread) {
      threads_[thread].thread = thread + 1;
      prediction_.appears(threads_[thread]);
      prediction_.begins(threads_[thread]);
    }
  }
  ~World() { prediction_.release(); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void asks_in_full(u32 thread, const std::vector<NodeId>& held, NodeId wanted) {
    tell(thread, held, wanted, ~u64{0}, {});
  }
  // As note_order() does. True if nothing had to be told.
  bool asks(u32 thread, const std::vector<NodeId>& held, NodeId wanted) {
    const ThreadNode& node = threads_[thread];
    if (held.size() > News::kMax) {
      prediction_.asks_holding(node, chain_of(thread, held), 0, wanted,
                               {wanted, wanted, Mode::kExclusive, false, false});
      return false;
    }
    std::vector<HeldNode> set;
    for (const NodeId each : held) set.push_back(held_node(each, Mode::kExclusive));
    const Wanted what{wanted, Mode::kExclusive, false};
    const u32 count = static_cast<u32>(set.size());
    if (prediction_.no_news_at_a_glance(RequestNews::place_of(node), node.notifications, count,
                                        what, [&](u32 i) { return at_a_glance(set[i]); })) {
      return true;
    }
    const News news = prediction_.news_of(node, set.data(), count, what);
    if (news.none()) return true;
    tell(thread, held, wanted, news.edges, news);
    return false;
  }
  void joins(u32 thread, u32 other) {
    prediction_.joined(threads_[thread], threads_[other].segment);
    SegmentId& segment = threads_[other].segment;
    segment = prediction_.segments().add(segment, 0);
  }
  // Returns those that are free.
  std::vector<NodeId> forgets(const std::vector<NodeId>& gone) {
    prediction_.forget({gone.data(), static_cast<u32>(gone.size()),
                        [](u32) noexcept { return false; },
                        [](void (*)(SegmentId, void*), void*) noexcept {}});
    std::vector<NodeId> free;
    for (const NodeId node : gone) {
      if (prediction_.is_free(node)) free.push_back(node);
    }
    return free;
  }
  std::vector<std::vector<Step>> take() { return std::exchange(found_, {}); }
  LockOrderGraph& graph() { return prediction_.graph(); }

 private:
  void tell(u32 thread, const std::vector<NodeId>& held, NodeId wanted, u64 edges,
            const std::optional<News>& news) {
    std::vector<HeldLock> locks;
    for (const NodeId each : held) {
      const bool known = locks.size() < News::kMax && (edges >> locks.size() & 1) == 0;
      locks.push_back({each, each, each, Mode::kExclusive, false, 1, known});
    }
    PendingRequest request{locks.data(), static_cast<u32>(locks.size()), wanted};
    if (news.has_value()) {
      request.keyed = true;
      request.asked_before = !news->asked;
      request.writer_known = !news->writer;
    }
    prediction_.asks(threads_[thread], request, {wanted, wanted, Mode::kExclusive, false, false});
  }
  // As the runtime does it: what is held has one name, made of numbers that others may have later.
  ChainId chain_of(u32 thread, const std::vector<NodeId>& held) {
    std::vector<u64> keys;
    u64 key = mix(u64{threads_[thread].thread} << 32 | threads_[thread].segment);
    for (const NodeId each : held) keys.push_back(key = mix(key ^ each));
    std::size_t known = held.size();
    ChainId chain = 0;
    while (known > 0 && (chain = graph().find_chain(keys[known - 1])) == 0) --known;
    for (std::size_t i = known; i < held.size(); ++i)
      chain = graph().add_chain(keys[i], chain, held_node(held[i], Mode::kExclusive), held[i], 0);
    EXPECT_NE(chain, 0U);
    return chain;
  }
  static void on_cycle(const CycleStep* steps, u32 length, void* self) {
    std::vector<Step> cycle;
    for (u32 i = 0; i < length; ++i)
      cycle.push_back({steps[i].from, steps[i].to, steps[i].context.thread});
    static_cast<World*>(self)->found_.push_back(cycle);
  }
  static NodeId no_alias(NodeId, void*) { return 0; }

  Prediction prediction_;
  ThreadNode threads_[kThreads];
  std::vector<std::vector<Step>> found_;
};

struct Shape {
  u32 locks;  // at one time
  u32 depth;
  u32 steps;
  u32 disorder;     // one nest in so many is not in ascending order
  u32 at_one_time;  // so many dead ones are forgotten together
  bool tall;        // one nest in three is of all locks, in order
};

class Play {
 public:
  Play(unsigned seed, const Shape& shape)
      : seed_(seed), shape_(shape), random_(seed), whole_(40'000), sparing_(shape.locks * 40) {
    for (u32 i = 0; i < shape.locks; ++i) there_.push_back(make());
  }
  void run() {
    for (step_ = 0; step_ < shape_.steps && !testing::Test::HasFailure(); ++step_) {
      if (pick(60) == 0) {
        join();
      } else if (pick(4) == 0) {
        replace(there_[pick(shape_.locks)]);
      } else {
        nest();
      }
    }
  }
  u32 cycles = 0;
  u32 settled = 0;
  u32 reused = 0;  // locks that were made in the place of another one

 private:
  u32 pick(u32 bound) { return static_cast<u32>(random_() % bound); }
  Lock make() {
    const Lock lock = ++made_;
    if (free_.empty()) free_.push_back(++places_);
    const NodeId place = free_.front();
    free_.erase(free_.begin());
    reused += in_place_.contains(place) ? 1 : 0;
    place_of_[lock] = place;
    in_place_[place] = lock;
    return lock;
  }
  void replace(Lock& lock) {
    leaving_.push_back(place_of_[lock]);
    lock = make();
    if (leaving_.size() < shape_.at_one_time) return;
    for (const NodeId place : sparing_.forgets(leaving_)) {
      free_.push_back(place);
      std::erase(leaving_, place);
    }
  }
  void join() {
    const u32 thread = pick(World::kThreads);
    const u32 other = pick(World::kThreads);
    if (thread == other) return;
    whole_.joins(thread, other);
    sparing_.joins(thread, other);
  }
  void nest() {
    std::vector<Lock> locks = there_;
    std::ranges::shuffle(locks, random_);
    const bool tall = shape_.tall && pick(3) == 0;
    if (!tall) locks.resize(2 + pick(shape_.depth - 1));
    if (tall || pick(shape_.disorder) != 0) std::ranges::sort(locks);
    const u32 thread = pick(World::kThreads);
    std::vector<Lock> held;
    std::vector<NodeId> places;
    for (const Lock wanted : locks) {
      for (const Lock each : held) asked_.insert({thread + 1, each, wanted});
      whole_.asks_in_full(thread, held, wanted);
      settled += sparing_.asks(thread, places, place_of_[wanted]) ? 1 : 0;
      held.push_back(wanted);
      places.push_back(place_of_[wanted]);
      compare();
    }
  }
  bool is_there(Lock lock) const { return std::ranges::find(there_, lock) != there_.end(); }
  void compare() {
    for (const std::vector<Step>& steps : sparing_.take()) {
      Cycle cycle;
      for (const Step& step : steps) {
        const Lock from = in_place_[step.from];
        EXPECT_TRUE(asked_.contains({step.thread, from, in_place_[step.to]}))
            << "nobody has asked so, seed " << seed_ << ", step " << step_;
        cycle.insert(from);
      }
      found_.insert(cycle);
    }
    for (const std::vector<Step>& steps : whole_.take()) {
      Cycle cycle;
      bool all = true;
      for (const Step& step : steps) {
        cycle.insert(step.from);
        all = all && is_there(step.from);
      }
      if (!all) continue;  // who has died can hang no more
      ++cycles;
      EXPECT_TRUE(found_.contains(cycle)) << "missed, seed " << seed_ << ", step " << step_;
    }
  }

  unsigned seed_;
  Shape shape_;
  u32 step_ = 0;
  std::mt19937 random_;
  World whole_;
  World sparing_;
  std::vector<Lock> there_;
  Lock made_ = 0;
  NodeId places_ = 0;
  std::vector<NodeId> free_;  // the oldest first
  std::vector<NodeId> leaving_;
  std::map<Lock, NodeId> place_of_;
  std::map<NodeId, Lock> in_place_;
  std::set<std::tuple<u32, Lock, Lock>> asked_;  // thread, held, wanted
  std::set<Cycle> found_;
};

struct Sum {
  u32 cycles = 0;
  u32 settled = 0;
  u32 reused = 0;
};

Sum play(unsigned first, u32 count, const Shape& shape) {
  Sum sum;
  for (unsigned seed = first; seed < first + count && !testing::Test::HasFailure(); ++seed) {
    Play play(seed, shape);
    play.run();
    sum.cycles += play.cycles;
    sum.settled += play.settled;
    sum.reused += play.reused;
  }
  return sum;
}

TEST(ReusedPlaces, HideNoCycleOfTheLocksThatAreThere) {
  const Sum sum = play(1, 12, {8, 4, 400, 6, 6, false});
  EXPECT_GT(sum.cycles, 150U);
  EXPECT_GT(sum.settled, 300U);
  EXPECT_GT(sum.reused, 300U);
}

TEST(ReusedPlaces, HideNoCycleWhereNestsAreNearlyAlwaysInOrder) {
  const Sum sum = play(100, 8, {16, 6, 500, 40, 12, false});
  EXPECT_GT(sum.cycles, 50U);
  EXPECT_GT(sum.settled, 300U);
  EXPECT_GT(sum.reused, 300U);
}

// More locks at once than are told one by one, some of which die between others that stay.
TEST(ReusedPlaces, HideNoCycleThroughAVeryTallNest) {
  const Sum sum = play(200, 6, {70, 2, 36, 8, 2, true});
  EXPECT_GT(sum.cycles, 2U);
  EXPECT_GT(sum.reused, 10U);
}

}  // namespace
}  // namespace gridlock::internal
