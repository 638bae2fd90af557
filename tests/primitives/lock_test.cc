// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace gridlock {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

static_assert(sizeof(Lock) == 16);
static_assert(!std::is_copy_constructible_v<Lock> && !std::is_move_constructible_v<Lock>);

template <typename Mutex>
class AnyLock : public testing::Test {
 protected:
  Mutex lock_;
};
using Both = testing::Types<Lock, RLock>;
TYPED_TEST_SUITE(AnyLock, Both);

// What another thread sees.
template <typename Mutex>
bool free_for_others(Mutex& lock) {
  bool got = false;
  Thread{[&] {
    got = lock.try_lock();
    if (got) lock.unlock();
  }}.join();
  return got;
}

TYPED_TEST(AnyLock, WorksWithTheStandardsGuards) {
  TypeParam other;
  {
    const std::lock_guard hold{this->lock_};
    EXPECT_FALSE(free_for_others(this->lock_));
  }
  {
    const std::scoped_lock hold{this->lock_, other};
    EXPECT_FALSE(free_for_others(other));
  }
  {
    std::unique_lock hold{this->lock_, 1s};
    EXPECT_TRUE(hold.owns_lock());
  }
  {
    std::unique_lock hold{this->lock_, Clock::now() + 1s};
    EXPECT_TRUE(hold.owns_lock());
  }
  {
    std::unique_lock hold{this->lock_, std::try_to_lock};
    EXPECT_TRUE(hold.owns_lock());
  }
  std::lock(this->lock_, other);
  this->lock_.unlock();
  other.unlock();
  {
    const Guard hold{this->lock_};
    EXPECT_FALSE(free_for_others(this->lock_));
  }
  EXPECT_TRUE(free_for_others(this->lock_));
}

TYPED_TEST(AnyLock, KeepsOthersOutUnderContention) {
  constexpr int kThreads = 4;
  constexpr int kTimes = 5000;
  long counter = 0;
  bool inside = false;
  {
    std::vector<Thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kTimes; ++i) {
          const std::lock_guard hold{this->lock_};
          ASSERT_FALSE(inside);
          inside = true;
          ++counter;
          inside = false;
        }
      });
    }
  }
  EXPECT_EQ(counter, long{kThreads} * kTimes);
}

TYPED_TEST(AnyLock, GivesUpAfterItsTimeAndNotBefore) {
  const std::lock_guard hold{this->lock_};
  Thread{[&] {
    const auto begin = Clock::now();
    EXPECT_FALSE(this->lock_.try_lock_for(30ms));
    EXPECT_GE(Clock::now() - begin, 30ms);
    EXPECT_FALSE(this->lock_.try_lock_until(Clock::now() - 1s));
    EXPECT_FALSE(this->lock_.try_lock_for(-1s));
    const TimedGuard guard{this->lock_, 1ms};
    EXPECT_FALSE(guard);
  }}.join();
}

TYPED_TEST(AnyLock, IsTakenByATimedWaitWhenItIsFreedInTime) {
  Turns turns;
  this->lock_.lock();
  Thread waiter{[&] {
    turns.done();
    ASSERT_TRUE(this->lock_.try_lock_for(60s));
    this->lock_.unlock();
  }};
  turns.wait_for(1);
  this->lock_.unlock();
  waiter.join();
}

TYPED_TEST(AnyLock, WakesEveryWaiter) {
  for (int round = 0; round < 200; ++round) {
    std::vector<Thread> threads;
    this->lock_.lock();
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] { const std::lock_guard hold{this->lock_}; });
    this->lock_.unlock();
  }
}

TYPED_TEST(AnyLock, IsLeftAsItWasByAnUnlockThatIsNotAllowed) {
  this->lock_.unlock();  // free: misuse
  EXPECT_TRUE(free_for_others(this->lock_));
  const std::lock_guard hold{this->lock_};
  Thread{[&] { this->lock_.unlock(); }}.join();  // not the owner: misuse
  EXPECT_FALSE(free_for_others(this->lock_));
}

TYPED_TEST(AnyLock, MayBeReleasedInAnyOrderWithAThousandHeld) {
  std::deque<TypeParam> locks(1000);
  for (TypeParam& lock : locks) lock.lock();
  for (std::size_t i = 0; i < locks.size(); i += 2) locks[i].unlock();
  for (std::size_t i = 1; i < locks.size(); i += 2) {
    EXPECT_FALSE(free_for_others(locks[i]));
    locks[i].unlock();
  }
  EXPECT_TRUE(free_for_others(locks[0]) && free_for_others(locks[999]));
}

TYPED_TEST(AnyLock, WorksWithConditionVariableAny) {
  std::condition_variable_any changed;
  int turn = 0;
  const auto play = [&](int mine) {
    for (int i = 0; i < 200; ++i) {
      std::unique_lock hold{this->lock_};
      changed.wait(hold, [&] { return turn % 2 == mine; });
      ++turn;
      changed.notify_all();
    }
  };
  {
    const Thread a{[&] { play(0); }};
    const Thread b{[&] { play(1); }};
  }
  EXPECT_EQ(turn, 400);
}

TEST(Lock, IsRefusedToItsHolderByTry) {
  Lock lock;
  const std::lock_guard hold{lock};
  EXPECT_FALSE(lock.try_lock());
  EXPECT_FALSE(lock.try_lock_for(1ms));
}

TEST(RLock, IsFreeWhenReleasedAsOftenAsTaken) {
  RLock lock;
  for (int i = 0; i < 100; ++i) lock.lock();
  EXPECT_TRUE(lock.try_lock());
  EXPECT_TRUE(lock.try_lock_for(1ms));
  for (int i = 0; i < 101; ++i) {
    lock.unlock();
    EXPECT_FALSE(free_for_others(lock));
  }
  lock.unlock();
  EXPECT_TRUE(free_for_others(lock));
}

TEST(Lock, WorksInThreadsThatWereNotStartedByUs) {
  Lock lock;
  long counter = 0;
  const auto count = [&] {
    for (int i = 0; i < 2000; ++i) {
      const std::lock_guard hold{lock};
      ++counter;
    }
  };
  std::thread a{count};
  std::thread b{count};
  a.join();
  b.join();
  EXPECT_EQ(counter, 4000);
}

}  // namespace
}  // namespace gridlock
