// SPDX-License-Identifier: Apache-2.0
//
// Each call that blocks, under control: what it lets through, and what it leaves waiting forever.
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#include <barrier>
#include <chrono>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <stop_token>
#include <thread>

#include "tests/explore/expect.h"

namespace gridlock {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

constexpr std::uint64_t kSome = 2000;
constexpr std::uint64_t kForks = 30;

TEST(SharedMutex, ReadersMeetAndWritersDoNot) {
  const auto body = [](auto write) {
    int value = 0;
    std::shared_mutex mutex;
    std::thread writer([&] { write(mutex, value); });
    std::thread reader([&] {
      const std::shared_lock lock(mutex);
      require(value >= 0, "a value");
    });
    {
      const std::shared_lock lock(mutex);
      require(value == 0 || value == 1, "all or nothing");
    }
    writer.join();
    reader.join();
  };
  expect_clean(
      [&] {
        body([](std::shared_mutex& mutex, int& value) {
          const std::scoped_lock lock(mutex);
          value = -1;
          value = 1;
        });
      },
      kSome, kForks);
  expect_found("data-race", [&] {
    body([](std::shared_mutex& mutex, int& value) {
      const std::shared_lock lock(mutex);
      value = 1;
    });
  });
}

TEST(RecursiveMutex, IsTakenTwiceByItsHolder) {
  expect_clean(
      [] {
        std::recursive_mutex mutex;
        int value = 0;
        const auto add = [&] {
          const std::scoped_lock outer(mutex);
          const std::scoped_lock inner(mutex);
          ++value;
        };
        std::thread other(add);
        add();
        other.join();
        require(value == 2, "both");
      },
      kSome, kForks);
}

TEST(PlainMutex, TakenTwiceIsADeadlockOfOne) {
  const ExploreResult found = expect_found("deadlock", [] {
    std::mutex mutex;
    mutex.lock();
    mutex.lock();  // NOLINT
  });
  EXPECT_TRUE(says(found, "T1 waits for mutex M1, which T1 holds since"));
}

TEST(ErrorCheckingMutex, SaysSoInstead) {
  expect_clean(
      [] {
        pthread_mutexattr_t attributes;
        pthread_mutexattr_init(&attributes);
        pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
        pthread_mutex_t mutex;
        pthread_mutex_init(&mutex, &attributes);
        require(pthread_mutex_unlock(&mutex) == EPERM, "not held");
        require(pthread_mutex_lock(&mutex) == 0, "free");
        require(pthread_mutex_lock(&mutex) == EDEADLK, "held by this thread");
        require(pthread_mutex_unlock(&mutex) == 0, "held");
        pthread_mutex_destroy(&mutex);
      },
      kSome, kForks);
}

TEST(Unlock, OfAMutexOfAnotherThreadIsMisuse) {
  const ExploreResult found = expect_found("misuse", [] {
    std::mutex mutex;
    mutex.lock();
    std::thread([&] { mutex.unlock(); }).join();
  });
  EXPECT_TRUE(says(found, "T2 unlocks mutex M1, which T1 holds"));
}

TEST(TimedWaits, EndInVirtualTimeOnly) {
  const auto begin = std::chrono::steady_clock::now();
  expect_clean(
      [] {
        std::timed_mutex mutex;
        std::condition_variable_any never;
        std::binary_semaphore none(0);
        mutex.lock();
        std::thread other([&] { require(!mutex.try_lock_for(1h), "it is held"); });
        other.join();
        const auto before = std::chrono::steady_clock::now();
        require(never.wait_for(mutex, 10s) == std::cv_status::timeout, "nobody notifies");
        std::this_thread::sleep_for(20s);
        const auto passed = std::chrono::steady_clock::now() - before;
        require(passed >= 30s && passed < 40s, "as long as was waited");
        mutex.unlock();
      },
      200, 5);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
}

TEST(BusyWaits, ForATimeOrForAFlagEnd) {
  expect_clean(
      [] {
        std::atomic<bool> ready = false;
        std::thread other([&] {
          const auto end = std::chrono::steady_clock::now() + 5s;
          while (std::chrono::steady_clock::now() < end) {
          }
          ready = true;
        });
        while (!ready) {
        }
        std::atomic_flag lock;
        while (lock.test_and_set()) std::this_thread::yield();
        lock.clear();
        other.join();
      },
      500, 20);
}

TEST(BusyWaits, ForAFlagThatNobodySetsAreALivelock) {
  ExploreOptions options = quietly(1);
  options.max_steps = 5000;
  static std::atomic<bool> ready;
  const auto body = [] {
    while (!ready) std::this_thread::yield();
  };
  EXPECT_EQ(explore(options, body).kind, "livelock");
}

TEST(Standard, LatchBarrierAndFuture) {
  expect_clean(
      [] {
        std::latch begun(3);
        std::barrier phase(3);
        std::atomic<int> met = 0;
        const auto work = [&] {
          begun.arrive_and_wait();
          ++met;
          phase.arrive_and_wait();
          require(met == 3, "all have met");
        };
        std::jthread first(work);
        std::jthread second(work);
        work();
        auto value = std::async(std::launch::async, [] { return 42; });
        require(value.get() == 42, "the value");
      },
      kSome, kForks);
}

TEST(Standard, SemaphoreHandsOver) {
  expect_clean(
      [] {
        std::binary_semaphore permit(0);
        int value = 0;
        std::thread other([&] {
          value = 1;
          permit.release();
        });
        permit.acquire();
        require(value == 1, "what came before the release");
        other.join();
      },
      kSome, kForks);
}

// GCC's bug 104928: a thread that read "one permit", found none, and goes to sleep if there is one permit.
TEST(Standard, SemaphoresOfLibstdcxxTwelveLoseAWakeUp) {
#if defined(_GLIBCXX_RELEASE) && _GLIBCXX_RELEASE == 12
  ExploreOptions options = quietly(20000);
  options.repeat = ExploreRepeat::kInProcess;
  const ExploreResult found = explore(options, [] {
    std::latch begun(3);
    std::counting_semaphore<2> permits(1);
    std::atomic<int> inside = 0;
    const auto work = [&] {
      begun.arrive_and_wait();
      permits.acquire();
      ++inside;
      --inside;
      permits.release();
    };
    std::jthread first(work);
    std::jthread second(work);
    work();
  });
  EXPECT_EQ(found.kind, "deadlock") << found.message;
  EXPECT_TRUE(says(found, "while nobody waited"));
#else
  GTEST_SKIP() << "another release of the C++ library";
#endif
}

TEST(Standard, PromiseOnceStopTokenAndAtomicWait) {
  expect_clean(
      [] {
        std::promise<int> promise;
        std::atomic<int> stage = 0;
        std::once_flag once;
        int times = 0;
        std::jthread other([&](const std::stop_token& stop) {
          std::call_once(once, [&] { ++times; });
          promise.set_value(7);
          stage.wait(0);
          while (!stop.stop_requested()) std::this_thread::yield();
        });
        std::call_once(once, [&] { ++times; });
        require(promise.get_future().get() == 7, "the value");
        require(times == 1, "once");
        stage = 1;
        stage.notify_all();
      },
      kSome, kForks);
}

TEST(Standard, ALatchThatNobodyCountsDownIsADeadlock) {
  const ExploreResult found = expect_found("deadlock", [] {
    std::latch latch(2);
    std::thread other([&] { latch.arrive_and_wait(); });
    other.join();
  });
  EXPECT_TRUE(says(found, "T1 waits for the end of T2"));
  EXPECT_TRUE(says(found, "T2 waits for futex F"));
}

TEST(Posix, SemaphoreAndBarrier) {
  expect_clean(
      [] {
        sem_t permits;
        sem_init(&permits, 0, 0);
        pthread_barrier_t barrier;
        pthread_barrier_init(&barrier, nullptr, 2);
        int value = 0;
        std::thread other([&] {
          value = 1;
          sem_post(&permits);
          pthread_barrier_wait(&barrier);
          require(value == 2, "what came before the barrier");
        });
        require(sem_wait(&permits) == 0 && value == 1, "what came before the post");
        value = 2;
        pthread_barrier_wait(&barrier);
        require(sem_trywait(&permits) == -1 && errno == EAGAIN, "taken");
        other.join();
        sem_destroy(&permits);
        pthread_barrier_destroy(&barrier);
      },
      kSome, kForks);
}

TEST(Posix, ABarrierThatOneMissesIsADeadlock) {
  const ExploreResult found = expect_found("deadlock", [] {
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, nullptr, 2);
    pthread_barrier_wait(&barrier);
  });
  EXPECT_TRUE(says(found, "where 1 have arrived"));
}

