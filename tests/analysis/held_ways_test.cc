// SPDX-License-Identifier: Apache-2.0
//
// What an edge keeps of very many ways to hold locks. Random programs, most of whose ways are left out, are held
// against a list of everything that was ever asked for: a cycle of two has to be found whatever the other thread
// holds.
#include "harness/analysis/held_ways.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "harness/analysis/prediction.h"

namespace gridlock::internal {
namespace {

using HeldLocks = std::vector<NodeId>;

HeldLocks choose(std::mt19937& random, u32 count, u32 limit) {
  std::set<NodeId> chosen;
  while (chosen.size() < count) chosen.insert(1 + static_cast<NodeId>(random() % limit));
  return {chosen.begin(), chosen.end()};
}

bool disjoint(const HeldLocks& a, const HeldLocks& b) {
  return std::ranges::none_of(a, [&](NodeId node) { return std::ranges::count(b, node) != 0; });
}

class Program {
 public:
  explicit Program(const LockOrderLimits& limits) {
    EXPECT_TRUE(prediction_.init(limits, {&Program::on_cycle, &Program::no_alias, this}));
    for (u32 thread = 0; thread < kThreads; ++thread) {
      threads_[thread].thread = thread + 1;
      prediction_.appears(threads_[thread]);
      prediction_.begins(threads_[thread]);
    }
  }
  ~Program() { prediction_.release(); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Takes the locks one inside the other. True if the last request was news.
  bool nests(u32 thread, const HeldLocks& locks) {
    bool news = false;
    for (std::size_t i = 1; i < locks.size(); ++i)
      news = asks(thread, HeldLocks(locks.begin(), locks.begin() + static_cast<std::ptrdiff_t>(i)),
                  locks[i]);
    return news;
  }
  /// Could a thread that holds these and asks for `from`, and one that asked for `to` while it held `from`, hang?
  bool can_hang(u32 thread, const HeldLocks& held, NodeId from, NodeId to) const {
    return std::ranges::any_of(asked_, [&](const Asked& asked) {
      return asked.thread != thread && asked.wanted == to && asked.held.back() == from &&
             disjoint(asked.held, held);
    });
  }
  bool has_found(NodeId a, NodeId b) const { return found_.contains({a, b}); }
  LockOrderGraph& graph() { return prediction_.graph(); }
  /// Requests that were told to the graph.
  u32 told() const { return told_; }
  static constexpr u32 kThreads = 14;

 private:
  struct Asked {
    u32 thread;
    HeldLocks held;
    NodeId wanted;
  };
  bool asks(u32 thread, const HeldLocks& held, NodeId wanted) {
    asked_.push_back({thread, held, wanted});
    const ThreadNode& node = threads_[thread];
    const u32 count = static_cast<u32>(held.size());
    const Wanted what{wanted, Mode::kExclusive, false};
    if (prediction_.no_news_at_a_glance(RequestNews::place_of(node), node.notifications, count,
                                        what, [&](u32 i) { return u64{held[i]}; })) {
      return false;
    }
    std::vector<HeldNode> set;
    std::vector<HeldLock> locks;
    for (const NodeId each : held) {
      set.push_back(held_node(each, Mode::kExclusive));
      locks.push_back({each, each, each, Mode::kExclusive, false});
    }
    const News news = prediction_.news_of(node, set.data(), count, what);
    if (news.none()) return false;
    for (u32 i = 0; i < count; ++i) locks[i].known = (news.edges >> i & 1) == 0;
    PendingRequest request{locks.data(), count, wanted};
    request.keyed = true;
    request.asked_before = !news.asked;
    ++told_;
    prediction_.asks(node, request, {wanted, wanted, Mode::kExclusive, false, false});
    return (news.edges >> (count - 1) & 1) != 0;  // that of the newest
  }
  static void on_cycle(const CycleStep* steps, u32 length, void* self) {
    std::set<NodeId> cycle;
    for (u32 i = 0; i < length; ++i) cycle.insert(steps[i].from);
    static_cast<Program*>(self)->found_.insert(cycle);
  }
  static NodeId no_alias(NodeId, void*) { return 0; }

  Prediction prediction_;
  ThreadNode threads_[kThreads];
  std::vector<Asked> asked_;
  std::set<std::set<NodeId>> found_;
  u32 told_ = 0;
};

LockOrderLimits limits_of(u32 many, u32 plenty) {
  LockOrderLimits limits;
  limits.nodes = 600;
  limits.edges = 20'000;
  limits.writers = 64;
  limits.many_contexts = many;
  limits.plenty_of_contexts = plenty;
  return limits;
}

constexpr u32 kGates = 10;  // locks 1 to 10
constexpr u32 kOthers = 3;  // of them are held while `from` is

struct Tally {
  u32 hang = 0;
  u32 cannot = 0;
  u32 dropped = 0;
};

// `threads` nest `from` and `to` in very many ways; then `last` does it the other way round, in one way after the
// other, until that can hang.
void cross(unsigned seed, u32 threads, u32 last, Tally* tally) {
  std::mt19937 random{seed};
  Program program(limits_of(0, 1u << 17));
  for (NodeId from = kGates + 1; from < kGates + 9; from += 2) {
    const NodeId to = from + 1;
    for (u32 i = 0; i < 150; ++i) {
      HeldLocks nest = choose(random, kOthers, kGates);
      nest.push_back(from);
      nest.push_back(to);
      program.nests(random() % threads, nest);
    }
    for (u32 i = 0; i < 60 && !program.has_found(from, to); ++i) {
      HeldLocks nest = choose(random, kOthers, kGates);
      nest.push_back(to);
      const bool hangs = program.can_hang(last, nest, from, to);
      nest.push_back(from);
      program.nests(last, nest);
      ASSERT_EQ(program.has_found(from, to), hangs)
          << "seed " << seed << ", " << threads << " threads, " << from << " held with "
          << testing::PrintToString(nest);
      ++(hangs ? tally->hang : tally->cannot);
    }
  }
  tally->dropped += program.graph().contexts_dropped();
}

TEST(HeldWays, NoCycleOfTwoIsMissedHoweverManyWaysAreLeftOut) {
  Tally tally;
  for (unsigned seed = 1; seed <= 25 && !HasFailure(); ++seed) {
    cross(seed, 12, 5, &tally);
    if (seed > 8) continue;
    cross(seed, 1, 13, &tally);
    cross(seed, 3, 13, &tally);
    cross(seed, 12, 13, &tally);
  }
  EXPECT_GT(tally.hang, 100U);
  EXPECT_GT(tally.dropped, 1000U);
}

// One way for each of few threads: what others than these hold is left out only when more of them than one are there.
TEST(HeldWays, TheThreadThatAsksTheOtherWayRoundIsNotOneOfThoseThatAreKept) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random{seed};
    Program program(limits_of(0, 1u << 17));
    constexpr NodeId kFrom = 40;
    constexpr NodeId kTo = 41;
    for (u32 i = 0; i < 400; ++i) {
      HeldLocks nest = choose(random, 2, 30);
      nest.push_back(kFrom);
      nest.push_back(kTo);
      program.nests(i < 200 ? 0 : random() % 12, nest);
    }
    program.nests(0, {kTo, kFrom});
    EXPECT_TRUE(program.has_found(kFrom, kTo)) << "seed " << seed;
  }
}

TEST(HeldWays, WhatIsSettledIsNewsAgainWhenMoreLocksAreHeldThanEverBefore) {
  std::mt19937 random{1};
  Program program(limits_of(0, 1u << 17));
  const auto ask = [&] {
    HeldLocks nest = choose(random, 3, 30);
    nest.push_back(40);
    nest.push_back(41);
    return program.nests(0, nest);
  };
  u32 news = 0;
  for (u32 i = 0; i < 100; ++i) news += ask() ? 1 : 0;
  EXPECT_GT(news, 3U);
  EXPECT_FALSE(ask());
  program.nests(1, {51, 52, 53, 54, 55, 56, 57, 58, 59});
  EXPECT_TRUE(ask()) << "a thread may hold seven more now";
}

TEST(HeldWays, WhereThereIsRoomForFourThoseFourSettleTheRestForAllThreads) {
  Program program(limits_of(~0u, 2));
  for (u32 thread = 0; thread < 12; ++thread) program.nests(thread, {1, 2});
  u32 told = 0;
  for (u32 thread = 0; thread < 12; ++thread) told += program.nests(thread, {3, 4}) ? 1 : 0;
  EXPECT_EQ(told, 5U) << "four that are kept, and one for which there is no room";
  EXPECT_FALSE(program.nests(12, {3, 4}));
  program.nests(0, {4, 3});
  EXPECT_TRUE(program.has_found(3, 4)) << "with one of the three others";
}

// Others may come to wait for its end.
TEST(HeldWays, WhatIsSettledForAllThreadsIsPutOnRecordOnceForEach) {
  Program program(limits_of(0, 1u << 17));
  for (u32 round = 0; round < 3; ++round) {
    for (u32 thread = 0; thread < 12; ++thread) program.nests(thread, {1, 2});
  }
  const u32 told = program.told();
  program.nests(11, {1, 2});
  EXPECT_EQ(program.told(), told);
  EXPECT_FALSE(program.nests(12, {1, 2})) << "the edge is settled";
  EXPECT_EQ(program.told(), told + 1) << "the request is not";
  program.nests(12, {1, 2});
  EXPECT_EQ(program.told(), told + 1);
}

TEST(HeldWays, AnEdgeForWhichThereIsNoRoomIsNotAskedForAgainAndTheOthersStayInUse) {
  LockOrderLimits limits = limits_of(1u << 10, 1u << 17);
  limits.edges = 20;
  Program program(limits);
  u32 news = 0;
  for (u32 round = 0; round < 3; ++round) {  // an edge is said to be settled when it comes again
    news = 0;
    for (NodeId node = 1; node < 60; node += 2) news += program.nests(0, {node, node + 1}) ? 1 : 0;
  }
  EXPECT_EQ(news, 0U);
  program.nests(1, {2, 1});
  EXPECT_FALSE(program.has_found(1, 2)) << "there is no room for the edge back";
  EXPECT_EQ(program.graph().kept_edges(), 20U);
}

// By trying all sets of so many locks.
bool can_be_gated(const std::vector<HeldLocks>& ways, u32 locks, NodeId first = 1) {
  if (ways.empty()) return true;
  if (locks == 0) return false;
  for (NodeId node = first; node <= kGates; ++node) {
    std::vector<HeldLocks> rest;
    for (const HeldLocks& way : ways) {
      if (std::ranges::count(way, node) == 0) rest.push_back(way);
    }
    if (can_be_gated(rest, locks - 1, node + 1)) return true;
  }
  return false;
}

TEST(HeldWays, SayWhetherSoManyLocksCanKeepAllOfThemOut) {
  constexpr NodeId kFrom = kGates + 1;
  u32 gated = 0;
  u32 open = 0;
  for (unsigned seed = 1; seed <= 80; ++seed) {
    std::mt19937 random{seed};
    HeldWays ways(kFrom);
    HeldSets sets;
    ASSERT_TRUE(sets.init(4000));
    std::vector<HeldLocks> all;
    std::vector<u32> thread_of;
    for (u32 i = random() % 20; i > 0; --i) {
      all.push_back(choose(random, 1 + random() % 4, kGates));
      thread_of.push_back(random() % 5);
      std::vector<HeldNode> held;
      for (const NodeId node : all.back()) held.push_back(held_node(node, Mode::kExclusive));
      held.push_back(held_node(kFrom, Mode::kExclusive));
      const u32 set = sets.intern(held.data(), static_cast<u32>(held.size()));
      ways.add(thread_of.back(), sets.view(set));
    }
    for (u32 locks = 0; locks <= 5; ++locks) {
      const bool expected = can_be_gated(all, locks);
      EXPECT_EQ(ways.can_be_gated(locks), expected) << "seed " << seed;
      ++(expected ? gated : open);
      bool beside = expected;
      for (u32 thread = 0; thread < 5; ++thread) {
        std::vector<HeldLocks> rest;
        for (std::size_t i = 0; i < all.size(); ++i) {
          if (thread_of[i] != thread) rest.push_back(all[i]);
        }
        beside = beside || can_be_gated(rest, locks);
      }
      EXPECT_EQ(ways.can_be_gated_beside_a_thread(locks), beside) << "seed " << seed;
    }
    sets.release();
  }
  EXPECT_GT(gated, 100U);
  EXPECT_GT(open, 50U);
}

TEST(SettledRequests, WhatIsKnownOfThreadsThatHaveEndedMakesRoomBeforeTheTableGrows) {
  const auto bytes_after = [](u32 threads, bool end) {
    SettledRequests settled;
    EXPECT_TRUE(settled.init());
    const HeldNode held = held_node(1, Mode::kExclusive);
    for (u32 thread = 1; thread <= threads; ++thread) {
      for (NodeId to = 2; to < 8; ++to)
        settled.settle_with(
            SettledRequests::key(SettledRequests::place(thread, thread, 0), held, to), &held, 1, 0);
      if (end) settled.note_ended();
    }
    const u64 bytes = settled.bytes();
    settled.release();
    return bytes;
  };
  EXPECT_LT(bytes_after(50'000, true), 100'000U);
  EXPECT_GT(bytes_after(5'000, false), 500'000U);
}

}  // namespace
}  // namespace gridlock::internal
