// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "harness/platform/futex.h"

namespace gridlock::internal {
namespace {

template <typename Lock, typename Unlock>
void expect_exclusion(Lock lock, Unlock unlock) {
  constexpr int kThreads = 4;
  constexpr int kTurns = 20'000;
  std::atomic<int> inside{0};
  std::atomic<bool> together{false};
  std::atomic<int> turns{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < kTurns; ++turn) {
        lock();
        if (inside.fetch_add(1) != 0) together = true;
        turns.store(turns.load() + 1);  // loses one where two are inside
        inside.fetch_sub(1);
        unlock();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(together);
  EXPECT_EQ(turns, kThreads * kTurns);
}

TEST(RawMutex, LetsOneThreadIn) {
  RawMutex mutex;
  expect_exclusion([&] { mutex.lock(); }, [&] { mutex.unlock(); });
}

TEST(RawMutex, LetsOneThreadInAlsoBesideThoseThatWaitWithADeadline) {
  RawMutex mutex;
  std::atomic<int> number{0};
  expect_exclusion(
      [&] {
        if (number.fetch_add(1) % 2 == 0) return mutex.lock();
        while (!mutex.lock_until(now_ns() + 100'000)) {
        }
      },
      [&] { mutex.unlock(); });
}

TEST(RawMutex, IsNotHadBeforeTheDeadlineWhileAnotherHoldsIt) {
  RawMutex mutex;
  mutex.lock();
  const u64 deadline = now_ns() + 1'000'000;
  bool got = true;
  std::thread([&] { got = mutex.lock_until(deadline); }).join();
  EXPECT_FALSE(got);
  EXPECT_GE(now_ns(), deadline);
  mutex.unlock();
  EXPECT_TRUE(mutex.lock_until(now_ns())) << "free: at once, whatever the deadline";
  mutex.unlock();
}

TEST(RawWord, LetsOneThreadIn) {
  std::atomic<u32> word{0};
  expect_exclusion([&] { raw_lock(word); }, [&] { raw_unlock(word); });
  EXPECT_EQ(word, 0u);
}

TEST(RawGuard, UnlocksAtTheEndOfItsScope) {
  RawMutex mutex;
  {
    const RawGuard guard(mutex);
  }
  EXPECT_TRUE(mutex.lock_until(now_ns()));
  mutex.unlock();
}

}  // namespace
}  // namespace gridlock::internal
