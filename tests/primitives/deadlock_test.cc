// SPDX-License-Identifier: Apache-2.0
//
// Runs with on_deadlock=throw: every deadlock has one victim, and the others go on.
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <random>
#include <string>
#include <system_error>
#include <vector>

namespace gridlock {
namespace {

using namespace std::chrono_literals;

bool is_deadlock(const std::system_error& error) {
  return error.code() == std::errc::resource_deadlock_would_occur;
}

class RingOfThreads : public testing::TestWithParam<int> {};

TEST_P(RingOfThreads, HasExactlyOneVictimEachTime) {
  const auto size = static_cast<std::size_t>(GetParam());
  for (int round = 0; round < 20; ++round) {
    std::deque<Lock> locks(size);
    Rendezvous all_hold_one{static_cast<std::uint32_t>(size)};
    std::atomic<int> victims{0};
    std::atomic<int> winners{0};
    {
      std::vector<Thread> threads;
      for (std::size_t i = 0; i < size; ++i) {
        threads.emplace_back([&, i] {
          const std::lock_guard mine{locks[i]};
          all_hold_one.meet();
          try {
            const std::lock_guard next{locks[(i + 1) % size]};
            ++winners;
          } catch (const std::system_error& error) {
            EXPECT_TRUE(is_deadlock(error));
            ++victims;
          }
        });
      }
    }
    ASSERT_EQ(victims, 1) << "round " << round;
    ASSERT_EQ(winners, GetParam() - 1);
    for (Lock& lock : locks) {  // all usable again
      ASSERT_TRUE(lock.try_lock());
      lock.unlock();
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Sizes, RingOfThreads, testing::Values(2, 3, 8));

TEST(Deadlock, OfAThreadWithItselfThrowsAndLeavesTheLockHeld) {
  Lock lock;
  lock.lock();
  EXPECT_THROW(lock.lock(), std::system_error);
  bool free = true;
  Thread{[&] { free = lock.try_lock(); }}.join();
  EXPECT_FALSE(free);
  lock.unlock();
  EXPECT_TRUE(lock.try_lock());
  lock.unlock();
}

TEST(Deadlock, OfAJoinAndALockHasOneVictim) {
  Lock lock{"lock"};
  Turns turns;
  std::atomic<int> victims{0};
  Thread worker;
  {
    std::unique_lock hold{lock};
    worker = Thread{"worker", [&] {
                      turns.done();
                      try {
                        const std::lock_guard wait{lock};
                      } catch (const std::system_error&) {
                        ++victims;
                      }
                    }};
    turns.wait_for(1);
    try {
      worker.join();
    } catch (const std::system_error& error) {
      EXPECT_TRUE(is_deadlock(error));
      ++victims;
    }
  }
  if (worker.joinable()) worker.join();
  EXPECT_EQ(victims, 1);
}

TEST(Deadlock, IsNotSeenInATimedWaitThatGivesUp) {
  Lock a, b;
  Rendezvous both{2};
  const auto cross = [&](Lock& first, Lock& second) {
    const std::lock_guard hold{first};
    both.meet();
    EXPECT_FALSE(second.try_lock_for(50ms));
    both.meet();
  };
  const Thread one{[&] { cross(a, b); }};
  const Thread two{[&] { cross(b, a); }};
}

// Threads contend as hard as they can, always in one order: any exception here is a false alarm.
TEST(Deadlock, IsNeverSeenWhereLocksAreTakenInOneOrder) {
  constexpr unsigned kSeed = 20261124;
  RecordProperty("seed", static_cast<int>(kSeed));
  std::deque<Lock> locks(6);
  std::atomic<int> alarms{0};
  {
    std::vector<Thread> threads;
    for (unsigned t = 0; t < 6; ++t) {
      threads.emplace_back([&, t] {
        std::mt19937 random(kSeed + t);
        for (int i = 0; i < 3000; ++i) {
          try {
            const std::size_t low = random() % 5;
            const std::size_t high = low + 1 + random() % (5 - low);
            const std::lock_guard outer{locks[low]};
            if (random() % 4 == 0) {
              if (locks[high].try_lock_for(std::chrono::microseconds(random() % 100)))
                locks[high].unlock();
            } else {
              const std::lock_guard inner{locks[high]};
            }
          } catch (const std::system_error&) {
            ++alarms;
          }
        }
      });
    }
  }
  EXPECT_EQ(alarms, 0);
}

TEST(Starvation, IsNeverSeenWherePermitsComeBack) {
  Semaphore permits{2};
  std::atomic<int> alarms{0};
  {
    std::vector<Thread> threads;
    for (int t = 0; t < 6; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 2000; ++i) {
          try {
            permits.acquire();
            permits.release();
          } catch (const std::system_error&) {
            ++alarms;
          }
        }
      });
    }
  }
  EXPECT_EQ(alarms, 0);
}

TEST(Starvation, ThrowsInTheLastThreadThatCouldHaveReleased) {
  Semaphore permits{1};
  permits.acquire();
  EXPECT_THROW(permits.acquire(), std::system_error);  // nobody else is there
  permits.release();
  EXPECT_TRUE(permits.try_acquire());
}

}  // namespace
}  // namespace gridlock
