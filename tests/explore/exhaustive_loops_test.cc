// SPDX-License-Identifier: Apache-2.0
//
// All schedules of programs whose threads wait in loops, or try again: their searches end.
#include <pthread.h>
#include <semaphore.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "tests/explore/expect.h"

namespace gridlock {
namespace {

TEST(Exhaustive, EndsWhereAThreadYieldsUntilAnotherHasDoneSomething) {
  const auto body = [](bool is_set) {
    return [is_set] {
      std::mutex lock;
      bool done = false;
      std::thread other([&] {
        const std::scoped_lock hold(lock);
        done = is_set;
      });
      for (;; std::this_thread::yield()) {
        const std::scoped_lock hold(lock);
        if (done) break;
      }
      other.join();
    };
  };
  for (const ExploreRepeat repeat : {ExploreRepeat::kInProcess, ExploreRepeat::kFork}) {
    const ExploreResult result = explore(all_schedules(repeat), body(true));
    EXPECT_TRUE(result.exhausted) << result.message;
    EXPECT_TRUE(says(result, "a thread that yields four times in a row lets another one go first"));
  }
  ExploreOptions bounded = all_schedules();
  bounded.preemption_bound = 2;
  EXPECT_TRUE(explore(bounded, body(true)).exhausted);
  ExploreOptions short_ones = all_schedules();
  short_ones.max_steps = 20'000;
  EXPECT_EQ(explore(short_ones, body(false)).kind, "livelock");
}

// A yield alone is a hint: what happens where nobody heeds it is seen, too.
TEST(Exhaustive, SeesWhatHappensWhereAYieldLetsNobodyElseGoOn) {
  const auto body = [](int yields) {
    return [yields] {
      std::atomic<int> seen = 0;
      std::thread other([&] { seen = 1; });
      for (int i = 0; i < yields; ++i) std::this_thread::yield();
      require(seen == 1, "the other one was first");
      other.join();
    };
  };
  for (const int yields : {1, 3}) {
    EXPECT_EQ(explore(all_schedules(), body(yields)).kind, "check-failed") << yields;
  }
}

// What is refused until `give_back`.
template <typename Take, typename TryToTake, typename GiveBack>
void expect_tries_to_end(Take take, TryToTake try_to_take, GiveBack give_back) {
  const ExploreResult result = explore(all_schedules(), [&] {
    take();
    std::thread other([&] {
      while (!try_to_take()) {
      }
      give_back();
    });
    give_back();
    other.join();
    take();
    give_back();
  });
  EXPECT_FALSE(result.failed) << result.message;
  EXPECT_TRUE(result.exhausted) << result.message;
  EXPECT_LT(result.executions, 100U);
}

TEST(Exhaustive, EndsWhereATryIsRepeatedUntilTheOtherGivesBack) {
  std::mutex mutex;
  expect_tries_to_end([&] { mutex.lock(); }, [&] { return mutex.try_lock(); },
                      [&] { mutex.unlock(); });
  pthread_spinlock_t spin;
  pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
  expect_tries_to_end([&] { pthread_spin_lock(&spin); },
                      [&] { return pthread_spin_trylock(&spin) == 0; },
                      [&] { pthread_spin_unlock(&spin); });
  pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
  const auto give_back = [&] { pthread_rwlock_unlock(&lock); };
  expect_tries_to_end([&] { pthread_rwlock_wrlock(&lock); },
                      [&] { return pthread_rwlock_trywrlock(&lock) == 0; }, give_back);
  expect_tries_to_end([&] { pthread_rwlock_wrlock(&lock); },
                      [&] { return pthread_rwlock_tryrdlock(&lock) == 0; }, give_back);
  expect_tries_to_end([&] { pthread_rwlock_rdlock(&lock); },
                      [&] { return pthread_rwlock_trywrlock(&lock) == 0; }, give_back);
  sem_t semaphore;
  sem_init(&semaphore, 0, 1);
  expect_tries_to_end([&] { sem_wait(&semaphore); }, [&] { return sem_trywait(&semaphore) == 0; },
                      [&] { sem_post(&semaphore); });
}

// std::lock backs off and begins with the lock that was refused: two of them can take turns for ever.
ExploreResult explore_two_of(bool in_one_order, ExploreRepeat repeat) {
  return explore(all_schedules(repeat), [in_one_order] {
    std::mutex first;
    std::mutex second;
    int count = 0;
    std::thread one([&] {
      const std::scoped_lock both(first, second);
      ++count;
    });
    std::thread two([&] {
      const std::scoped_lock both(in_one_order ? first : second, in_one_order ? second : first);
      ++count;
    });
    one.join();
    two.join();
    require(count == 2, "both have come through");
  });
}

TEST(Exhaustive, LeavesThreadsThatTakeTurnsInBackingOffAndSaysSo) {
  for (const ExploreRepeat repeat : {ExploreRepeat::kInProcess, ExploreRepeat::kFork}) {
    const ExploreResult turns = explore_two_of(false, repeat);
    EXPECT_FALSE(turns.failed) << turns.message;
    EXPECT_FALSE(turns.exhausted);
    EXPECT_LT(turns.executions, 200U);
    EXPECT_TRUE(says(turns, "what is behind was not seen")) << turns.message;
    const ExploreResult in_order = explore_two_of(true, repeat);
    EXPECT_FALSE(in_order.failed) << in_order.message;
    EXPECT_TRUE(in_order.exhausted) << in_order.message;
  }
}

TEST(Exhaustive, FindsTheDeadlockOfOneWhoBacksOffAndHoldsSomethingElse) {
  const ExploreResult result = explore(all_schedules(), [] {
    std::mutex kept;
    std::mutex first;
    std::mutex second;
    std::thread one([&] {
      const std::lock_guard hold(kept);
      const std::scoped_lock both(first, second);
    });
    std::thread two([&] {
      const std::scoped_lock both(second, first);
      const std::lock_guard hold(kept);
    });
    one.join();
    two.join();
  });
  EXPECT_TRUE(result.failed);
  EXPECT_EQ(result.kind, "deadlock") << result.message;
}

TEST(Exhaustive, FollowsWhoeverWaitsInALoopToTheChange) {
  std::atomic<int> flag = 0;
  const ExploreResult result = explore(all_schedules(), [&] {
    flag = 0;
    std::thread other([&] { flag = 1; });
    while (flag == 0) {
    }
    other.join();
  });
  EXPECT_TRUE(result.exhausted) << result.message;
  EXPECT_TRUE(says(result, "a thread that looks sixteen times for a change waits for it"));
}

}  // namespace
}  // namespace gridlock
