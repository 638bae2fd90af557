// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <ranges>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace gridlock {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Executor, HandsTheResultOfATaskToWhoeverGetsIt) {
  Executor pool{2};
  Future<int> sum = pool.submit([](int a, int b) { return a + b; }, 1, 2);
  Future<void> nothing = pool.submit([] {});
  EXPECT_EQ(sum.get(), 3);
  nothing.get();
  EXPECT_FALSE(sum.valid());
}

TEST(Executor, TakesAndGivesWhatCanOnlyBeMovedAndReferences) {
  Executor pool{1};
  auto doubled = pool.submit([](std::unique_ptr<int> in) { return std::make_unique<int>(*in * 2); },
                             std::make_unique<int>(4));
  EXPECT_EQ(*doubled.get(), 8);
  int here = 1;
  Future<int&> same = pool.submit([&]() -> int& { return here; });
  EXPECT_EQ(&same.get(), &here);
}

TEST(Executor, CarriesAnExceptionOver) {
  Executor pool{1};
  Future<int> broken = pool.submit([]() -> int { throw std::runtime_error("no"); });
  EXPECT_THROW(broken.get(), std::runtime_error);
  EXPECT_EQ(pool.submit([] { return 1; }).get(), 1);  // the worker has survived
}

TEST(Executor, DestroysWhatTheTaskOwnsBeforeTheResultIsThere) {
  Executor pool{1};
  auto owned = std::make_shared<int>(1);
  const std::weak_ptr<int> seen = owned;
  pool.submit([mine = std::move(owned)] { return *mine; }).get();
  EXPECT_TRUE(seen.expired());
}

TEST(Executor, GivesItsWorkersNames) {
  Executor pool{2, "cook"};
  EXPECT_EQ(pool.workers(), 2U);
  Rendezvous both{2};
  const auto name = [&] {
    both.meet();  // in two workers
    return this_thread_name();
  };
  auto first = pool.submit(name);
  auto second = pool.submit(name);
  const std::set<std::string> names{first.get(), second.get()};
  EXPECT_THAT(names, ElementsAre("cook-1", "cook-2"));
}

TEST(Executor, WithoutANumberHasAWorkerForEachProcessor) {
  Executor pool;
  EXPECT_GE(pool.workers(), 1U);
}

TEST(ExecutorMap, GivesTheResultsInOrder) {
  Executor pool{3};
  const std::vector<int> numbers{5, 4, 3, 2, 1};
  EXPECT_THAT(pool.map([](int x) { return x * x; }, numbers), ElementsAre(25, 16, 9, 4, 1));
  EXPECT_THAT(pool.map([](int x) { return x; }, std::vector<int>{}), IsEmpty());
  EXPECT_THAT(pool.map([](int x) { return std::to_string(x); }, std::views::iota(1, 3)),
              ElementsAre("1", "2"));
}

TEST(ExecutorMap, ThrowsTheFirstExceptionInOrderOnceAllHaveRun) {
  Executor pool{2};
  std::atomic<int> calls{0};
  try {
    pool.map(
        [&](int x) {
          ++calls;
          if (x > 1) throw std::runtime_error(std::to_string(x));
        },
        std::vector{1, 2, 3, 4});
    FAIL() << "did not throw";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "2");
  }
  EXPECT_EQ(calls, 4);
}

TEST(AsCompleted, GivesTheFirstFirstWhateverTheOrderOfTheFutures) {
  Executor pool{2};
  Event second_is_through;
  std::vector<Future<int>> futures;
  futures.push_back(pool.submit([&] {
    second_is_through.wait();
    return 1;
  }));
  futures.push_back(pool.submit([] { return 2; }));
  std::vector<int> order;
  for (Future<int>& each : as_completed(futures)) {
    order.push_back(each.get());
    second_is_through.set();
  }
  EXPECT_THAT(order, ElementsAre(2, 1));
}

TEST(AsCompleted, GivesEachOnceAlsoThoseThatAreFulfilledAlready) {
  Executor pool{2};
  std::vector<Future<int>> futures;
  for (int i = 0; i < 100; ++i) futures.push_back(pool.submit([i] { return i; }));
  futures[0].wait();
  std::set<int> seen;
  for (Future<int>& each : as_completed(futures)) seen.insert(each.get());
  EXPECT_EQ(seen.size(), 100U);
}

TEST(AsCompleted, MayBeLeftBeforeAllAreThere) {
  Executor pool{1};
  Event go_on;
  std::vector<Future<void>> futures;
  futures.push_back(pool.submit([] {}));
  futures.push_back(pool.submit([&] { go_on.wait(); }));
  for (Future<void>& each : as_completed(futures)) {
    each.get();
    break;
  }
  go_on.set();
  futures[1].get();
}

TEST(AsCompleted, OfNothingIsNothingAndOfAFutureWithoutStateThrows) {
  std::vector<Future<int>> futures;
  for (Future<int>& each : as_completed(futures)) FAIL() << each.valid();
  futures.emplace_back();
  EXPECT_THROW((void)as_completed(futures), std::future_error);
}

TEST(ExecutorShutdown, RunsWhatIsQueuedUnlessToldOtherwise) {
  std::atomic<int> ran{0};
  {
    Executor pool{1};
    for (int i = 0; i < 10; ++i) (void)pool.submit([&] { ++ran; });
  }
  EXPECT_EQ(ran, 10);
}

