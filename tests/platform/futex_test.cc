// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/futex.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>
#include <thread>
#include <vector>

namespace gridlock::internal {
namespace {

constexpr u64 kMillisecond = 1'000'000;

TEST(Clock, NeverGoesBack) {
  u64 last = now_ns();
  for (int i = 0; i < 1000; ++i) {
    const u64 now = now_ns();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(FutexWait, ReturnsAtOnceWhereTheWordHasAnotherValue) {
  std::atomic<u32> word{1};
  EXPECT_TRUE(futex_wait(&word, 0, kNoTimeout));
  EXPECT_TRUE(futex_wait_shared(&word, 0, kNoTimeout));
}

TEST(FutexWait, SaysThatTheDeadlineHasPassedAndNotBefore) {
  std::atomic<u32> word{0};
  const u64 deadline = now_ns() + 2 * kMillisecond;
  while (futex_wait(&word, 0, deadline)) {
    // A wake for no reason is allowed.
  }
  EXPECT_GE(now_ns(), deadline);
}

TEST(FutexWait, WithADeadlineInThePastDoesNotSleep) {
  std::atomic<u32> word{0};
  EXPECT_FALSE(futex_wait(&word, 0, 1));
  EXPECT_FALSE(futex_wait_shared(&word, 0, 1));
}

TEST(FutexWake, LetsSleepersLookAgain) {
  std::atomic<u32> word{0};
  std::vector<std::thread> sleepers;
  for (int i = 0; i < 3; ++i) {
    sleepers.emplace_back([&] {
      while (word.load() == 0) EXPECT_TRUE(futex_wait(&word, 0, kNoTimeout));
    });
  }
  word.store(1);
  futex_wake(&word, kAll);
  for (std::thread& sleeper : sleepers) sleeper.join();
}

TEST(FutexWake, ReachesASleeperInAnotherProcessWhereTheMemoryIsShared) {
  void* const memory =
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto* const word = new (memory) std::atomic<u32>(0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    while (word->load() == 0) futex_wait_shared(word, 0, kNoTimeout);
    _exit(7);
  }
  word->store(1);
  futex_wake_shared(word, kAll);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 7);
  munmap(memory, 4096);
}

}  // namespace
}  // namespace gridlock::internal
