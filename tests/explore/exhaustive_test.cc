// SPDX-License-Identifier: Apache-2.0
//
// All schedules of small programs: as many executions as there are orders of what conflicts, and what is found in them.
#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "tests/explore/expect.h"

namespace gridlock {
namespace {

// Exhausted with so many traces; and a search that knows nothing of traces sees no other ones.
template <typename Body>
ExploreResult expect_traces(std::uint64_t traces, Body body) {
  const ExploreResult reduced = explore(all_schedules(), body);
  EXPECT_TRUE(reduced.exhausted) << reduced.message;
  EXPECT_EQ(reduced.executions - reduced.blocked, traces);
  EXPECT_EQ(reduced.traces, traces);
  const ExploreResult forked = explore(all_schedules(ExploreRepeat::kFork), body);
  EXPECT_EQ(forked.executions, reduced.executions);
  EXPECT_EQ(forked.traces, traces);
  ExploreOptions naive = all_schedules();
  naive.preemption_bound = 1000;
  const ExploreResult each = explore(naive, body);
  EXPECT_TRUE(each.exhausted) << each.executions;
  EXPECT_EQ(each.traces, traces);
  EXPECT_GE(each.executions, traces);
  return reduced;
}

template <typename Add>
void run_threads(int count, Add add) {
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) threads.emplace_back(add);
  for (std::thread& thread : threads) thread.join();
}

TEST(Exhaustive, CountsAllOrdersOfIncrements) {
  const auto body = [](int threads) {
    return [threads] {
      std::atomic<int> total = 0;
      run_threads(threads, [&] { total.fetch_add(1); });
      require(total == threads, "none is lost");
    };
  };
  const ExploreResult two = expect_traces(2, body(2));
  EXPECT_TRUE(says(two, "all 2 schedules seen"));
  expect_traces(6, body(3));
}

TEST(Exhaustive, TakesNoOrderOfWhatDoesNotConflict) {
  expect_traces(1, [] {
    std::atomic<int> values[3] = {};
    std::atomic<int> next = 0;
    std::thread first([&] { values[0] = 1; });
    std::thread second([&] { values[1] = 1; });
    first.join();
    second.join();
    require(next == 0, "nobody touched it");
  });
  expect_traces(1, [] {
    std::atomic<int> value = 1;
    run_threads(3, [&] { require(value == 1, "all read"); });
  });
}

TEST(Exhaustive, CountsCriticalSections) {
  expect_traces(6, [] {
    std::mutex mutex;
    int total = 0;
    run_threads(3, [&] {
      const std::scoped_lock lock(mutex);
      ++total;
    });
    require(total == 3, "none is lost");
  });
}

TEST(Exhaustive, FindsTheDeadlockOfTwoOrdersAndProvesThatOneOrderHasNone) {
  const auto body = [](bool reversed) {
    return [reversed] {
      std::mutex a;
      std::mutex b;
      std::thread other([&] {
        const std::scoped_lock first(a);
        const std::scoped_lock second(b);
      });
      {
        const std::scoped_lock first(reversed ? b : a);
        const std::scoped_lock second(reversed ? a : b);
      }
      other.join();
    };
  };
  expect_found("deadlock", body(true), all_schedules());
  expect_found("deadlock", body(true), all_schedules(ExploreRepeat::kFork));
  expect_traces(2, body(false));
}

TEST(Exhaustive, ProvesACycleInfeasibleThatAFlagGuards) {
  const ExploreResult result = explore(all_schedules(), [] {
    std::mutex a;
    std::mutex b;
    std::atomic<bool> done = false;
    std::thread other([&] {
      {
        const std::scoped_lock first(a);
        const std::scoped_lock second(b);
      }
      done = true;
    });
    if (done) {
      const std::scoped_lock first(b);
      const std::scoped_lock second(a);
    }
    other.join();
  });
  EXPECT_TRUE(result.exhausted) << result.message;
  EXPECT_EQ(result.executions, 2U);
}

TEST(Exhaustive, FindsALostWakeupAndProvesThatAPredicateHasNone) {
  const auto body = [](bool looks) {
    return [looks] {
      std::mutex mutex;
      std::condition_variable condition;
      bool ready = false;
      std::thread other([&] {
        std::unique_lock lock(mutex);
        while (!looks || !ready) {
          condition.wait(lock);
          if (!looks) break;
        }
      });
      {
        const std::scoped_lock lock(mutex);
        ready = true;
      }
      condition.notify_one();
      other.join();
    };
  };
  expect_found("deadlock", body(false), all_schedules());
  const ExploreResult result = explore(all_schedules(), body(true));
  EXPECT_TRUE(result.exhausted) << result.message;
}

TEST(Exhaustive, TakesEachWaiterThatANotificationMayWake) {
  const auto body = [] {
    std::mutex mutex;
    std::condition_variable condition;
    int waiting = 0;
    int permits = 0;
    int first = -1;
    const auto wait = [&](int self) {
      std::unique_lock lock(mutex);
      ++waiting;
      condition.wait(lock, [&] { return permits > 0; });
      --permits;
      if (first < 0) first = self;
    };
    std::thread a([&] { wait(0); });
    std::thread b([&] { wait(1); });
    for (int i = 0; i < 2; ++i) {
      const std::scoped_lock lock(mutex);
      ++permits;
      condition.notify_one();
    }
    a.join();
    b.join();
    require(first == 0, "the other one was first");
  };
  expect_found("check-failed", body, all_schedules());
}

TEST(Exhaustive, SeesTheSameTracesAsAllSchedules) {
  const auto compare = [](const char* name, auto body) {
    const ExploreResult reduced = explore(all_schedules(), body);
    ExploreOptions naive = all_schedules();
    naive.preemption_bound = 1000;
    const ExploreResult each = explore(naive, body);
    EXPECT_TRUE(reduced.exhausted) << name << reduced.message;
    EXPECT_TRUE(each.exhausted) << name << each.message;
    EXPECT_EQ(reduced.executions - reduced.blocked, each.traces) << name;
    EXPECT_EQ(reduced.traces, each.traces) << name;
  };
  compare("store buffering", [] {
    std::atomic<int> x = 0;
    std::atomic<int> y = 0;
    std::thread first([&] {
      x = 1;
      static_cast<void>(y.load());
    });
    y = 1;
    static_cast<void>(x.load());
    first.join();
  });
  compare("shared mutex", [] {
    std::shared_mutex mutex;
    int value = 0;
    std::thread reader([&] {
      const std::shared_lock lock(mutex);
      static_cast<void>(value);
    });
    std::thread writer([&] {
      const std::unique_lock lock(mutex);
      ++value;
    });
    {
      const std::shared_lock lock(mutex);
    }
    reader.join();
    writer.join();
  });
  compare("try_lock", [] {
    std::mutex mutex;
    std::thread other([&] {
      if (mutex.try_lock()) mutex.unlock();
    });
    if (mutex.try_lock()) mutex.unlock();
    other.join();
  });
  compare("call_once", [] {
    std::once_flag flag;
    std::atomic<int> calls = 0;
    std::thread other([&] { std::call_once(flag, [&] { ++calls; }); });
    std::call_once(flag, [&] { ++calls; });
    other.join();
    require(calls == 1, "once");
  });
  compare("latch", [] {
    std::latch latch(2);
    std::thread other([&] { latch.arrive_and_wait(); });
    latch.arrive_and_wait();
    other.join();
  });
  compare("time-out", [] {
    std::timed_mutex mutex;
    std::thread other([&] {
      if (mutex.try_lock_for(std::chrono::seconds(1))) mutex.unlock();
    });
    mutex.lock();
    std::this_thread::sleep_for(std::chrono::seconds(3));
    mutex.unlock();
    other.join();
  });
}

TEST(Exhaustive, FindsRacesWithoutSwitchesAtAccesses) {
  const ExploreResult result = expect_found(
      "data-race",
      [] {
        std::atomic<bool> ready = false;
        int value = 0;
        std::thread other([&] {
          value = 1;
          ready.store(true, std::memory_order_relaxed);
        });
        if (ready.load(std::memory_order_relaxed))
          static_cast<void>(*const_cast<volatile int*>(&value));
        other.join();
      },
      all_schedules());
  EXPECT_NE(result.replay.find(":s:"), std::string::npos) << result.replay;
}

TEST(PreemptionBound, OfNoneMissesWhatOneFinds) {
  const auto body = [] {
    std::atomic<int> total = 0;
    run_threads(2, [&] { total = total + 1; });
    require(total == 2, "none is lost");
  };
  ExploreOptions options = all_schedules();
  options.preemption_bound = 0;
  const ExploreResult none = explore(options, body);
  EXPECT_TRUE(none.exhausted);
  EXPECT_TRUE(says(none, "at most 0 preemptions"));
  options.preemption_bound = 1;
  expect_found("check-failed", body, options);
  options.preemption_bound = -1;
  options.delay_bound = 0;
  EXPECT_TRUE(says(explore(options, body), "all 1 schedules seen that have at most 0 delays"));
  options.delay_bound = 2;
  expect_found("check-failed", body, options);
}

TEST(Exhaustive, IsNotSaidWhereExecutionsAreOver) {
  ExploreOptions options = all_schedules();
  options.executions = 5;
  const ExploreResult result = explore(options, [] {
    std::atomic<int> total = 0;
    run_threads(3, [&] { ++total; });
  });
  EXPECT_FALSE(result.exhausted);
  EXPECT_EQ(result.executions, 5U);
  EXPECT_EQ(result.message, "");
}

}  // namespace
}  // namespace gridlock