TEST(ExecutorShutdown, CancelsWhatIsQueuedAndLetsRunWhatRuns) {
  Executor pool{1};
  Event begun;
  Event go_on;
  Future<int> running = pool.submit([&] {
    begun.set();
    go_on.wait();
    return 1;
  });
  begun.wait();
  Future<int> queued = pool.submit([] { return 2; });
  EXPECT_EQ(pool.pending(), 1U);
  Thread closer{"closer", [&] { pool.shutdown(Pending::kCancel); }};
  EXPECT_THROW(queued.get(), TaskCancelled);
  go_on.set();
  closer.join();
  EXPECT_EQ(running.get(), 1);
  pool.shutdown();
}

TEST(ExecutorShutdown, LetsNothingInAfterwards) {
  Executor pool{1};
  pool.shutdown();
  EXPECT_THROW((void)pool.submit([] {}), ExecutorShutDown);
  EXPECT_THROW(pool.map([](int) {}, std::vector{1}), ExecutorShutDown);
}

TEST(Executor, AMapWhoseRangeThrowsHasWaitedForWhatItHadSubmitted) {
  Executor pool{1};
  Semaphore go{0};
  std::atomic<int> done = 0;
  const auto numbers = std::views::iota(0, 3) | std::views::transform([&](int i) {
                         if (i < 2) return i;
                         go.release(2);
                         throw std::out_of_range("no third");
                       });
  EXPECT_THROW(pool.map(
                   [&](int) {
                     go.acquire();
                     ++done;
                   },
                   numbers),
               std::out_of_range);
  EXPECT_EQ(done, 2);
}

TEST(ExecutorShutdown, ByAWorkerIsRefused) {
  Executor pool{1};
  Future<bool> refused = pool.submit([&] {
    try {
      pool.shutdown();
    } catch (const std::system_error& error) {
      return error.code() == std::errc::resource_deadlock_would_occur;
    }
    return false;
  });
  EXPECT_TRUE(refused.get());
}

TEST(Executor, WithABoundLetsTheSubmitterWait) {
  Executor pool{{.workers = 1, .name = "bounded", .capacity = 1}};
  Event go_on;
  Event begun;
  (void)pool.submit([&] {
    begun.set();
    go_on.wait();
  });
  begun.wait();
  (void)pool.submit([] {});  // fills the queue
  Semaphore in{0};
  Thread submitter{"submitter", [&] {
                     (void)pool.submit([] {});
                     in.release();
                   }};
  EXPECT_FALSE(in.try_acquire_for(std::chrono::milliseconds(20)));
  go_on.set();
  in.acquire();
}

TEST(TaskThatWaits, ForAQueuedTaskInAPoolOfOneIsADeadlockAlsoWhileOthersRun) {
  Executor pool{1};
  Future<bool> outer = pool.submit([&] {
    Future<int> inner = pool.submit([] { return 1; });
    try {
      return inner.get() != 1;
    } catch (const std::system_error& error) {
      return error.code() == std::errc::resource_deadlock_would_occur;
    }
  });
  // A thread that runs all the while.
  while (!outer.wait_for(std::chrono::milliseconds(1))) {
  }
  EXPECT_TRUE(outer.get());
}

TEST(TaskThatWaits, ForAQueuedTaskIsNoDeadlockWhileAWorkerIsFree) {
  Executor pool{2};
  EXPECT_EQ(pool.submit([&] { return pool.submit([] { return 1; }).get(); }).get(), 1);
}

TEST(TaskThatWaits, ForATaskThatRunsIsNoDeadlock) {
  Executor pool{2};
  Event begun;
  Event go_on;
  Future<int> inner = pool.submit([&] {
    begun.set();
    go_on.wait();
    return 1;
  });
  begun.wait();
  Future<int> outer = pool.submit([&] { return inner.get(); });
  go_on.set();
  EXPECT_EQ(outer.get(), 1);
}

TEST(TaskThatWaits, ForAPoolOfOthersIsNoDeadlock) {
  Executor front{1, "front"};
  Executor back{1, "back"};
  EXPECT_EQ(front.submit([&] { return back.submit([] { return 1; }).get(); }).get(), 1);
}

TEST(TaskThatWaits, ForAPoolWhoseTaskWaitsForItsOwnIsADeadlock) {
  Executor front{1, "front"};
  Executor back{1, "back"};
  std::atomic<int> thrown{0};
  const auto get = [&](Future<int> future) {
    try {
      return future.get();
    } catch (const std::system_error&) {
      ++thrown;
      return 0;
    }
  };
  front
      .submit([&] { return get(back.submit([&] { return get(front.submit([] { return 1; })); })); })
      .get();
  EXPECT_EQ(thrown, 1);
}

// Random trees of tasks: a task that waits for its children in a pool that has a thread for each
// task never deadlocks, whatever the order.
TEST(TaskThatWaits, IsSilentInRandomTreesThatFit) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 50; ++round) {
    const int children = std::uniform_int_distribution(1, 3)(random);
    Executor pool{static_cast<std::uint32_t>(1 + children)};
    const int sum = pool.submit([&] {
                          std::vector<Future<int>> futures;
                          for (int i = 0; i < children; ++i)
                            futures.push_back(pool.submit([i] { return i; }));
                          int total = 0;
                          for (Future<int>& each : futures) total += each.get();
                          return total;
                        })
                        .get();
    EXPECT_EQ(sum, children * (children - 1) / 2);
  }
}

}  // namespace
}  // namespace gridlock
