// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <shared_mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace gridlock {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

static_assert(!std::is_copy_constructible_v<Condition> && !std::is_move_constructible_v<Condition>);

template <typename Mutex>
bool free_for_others(Mutex& lock) {
  bool got = false;
  Thread{[&] {
    got = lock.try_lock();
    if (got) lock.unlock();
  }}.join();
  return got;
}

template <typename Mutex>
class ConditionOf : public testing::Test {
 protected:
  Mutex lock_;
  Condition changed_{"changed"};
};
using Mutexes = testing::Types<Lock, RLock, SharedLock, std::mutex, std::recursive_mutex>;
TYPED_TEST_SUITE(ConditionOf, Mutexes);

TYPED_TEST(ConditionOf, LosesNoWakeUpInThousandsOfRounds) {
  constexpr int kRounds = 5000;
  int turn = 0;
  const auto play = [&](int mine) {
    for (int i = 0; i < kRounds; ++i) {
      std::unique_lock hold{this->lock_};
      this->changed_.wait(hold, [&] { return turn % 2 == mine; });
      ++turn;
      this->changed_.notify_one();
    }
  };
  Thread ping{[&] { play(0); }};
  Thread pong{[&] { play(1); }};
  ping.join();
  pong.join();
  EXPECT_EQ(turn, 2 * kRounds);
}

TYPED_TEST(ConditionOf, WakesAllWithNotifyAll) {
  int here = 0;
  bool go = false;
  std::vector<Thread> threads;
  for (int i = 0; i < 5; ++i) {
    threads.emplace_back([&] {
      std::unique_lock hold{this->lock_};
      ++here;
      this->changed_.notify_all();
      this->changed_.wait(hold, [&] { return go; });
      --here;
    });
  }
  {
    std::unique_lock hold{this->lock_};
    this->changed_.wait(hold, [&] { return here == 5; });
    go = true;
    this->changed_.notify_all();
  }
  threads.clear();
  EXPECT_EQ(here, 0);
}

TYPED_TEST(ConditionOf, GivesUpAfterItsTimeWithTheLockHeld) {
  std::unique_lock hold{this->lock_};
  const auto begin = Clock::now();
  EXPECT_EQ(this->changed_.wait_for(hold, 10ms), std::cv_status::timeout);
  EXPECT_EQ(this->changed_.wait_until(hold, Clock::now() + 10ms), std::cv_status::timeout);
  EXPECT_FALSE(this->changed_.wait_for(hold, 10ms, [] { return false; }));
  EXPECT_FALSE(this->changed_.wait_until(hold, Clock::now() + 10ms, [] { return false; }));
  EXPECT_GE(Clock::now() - begin, 40ms);
  EXPECT_TRUE(this->changed_.wait_for(hold, 0ms, [] { return true; }));
  EXPECT_TRUE(hold.owns_lock());
  EXPECT_FALSE(free_for_others(this->lock_));
}

TYPED_TEST(ConditionOf, TakesTheLockItselfAsWell) {
  bool ready = false;
  Thread setter{[&] {
    const std::lock_guard hold{this->lock_};
    ready = true;
    this->changed_.notify_one();
  }};
  this->lock_.lock();
  this->changed_.wait(this->lock_, [&] { return ready; });
  EXPECT_FALSE(free_for_others(this->lock_));
  this->lock_.unlock();
}

TEST(Condition, ReleasesAnRLockInFullAndBringsItBackAsDeep) {
  RLock lock;
  Condition changed;
  bool ready = false;
  Thread setter{[&] {
    const std::lock_guard hold{lock};
    ready = true;
    changed.notify_one();
  }};
  lock.lock();
  lock.lock();
  {
    std::unique_lock hold{lock};
    changed.wait(hold, [&] { return ready; });
  }
  EXPECT_FALSE(free_for_others(lock));
  lock.unlock();
  EXPECT_FALSE(free_for_others(lock));
  lock.unlock();
  EXPECT_TRUE(free_for_others(lock));
}

TEST(Condition, WaitsUnderASharedHold) {
  SharedLock lock;
  Condition changed;
  bool ready = false;
  Thread setter{[&] {
    const std::lock_guard hold{lock};
    ready = true;
    changed.notify_all();
  }};
  std::shared_lock hold{lock};
  changed.wait(hold, [&] { return ready; });
  EXPECT_TRUE(hold.owns_lock());
}

