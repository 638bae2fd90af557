// SPDX-License-Identifier: Apache-2.0
//
// Runs with on_deadlock=throw.
#include <gmock/gmock.h>
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <memory>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace gridlock {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

bool has_children() { return waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD; }

TEST(ProcessPool, GivesResultsInTheOrderOfTheRange) {
  ProcessPool pool{3};
  EXPECT_THAT(pool.map([](int x) { return x * x; }, std::vector{3, 1, 2}), ElementsAre(9, 1, 4));
}

TEST(ProcessPool, RunsTasksInOtherProcesses) {
  ProcessPool pool{2};
  const std::vector<int> pids = pool.pids();
  ASSERT_THAT(pids, SizeIs(2));
  std::set<int> seen;
  for (int i = 0; i < 20; ++i) seen.insert(pool.submit([] { return getpid(); }).get());
  for (const int pid : seen) EXPECT_TRUE(pid == pids[0] || pid == pids[1]) << pid;
}

TEST(ProcessPool, MapsMoreThanItHasSlots) {
  ProcessPool pool{ProcessPoolOptions{.workers = 2, .slots = 3}};
  std::vector<int> numbers(200);
  std::iota(numbers.begin(), numbers.end(), 0);
  EXPECT_EQ(pool.map([](int x) { return x; }, numbers), numbers);
}

TEST(ProcessPool, CopiesArgumentsStructsAndCaptures) {
  struct Point {
    double x, y;
  };
  ProcessPool pool{1};
  const double factor = 2;
  const Point twice =
      pool.submit([factor](Point p, int n) { return Point{p.x * factor, p.y * n}; }, Point{1, 2}, 5)
          .get();
  EXPECT_EQ(twice.x, 2);
  EXPECT_EQ(twice.y, 10);
}

TEST(ProcessPool, CarriesTheTextOfAnExceptionOver) {
  ProcessPool pool{1};
  TaskFuture<void> failed = pool.submit([] { throw std::out_of_range("page 7"); });
  try {
    failed.get();
    ADD_FAILURE();
  } catch (const TaskFailed& error) {
    EXPECT_STREQ(error.what(), "page 7");
  }
  TaskFuture<void> strange = pool.submit([] { throw 7; });
  EXPECT_THROW(strange.get(), TaskFailed);
  EXPECT_EQ(pool.submit([] { return 1; }).get(), 1);
  const std::string text(1000, 'x');
  TaskFuture<void> lengthy = pool.submit([] { throw std::runtime_error(std::string(1000, 'x')); });
  try {
    lengthy.get();
  } catch (const TaskFailed& error) {
    EXPECT_EQ(std::string(error.what()), text.substr(0, 239));
  }
}

TEST(ProcessPool, LosesOnlyTheTaskWhoseWorkerIsKilled) {
  ProcessPool pool{2};
  TaskFuture<int> lost = pool.submit([] { return raise(SIGKILL); });
  std::vector<TaskFuture<int>> others;
  for (int i = 0; i < 20; ++i) others.push_back(pool.submit([](int x) { return x; }, i));
  EXPECT_THROW(lost.get(), WorkerDied);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(others[static_cast<std::size_t>(i)].get(), i);
}

TEST(ProcessPool, LosesWhatIsQueuedWithItsLastWorker) {
  ProcessPool pool{1};
  TaskFuture<void> lost = pool.submit([] { std::_Exit(0); });
  std::vector<TaskFuture<int>> others;
  try {
    for (int i = 0; i < 20; ++i) others.push_back(pool.submit([] { return 1; }));
  } catch (const ExecutorShutDown&) {
    EXPECT_LT(others.size(), 20u);  // it has gone so soon
  }
  EXPECT_THROW(lost.get(), WorkerDied);
  for (TaskFuture<int>& each : others) EXPECT_THROW(each.get(), WorkerDied);
  EXPECT_THROW(pool.submit([] {}), ExecutorShutDown);
}

TEST(ProcessPool, KilledFromOutsideAtAnyMomentNeverHangs) {
  for (int round = 0; round < 20; ++round) {
    ProcessPool pool{ProcessPoolOptions{.workers = 2, .slots = 8}};
    int done = 0;
    int lost = 0;
    const int victim = pool.pids()[0];
    std::vector<TaskFuture<int>> futures;
    for (int i = 0; i < 40; ++i) {
      if (i == round * 2) ::kill(victim, SIGKILL);
      futures.push_back(pool.submit([](int x) { return x; }, i));
      if (futures.size() < 8) continue;
      for (TaskFuture<int>& each : futures) {
        try {
          each.get();
          ++done;
        } catch (const WorkerDied&) {
          ++lost;
        }
      }
      futures.clear();
    }
    EXPECT_EQ(done + lost, 40);
    EXPECT_LE(lost, 1);
  }
}

TEST(ProcessPool, GoesOnWhenTheCopyOfItInAForkIsDestroyed) {
  auto pool = std::make_unique<ProcessPool>(ProcessPoolOptions{.workers = 2});
  Process child{"child", [&] { pool.reset(); }};
  child.join();
  EXPECT_EQ(child.exit_code(), 0);
  EXPECT_EQ(pool->submit([](int x) { return x + 1; }, 41).get(), 42);
}

TEST(ProcessPool, RunsWhatIsQueuedBeforeItShutsDown) {
  Shared<std::atomic<int>> sum{0};
  {
    ProcessPool pool{2};
    std::vector<TaskFuture<void>> futures;
    for (int i = 1; i <= 10; ++i)
      futures.push_back(pool.submit([](std::atomic<int>* to, int x) { *to += x; }, &*sum, i));
    pool.shutdown();
    EXPECT_EQ(*sum, 55);
    EXPECT_THROW(pool.submit([] {}), ExecutorShutDown);
    for (TaskFuture<void>& each : futures) each.get();
  }
  EXPECT_FALSE(has_children());
}

TEST(TaskFuture, ThatIsDroppedFreesItsSlot) {
  ProcessPool pool{ProcessPoolOptions{.workers = 1, .slots = 2}};
  for (int i = 0; i < 50; ++i) (void)pool.submit([] { return 1; });
  EXPECT_EQ(pool.submit([] { return 7; }).get(), 7);
}

TEST(TaskFuture, GivesItsResultOnce) {
  ProcessPool pool{1};
  TaskFuture<int> once = pool.submit([] { return 7; });
  EXPECT_EQ(once.get(), 7);
  EXPECT_FALSE(once.ready());
  EXPECT_THROW(once.get(), std::logic_error);
}

}  // namespace
}  // namespace gridlock
