// SPDX-License-Identifier: Apache-2.0
#include "harness/schedule/session.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "harness/schedule/random.h"

namespace gridlock::internal::controlled {
namespace {

// The numbers that all processes of all shards run.
std::vector<u64> numbers(u64 shards, u64 jobs, u64 all) {
  std::vector<u64> run;
  for (u64 shard = 0; shard < shards; ++shard) {
    for (u64 job = 0; job < jobs; ++job) {
      const Share share = Share{shard, shards}.part(job, jobs);
      for (u64 turn = 0; turn < share.size(all); ++turn) run.push_back(share.number(turn));
    }
  }
  return run;
}

TEST(Share, OfAllMakesTheWholeExactlyOnce) {
  for (u64 shards = 1; shards <= 9; ++shards) {
    for (u64 jobs = 1; jobs <= 4; ++jobs) {
      for (const u64 all : {0U, 1U, 2U, 7U, 36U, 100U}) {
        const std::vector<u64> run = numbers(shards, jobs, all);
        const std::set<u64> once(run.begin(), run.end());
        EXPECT_EQ(run.size(), all) << shards << " shards of " << jobs;
        EXPECT_EQ(once.size(), all);
        EXPECT_EQ(once.empty() ? 0 : *once.rbegin() + 1, all);
      }
    }
  }
}

TEST(Share, OfOneShardIsNotLargerThanAnotherByMoreThanOne) {
  for (u64 index = 0; index < 7; ++index) {
    const u64 size = Share{index, 7}.size(100);
    EXPECT_TRUE(size == 14 || size == 15) << size;
  }
}

TEST(DistinctTraces, AreCountedExactlyWhileTheyAreFew) {
  DistinctTraces traces;
  for (u64 i = 0; i < 1000; ++i) EXPECT_TRUE(traces.add(i));
  for (u64 i = 0; i < 1000; ++i) EXPECT_FALSE(traces.add(i));
  EXPECT_EQ(traces.count(), 1000U);
}

TEST(DistinctTraces, AreEstimatedWhenTheyAreMany) {
  DistinctTraces traces;
  for (u64 i = 0; i < 200000; ++i) traces.add(i);
  EXPECT_NEAR(static_cast<double>(traces.count()), 200000, 200000 * 0.1);
  EXPECT_EQ(traces.kept(), DistinctTraces::kKept);
}

TEST(DistinctTraces, OfTwoProcessesAddUpInAnyOrder) {
  DistinctTraces even;
  DistinctTraces both;
  DistinctTraces all;
  for (u64 i = 0; i < 5000; ++i) {
    all.add(i);
    if (i % 2 == 0) even.add(i);
    if (i % 3 != 2) both.add(i);
    if (i % 2 == 1 && i % 3 == 2) both.add(i);
  }
  DistinctTraces one = even;
  DistinctTraces other = both;
  for (u32 i = 0; i < both.kept(); ++i) one.add_kept(both.kept(i));
  for (u32 i = 0; i < even.kept(); ++i) other.add_kept(even.kept(i));
  ASSERT_EQ(one.kept(), all.kept());
  for (u32 i = 0; i < all.kept(); ++i) {
    EXPECT_EQ(one.kept(i), all.kept(i));
    EXPECT_EQ(other.kept(i), all.kept(i));
  }
}

}  // namespace
}  // namespace gridlock::internal::controlled
