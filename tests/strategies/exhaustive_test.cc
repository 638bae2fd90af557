// SPDX-License-Identifier: Apache-2.0
#include "harness/schedule/exhaustive.h"

#include <gtest/gtest.h>

#include "harness/schedule/random.h"
#include "tests/strategies/toy_program.h"

namespace gridlock::toys {
namespace {

Op reads(u32 what) { return {Deed::kRead, what}; }
Op writes(u32 what) { return {Deed::kWrite, what}; }
Op locks(u32 what) { return {Deed::kLock, what}; }
Op unlocks(u32 what) { return {Deed::kUnlock, what}; }
Op takes(u32 what) { return {Deed::kTake, what}; }
Op posts(u32 what) { return {Deed::kPost, what}; }
Op chooses(u32 count) { return {Deed::kChoose, count}; }
Op joins(u32 thread) { return {Deed::kJoin, thread}; }
const Op kLocal = {Deed::kLocal, 0};

const Thread kCounts = {reads(1), writes(1)};
const Thread kCountsLocked = {locks(1), reads(1), writes(1), unlocks(1)};

const std::vector<ToyProgram>& programs() {
  static const std::vector<ToyProgram> all = {
      {"one thread", {{reads(1), writes(1), reads(2)}}},
      {"nothing shared", {{writes(1), reads(1)}, {writes(2), reads(2)}, {writes(3), kLocal}}},
      {"two writers", {{writes(1)}, {writes(1)}}},
      {"four writers", {{writes(1)}, {writes(1)}, {writes(1)}, {writes(1)}}},
      {"one writer and three readers", {{writes(1)}, {reads(1)}, {reads(1)}, {reads(1)}}},
      {"two readers of two writers' objects",
       {{writes(1)}, {writes(2)}, {reads(1), reads(2)}, {reads(2), reads(1)}}},
      {"store buffering", {{writes(1), reads(2)}, {writes(2), reads(1)}}},
      {"message passing", {{writes(1), writes(2)}, {reads(2), reads(1)}}},
      {"unsafe counter, two threads", {kCounts, kCounts}},
      {"unsafe counter, three threads", {kCounts, kCounts, kCounts}},
      {"unsafe counter, twice each",
       {{reads(1), writes(1), reads(1), writes(1)}, {reads(1), writes(1), reads(1), writes(1)}}},
      {"last zero", {{reads(1), reads(2), reads(3)}, {reads(1), writes(2)}, {reads(2), writes(3)}}},
      {"indexer of three",
       {{writes(1), writes(2)}, {writes(2), writes(3)}, {writes(3), writes(1)}}},
      {"locked counter, two threads", {kCountsLocked, kCountsLocked}},
      {"locked counter, three threads", {kCountsLocked, kCountsLocked, kCountsLocked}},
      {"two locks in two orders",
       {{locks(1), locks(2), unlocks(2), unlocks(1)},
        {locks(2), locks(1), unlocks(1), unlocks(2)}}},
      {"two locks in one order",
       {{locks(1), locks(2), unlocks(2), unlocks(1)},
        {locks(1), locks(2), unlocks(2), unlocks(1)}}},
      {"three locks in a ring",
       {{locks(1), locks(2), unlocks(2), unlocks(1)},
        {locks(2), locks(3), unlocks(3), unlocks(2)},
        {locks(3), locks(1), unlocks(1), unlocks(3)}}},
      {"a lock and what it does not guard",
       {{locks(1), writes(1), unlocks(1), writes(2)},
        {writes(2), locks(1), writes(1), unlocks(1)},
        {reads(2)}}},
      {"a lock that is never released", {{locks(1), writes(1)}, {writes(1), locks(1), writes(1)}}},
      {"a semaphore that is posted", {{takes(1), writes(1)}, {writes(1), posts(1)}, {reads(1)}}},
      {"one permit for three",
       {{takes(1), writes(1), posts(1)}, {takes(1), writes(1), posts(1)}, {takes(1), posts(1)}},
       1},
      {"two permits for three",
       {{takes(1), writes(1), posts(1)},
        {takes(1), writes(1), posts(1)},
        {takes(1), writes(1), posts(1)}},
       2},
      {"two posts for one", {{takes(1), writes(1)}, {posts(1)}, {posts(1), writes(1)}}},
      {"a take that starves", {{takes(1), posts(2)}, {takes(2), posts(1)}, {writes(1)}}},
      {"a choice of three", {{chooses(3), writes(1)}, {reads(1)}}},
      {"choices on both sides", {{writes(1), chooses(2), writes(1)}, {chooses(2), reads(1)}}},
      {"a thread that is joined",
       {{joins(1), reads(1), joins(2), reads(1)}, {writes(1), writes(1)}, {writes(1)}}},
      {"a hand-over by flag and lock",
       {{writes(1), locks(1), writes(2), unlocks(1)},
        {locks(1), reads(2), unlocks(1), reads(1)},
        {locks(1), reads(2), unlocks(1)}}},
  };
  return all;
}

class EachProgram : public testing::TestWithParam<std::size_t> {};

TEST_P(EachProgram, RunsAsOftenAsItHasTraces) {
  const ToyProgram& program = programs()[GetParam()];
  const Enumerator naive(program);
  const Counted counted = explore(program);
  EXPECT_EQ(counted.complete, naive.traces()) << program.name;
  EXPECT_EQ(counted.traces.size(), naive.traces());
  EXPECT_EQ(counted.deadlocks, naive.deadlocks());
  EXPECT_TRUE(counted.sound);
  std::cout << program.name << ": " << naive.interleavings() << " interleavings, " << naive.traces()
            << " traces, " << counted.complete << " executions and " << counted.blocked
            << " that were blocked by their sleep set\n";
}

TEST_P(EachProgram, RunsOncePerScheduleOfItsBound) {
  const ToyProgram& program = programs()[GetParam()];
  for (const Thread& thread : program.threads) {
    for (const Op& op : thread) {
      if (op.deed == Deed::kLocal || op.deed == Deed::kChoose || op.deed == Deed::kJoin) {
        GTEST_SKIP() << "its local steps are no points";
      }
    }
  }
  const Enumerator naive(program);
  if (naive.interleavings() > 100000) GTEST_SKIP() << "too many";
  for (const u32 most : {0U, 1U, 2U}) {
    EXPECT_EQ(explore(program, Bound::kPreemptions, most).complete, naive.with_preemptions(most))
        << program.name << ", " << most;
  }
  EXPECT_EQ(explore(program, Bound::kPreemptions, 1000).complete, naive.interleavings());
  EXPECT_EQ(explore(program, Bound::kDelays, 1000).complete, naive.interleavings());
  EXPECT_EQ(explore(program, Bound::kPreemptions, 1000).traces.size(), naive.traces());
}

INSTANTIATE_TEST_SUITE_P(Exhaustive, EachProgram,
                         testing::Range<std::size_t>(0, programs().size()));

ToyProgram random_program(u64 seed) {
  internal::controlled::Random random(seed);
  ToyProgram program{"random " + std::to_string(seed), {}, random.below(3)};
  const u32 threads = 2 + random.below(2);
  for (u32 i = 0; i < threads; ++i) {
    Thread thread;
    std::vector<u32> held;
    const u32 length = 2 + random.below(3);
    for (u32 step = 0; step < length; ++step) {
      const u32 object = 1 + random.below(2);
      switch (random.below(8)) {
        case 0:
        case 1:
          thread.push_back(reads(object));
          break;
        case 2:
        case 3:
          thread.push_back(writes(object));
          break;
        case 4:
        case 5:
          if (std::find(held.begin(), held.end(), object) == held.end()) {
            thread.push_back(locks(object));
            held.push_back(object);
          } else {
            thread.push_back(unlocks(object));
            std::erase(held, object);
          }
          break;
        case 6:
          thread.push_back(takes(object));
          break;
        default:
          thread.push_back(posts(object));
      }
    }
    program.threads.push_back(thread);
  }
  return program;
}

TEST(Exhaustive, CountsTheTracesOfRandomPrograms) {
  u64 traces = 0;
  u64 blocked = 0;
  for (u64 seed = 0; seed < 200; ++seed) {
    const ToyProgram program = random_program(seed);
    const Enumerator naive(program);
    const Counted counted = explore(program);
    ASSERT_EQ(counted.complete, naive.traces()) << program.name;
    ASSERT_EQ(counted.traces.size(), naive.traces()) << program.name;
    ASSERT_EQ(counted.deadlocks, naive.deadlocks()) << program.name;
    traces += counted.complete;
    blocked += counted.blocked;
  }
  std::cout << traces << " traces, " << blocked << " executions blocked by their sleep set\n";
}

TEST(Exhaustive, WithoutDelaysIsOneSchedule) {
  const ToyProgram program = {"counters", {kCounts, kCounts, kCounts}};
  EXPECT_EQ(explore(program, Bound::kDelays, 0).complete, 1U);
  const u64 one = explore(program, Bound::kDelays, 1).complete;
  EXPECT_GT(one, 1U);
  EXPECT_LT(one, explore(program, Bound::kDelays, 2).complete);
}

TEST(Exhaustive, IsNoProofForMoreThreadsThanItKnows) {
  ToyProgram program = {"crowd", std::vector<Thread>(Exhaustive::kThreads + 1, Thread{reads(1)})};
  EXPECT_FALSE(explore(program).sound);
  program.threads.resize(Exhaustive::kThreads);
  const Counted counted = explore(program);
  EXPECT_TRUE(counted.sound);
  EXPECT_EQ(counted.complete, 1U);
}

}  // namespace
}  // namespace gridlock::toys