TEST(Condition, WaitsMayEndSpuriouslyWhereTheOptionsSaySo) {
  const auto body = [] {
    std::mutex mutex;
    std::condition_variable changed;
    bool ready = false;
    std::thread other([&] {
      const std::scoped_lock lock(mutex);
      ready = true;
      changed.notify_one();
    });
    {
      std::unique_lock lock(mutex);
      if (!ready) changed.wait(lock);
      require(ready, "what was waited for");
    }
    other.join();
  };
  expect_clean(body, kSome, kForks);
  ExploreOptions options = quietly(2000);
  options.spurious_wakeups = true;
  expect_found("check-failed", body, options);
}

TEST(MemoryOrders, ReleaseAndAcquireGuardDataAndRelaxedDoesNot) {
  const auto body = [](std::memory_order store, std::memory_order load) {
    int data = 0;
    std::atomic<bool> ready = false;
    std::thread other([&] {
      data = 1;
      ready.store(true, store);
    });
    if (ready.load(load)) require(data == 1, "the data");
    other.join();
  };
  expect_clean([&] { body(std::memory_order_release, std::memory_order_acquire); }, kSome, kForks);
  expect_found("data-race", [&] { body(std::memory_order_relaxed, std::memory_order_acquire); });
  expect_found("data-race", [&] { body(std::memory_order_release, std::memory_order_relaxed); });
}

TEST(MemoryOrders, FencesOrderRelaxedOperations) {
  const auto body = [](bool fences) {
    int data = 0;
    std::atomic<bool> ready = false;
    std::thread other([&] {
      data = 1;
      if (fences) std::atomic_thread_fence(std::memory_order_release);
      ready.store(true, std::memory_order_relaxed);
    });
    if (ready.load(std::memory_order_relaxed)) {
      if (fences) std::atomic_thread_fence(std::memory_order_acquire);
      require(data == 1, "the data");
    }
    other.join();
  };
  expect_clean([&] { body(true); }, kSome, kForks);
  expect_found("data-race", [&] { body(false); });
}

}  // namespace
}  // namespace gridlock