TEST(Condition, NotifyOneWakesOneOfThoseThatWait) {
  Lock lock;
  Condition changed;
  int permits = 0;
  int passed = 0;
  std::vector<Thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      std::unique_lock hold{lock};
      changed.wait(hold, [&] { return permits > 0; });
      --permits;
      ++passed;
    });
  }
  for (int i = 0; i < 4; ++i) {
    const std::lock_guard hold{lock};
    ++permits;
    changed.notify_one();
  }
  threads.clear();
  EXPECT_EQ(passed, 4);
}

TEST(Condition, WithoutItsLockReturnsAtOnceAndLeavesItFree) {
  Lock lock;
  Condition changed;
  changed.wait(lock);  // misuse
  EXPECT_EQ(changed.wait_for(lock, 1h), std::cv_status::no_timeout);
  std::unique_lock hold{lock, std::defer_lock};
  changed.wait(hold);
  EXPECT_FALSE(hold.owns_lock());
  EXPECT_TRUE(free_for_others(lock));
}

TEST(Condition, WithoutItsLockStillWaitsForATest) {
  Lock lock;
  Condition changed;
  std::atomic<bool> ready{false};
  Thread setter{[&] {
    ready = true;
    changed.notify_one();
  }};
  changed.wait(lock, [&] { return ready.load(); });
  EXPECT_TRUE(free_for_others(lock));
}

TEST(Condition, ThrowsWithTheLockHeldWhereNobodyCanNotify) {
  Lock lock;
  Condition changed;
  std::unique_lock hold{lock};
  EXPECT_THROW(changed.wait(hold), std::system_error);
  EXPECT_TRUE(hold.owns_lock());
  EXPECT_FALSE(free_for_others(lock));
}

// Those who give up are taken out of the line while others are told; who stays is told in the end.
TEST(Condition, TellsTheOneThatStaysAmongManyThatGiveUp) {
  Lock lock;
  Condition changed;
  bool go = false;
  std::atomic<int> left{3};
  Thread stays{[&] {
    std::unique_lock hold{lock};
    changed.wait(hold, [&] { return go; });
  }};
  std::vector<Thread> impatient;
  for (int i = 0; i < 3; ++i) {
    impatient.emplace_back([&, i] {
      for (int round = 0; round < 2000; ++round) {
        std::unique_lock hold{lock};
        (void)changed.wait_for(hold, std::chrono::microseconds(i * 10));
      }
      --left;
    });
  }
  while (left != 0) {
    changed.notify_one();
    if (left == 1) changed.notify_all();
  }
  for (Thread& thread : impatient) thread.join();
  {
    const std::lock_guard hold{lock};
    go = true;
  }
  changed.notify_one();  // nobody else stands in line
  stays.join();
}

TEST(Condition, WakesThoseThatWaitInTheirOrder) {
  Lock lock;
  Condition changed;
  std::vector<int> order;
  int waiting = 0;
  std::vector<Thread> waiters;
  for (int i = 0; i < 4; ++i) {
    waiters.emplace_back([&, i] {
      std::unique_lock hold{lock};
      ++waiting;
      changed.wait(hold);
      order.push_back(i);
    });
    for (bool there = false; !there; std::this_thread::yield()) {
      const std::lock_guard hold{lock};
      there = waiting == i + 1;
    }
  }
  for (std::size_t i = 0; i < 4; ++i) {
    changed.notify_one();
    for (bool gone = false; !gone; std::this_thread::yield()) {
      const std::lock_guard hold{lock};
      gone = order.size() == i + 1;
    }
  }
  for (Thread& waiter : waiters) waiter.join();
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3}));
}

TEST(Condition, MayBeDestroyedWhenThoseThatWaitedWereNotified) {
  for (int round = 0; round < 300; ++round) {
    Lock lock;
    bool waiting = false;
    bool go = false;
    Thread waiter;
    {
      Condition changed;
      waiter = Thread{[&] {
        std::unique_lock hold{lock};
        waiting = true;
        while (!go) {
          changed.wait(hold);
        }
      }};
      for (bool over = false; !over;) {
        const std::lock_guard hold{lock};
        over = waiting;
        go = waiting;
        if (over) changed.notify_all();
      }
    }
    waiter.join();
  }
}

}  // namespace
}  // namespace gridlock
