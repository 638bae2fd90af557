// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <vector>

namespace gridlock {
namespace {

using namespace std::chrono_literals;

TEST(Semaphore, HasAsManyPermitsAsItWasGiven) {
  Semaphore semaphore{2};
  EXPECT_TRUE(semaphore.try_acquire());
  EXPECT_TRUE(semaphore.try_acquire_for(1ms));
  EXPECT_FALSE(semaphore.try_acquire());
  semaphore.release(3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(semaphore.try_acquire());
  EXPECT_FALSE(semaphore.try_acquire());
}

TEST(Semaphore, LetsNoMoreInThanItsBound) {
  BoundedSemaphore semaphore{3, "three"};
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  {
    std::vector<Thread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) {
          semaphore.acquire();
          const int now = ++inside;
          int seen = most;
          while (now > seen && !most.compare_exchange_weak(seen, now)) {
          }
          --inside;
          semaphore.release();
        }
      });
    }
  }
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 1);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(semaphore.try_acquire());
  EXPECT_FALSE(semaphore.try_acquire());
}

TEST(Semaphore, LosesNoWakeUp) {
  Semaphore ping{0};
  Semaphore pong{0};
  constexpr int kTimes = 3000;
  Thread other{[&] {
    for (int i = 0; i < kTimes; ++i) {
      ping.acquire();
      pong.release();
    }
  }};
  for (int i = 0; i < kTimes; ++i) {
    ping.release();
    pong.acquire();
  }
  other.join();
  EXPECT_FALSE(ping.try_acquire() || pong.try_acquire());
}

TEST(Semaphore, GivesUpAfterItsTimeAndNotBefore) {
  Semaphore none{0};
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(none.try_acquire_for(30ms));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 30ms);
}

TEST(BoundedSemaphore, DropsAPermitOverItsBound) {
  BoundedSemaphore semaphore{1};
  semaphore.release();  // misuse
  EXPECT_TRUE(semaphore.try_acquire());
  EXPECT_FALSE(semaphore.try_acquire());
}

}  // namespace
}  // namespace gridlock
