// SPDX-License-Identifier: Apache-2.0
//
// What searches say of Gridlock's own primitives: all schedules, and the fewest switches.
#include <gridlock/gridlock.h>

#include <atomic>

#include "tests/explore/expect.h"
#include "tests/explore/own_bodies.h"

namespace gridlock {
namespace {

TEST(OwnSearches, AllSchedulesRefuteACycleThatCannotHappen) {
  // What orders the two is no primitive that the observer knows.
  const auto one_after_the_other = [] {
    Lock first;
    Lock second;
    std::atomic<bool> is_over = false;
    Thread other([&] {
      while (!is_over.load()) {
      }
      lock_both(second, first);
    });
    lock_both(first, second);
    is_over.store(true);
    other.join();
  };
  ExploreOptions options = quietly(100000);
  options.strategy = ExploreStrategy::kExhaustive;
  const ExploreResult result = explore(options, one_after_the_other);
  EXPECT_FALSE(result) << result.message;
  EXPECT_TRUE(result.exhausted) << result.executions;
  EXPECT_TRUE(says(result, "schedules seen"));
  ASSERT_EQ(result.findings.size(), 1U);
  EXPECT_EQ(result.findings[0].kind, "lock-order-cycle");
  EXPECT_TRUE(result.findings[0].refuted) << result.findings[0].text;
  EXPECT_FALSE(result.findings[0].confirmed);

  ExploreOptions again = quietly(1);
  again.replay = result.findings[0].replay;
  const ExploreResult replayed = explore(again, one_after_the_other);
  EXPECT_FALSE(replayed.diverged) << replayed.message;
  EXPECT_TRUE(has_finding(replayed, "lock-order-cycle"));

  options.preemption_bound = 1;
  const ExploreResult bounded = explore(options, one_after_the_other);
  ASSERT_EQ(bounded.findings.size(), 1U);
  EXPECT_FALSE(bounded.findings[0].refuted) << "not all schedules were seen";
}

TEST(OwnSearches, AllSchedulesFindTheDeadlockAndItsLineRepeatsIt) {
  ExploreOptions options = quietly(100000);
  options.strategy = ExploreStrategy::kExhaustive;
  const ExploreResult found = expect_found("deadlock", opposite_orders, options);
  EXPECT_EQ(found.replay.find("gl1:y"), 0U) << found.replay;
  for (const ExploreFinding& finding : found.findings) EXPECT_FALSE(finding.refuted);
}

TEST(OwnSearches, AllSchedulesOfAConditionAreSeen) {
  // The release of the lock by the wait is what lets the other thread in.
  const auto signalled = [](bool looks_first) {
    return [looks_first] {
      Lock lock;
      Condition changed;
      bool is_there = false;
      Thread other([&] {
        const Guard guard(lock);
        is_there = true;
        changed.notify_all();
      });
      lock.lock();
      while (looks_first && !is_there) changed.wait(lock);
      if (!looks_first) changed.wait(lock);
      lock.unlock();
      other.join();
    };
  };
  ExploreOptions options = quietly(100000);
  options.strategy = ExploreStrategy::kExhaustive;
  const ExploreResult right = explore(options, signalled(true));
  EXPECT_FALSE(right) << right.message;
  EXPECT_TRUE(right.exhausted);
  EXPECT_GT(right.traces, 1U);
  expect_found("deadlock", signalled(false), options);
}

TEST(OwnSearches, AFailureIsSaidWithAsFewSwitchesAsItNeeds) {
  for (const ExploreStrategy strategy :
       {ExploreStrategy::kPostpone, ExploreStrategy::kSurw, ExploreStrategy::kPos}) {
    ExploreOptions options = quietly(5000);
    options.strategy = strategy;
    const ExploreResult found = expect_found("deadlock", opposite_orders, options);
    EXPECT_EQ(found.replay.find("gl1:x"), 0U) << found.replay;
    for (const ExploreFinding& finding : found.findings) {
      if (finding.kind == "deadlock") EXPECT_EQ(finding.replay, found.replay);
    }
  }
}

}  // namespace
}  // namespace gridlock
