// SPDX-License-Identifier: Apache-2.0
//
// A verdict on one schedule is the same in every run: plays that fix theirs, many times each on a machine
// that is busy with the other plays, so that threads begin late and are interrupted anywhere.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/runtime/child.h"
#include "tests/support/effort.h"

namespace gridlock::situations {
namespace {

constexpr unsigned kRuns = test::effort(200);
constexpr unsigned kAtOnce = 8;

// What was found, and how often.
std::map<std::string, unsigned> verdicts_of(const std::string& play) {
  std::map<std::string, unsigned> verdicts;
  std::mutex mutex;
  std::atomic<unsigned> begun{0};
  std::vector<std::thread> at_once;
  for (unsigned i = 0; i < kAtOnce; ++i) {
    at_once.emplace_back([&] {
      while (begun++ < kRuns) {
        const test::Probe run = test::probe(play, "quiet=1");
        std::string verdict = "exit " + std::to_string(run.exit_code);
        for (const std::string& kind : run.kinds()) verdict += ", " + kind;
        const std::lock_guard hold{mutex};
        ++verdicts[verdict];
      }
    });
  }
  for (std::thread& thread : at_once) thread.join();
  return verdicts;
}

using Verdicts = std::map<std::string, unsigned>;
const Verdicts kAlwaysNothing = {{"exit 0", kRuns}};
const Verdicts kAlwaysPredicted = {{"exit 0, lock-order-cycle", kRuns}};

// The maker takes the fresh lock while the other thread is being started: it is no untracked thread that might
// know the lock.
TEST(Luck, HasNoPartInWhetherALockIsPublished) {
  EXPECT_EQ(verdicts_of("publications under-the-lists-lock twin luck"), kAlwaysNothing);
  EXPECT_EQ(verdicts_of("publications under-the-lists-lock real luck"), kAlwaysPredicted);
}
TEST(Luck, HasNoPartInWhetherThePermitsAreEnough) {
  EXPECT_EQ(verdicts_of("gates footman twin luck"), kAlwaysNothing);
  EXPECT_EQ(verdicts_of("permits two-each-for-three real luck"), kAlwaysPredicted);
}
TEST(Luck, HasNoPartInWhatStdLockMayWaitFor) {
  EXPECT_EQ(verdicts_of("locks all-at-once-waits-for-its-second real luck"), kAlwaysPredicted);
}

}  // namespace
}  // namespace gridlock::situations
