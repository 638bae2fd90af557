// SPDX-License-Identifier: Apache-2.0
//
// A failure is said with as few switches as it needs.
#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "harness/tsan_abi/shrink.h"
#include "tests/explore/expect.h"

namespace gridlock {
namespace {

using internal::controlled::shrink;
using internal::controlled::Turn;
using internal::controlled::Turns;

TEST(Shrinking, LeavesTheTurnsThatAreNeeded) {
  Turns turns;
  for (std::uint16_t i = 0; i < 100; ++i) turns.push_back({i, 0, 0});
  std::size_t calls = 0;
  EXPECT_TRUE(shrink(
      turns,
      [&](const Turns& candidate) {
        ++calls;
        const auto has = [&](std::uint16_t thread) {
          return std::any_of(candidate.begin(), candidate.end(),
                             [&](const Turn& turn) { return turn.thread == thread; });
        };
        return has(3) && has(70) && has(71);
      },
      1000));
  ASSERT_EQ(turns.size(), 3U);
  EXPECT_EQ(turns[0].thread, 3);
  EXPECT_EQ(turns[1].thread, 70);
  EXPECT_EQ(turns[2].thread, 71);
  EXPECT_LT(calls, 120U);
}

TEST(Shrinking, StopsWhereItMayNotCallAgain) {
  Turns turns(100, Turn{});
  std::size_t calls = 0;
  EXPECT_FALSE(shrink(turns, [&](const Turns&) { return ++calls, false; }, 50));
  EXPECT_EQ(calls, 50U);
  EXPECT_EQ(turns.size(), 100U);
}

std::size_t turns_of(const ExploreResult& result) {
  const std::size_t begin = result.replay.find(':') + 1;
  const std::string strategy = result.replay.substr(begin, result.replay.find(':', begin) - begin);
  EXPECT_TRUE(strategy[0] == 'x' || strategy[0] == 'y') << result.replay;
  return static_cast<std::size_t>(std::count(strategy.begin(), strategy.end(), '.'));
}

class ForEachStrategy : public testing::TestWithParam<ExploreStrategy> {};

TEST_P(ForEachStrategy, ALostUpdateNeedsOneSwitch) {
  ExploreOptions options = quietly(2000);
  options.strategy = GetParam();
  const ExploreResult found = expect_found(
      "check-failed",
      [] {
        std::atomic<int> total = 0;
        const auto add = [&] {
          for (int i = 0; i < 5; ++i) total = total + 1;
        };
        std::thread first(add);
        std::thread second(add);
        first.join();
        second.join();
        require(total == 10, "none is lost");
      },
      options);
  EXPECT_LE(turns_of(found), 2U) << found.replay;
}

// Each says that it wants to, and goes on when the other one does not. It has far more switches than a line has room for.
void polite(bool mended) {
  std::mutex lock;
  bool wants[2] = {};
  const auto go = [&](std::size_t self) {
    {
      const std::scoped_lock hold(lock);
      wants[self] = true;
    }
    for (;; std::this_thread::yield()) {
      const std::scoped_lock hold(lock);
      if (wants[1 - self] && !(mended && self == 0)) continue;
      wants[self] = false;
      return;
    }
  };
  std::thread other(go, 1);
  go(0);
  other.join();
}

TEST_P(ForEachStrategy, ALivelockNeedsOneSwitchHoweverManyItHas) {
  ExploreOptions options = quietly(2000);
  options.strategy = GetParam();
  options.repeat = ExploreRepeat::kInProcess;
  const ExploreResult found = expect_found("livelock", [] { polite(false); }, options);
  EXPECT_LE(turns_of(found), 2U) << found.replay;
  EXPECT_EQ(found.steps, 200001U) << "what is said is an execution that went all the way";
  options.executions = 200;
  const ExploreResult mended = explore(options, [] { polite(true); });
  EXPECT_FALSE(mended) << mended.message;
}

TEST_P(ForEachStrategy, ADeadlockOfThreeLocksNeedsFewSwitches) {
  ExploreOptions options = quietly(20000);
  options.strategy = GetParam();
  options.repeat = ExploreRepeat::kInProcess;
  const ExploreResult found = expect_found(
      "deadlock",
      [] {
        std::mutex locks[3];
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < 3; ++i) {
          threads.emplace_back([&, i] {
            const std::scoped_lock first(locks[i]);
            const std::scoped_lock second(locks[(i + 1) % 3]);
          });
        }
        for (std::thread& thread : threads) thread.join();
      },
      options);
  EXPECT_LE(turns_of(found), 4U) << found.replay;
}

INSTANTIATE_TEST_SUITE_P(Shrinking, ForEachStrategy,
                         testing::Values(ExploreStrategy::kMix, ExploreStrategy::kRandomWalk,
                                         ExploreStrategy::kPct, ExploreStrategy::kPos,
                                         ExploreStrategy::kExhaustive, ExploreStrategy::kSurw,
                                         ExploreStrategy::kPostpone));

TEST(Shrinking, CanBeLeftOut) {
  ExploreOptions options = quietly(2000);
  options.strategy = ExploreStrategy::kRandomWalk;
  options.shrink = false;
  const ExploreResult found = expect_found(
      "check-failed",
      [] {
        std::atomic<int> total = 0;
        std::thread other([&] { total = total + 1; });
        total = total + 1;
        other.join();
        require(total == 2, "none is lost");
      },
      options);
  EXPECT_EQ(found.replay.substr(0, 6), "gl1:r:");
}

}  // namespace
}  // namespace gridlock
