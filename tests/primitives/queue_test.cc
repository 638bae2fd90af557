// SPDX-License-Identifier: Apache-2.0
//
// Each row of the table in queue.h. Runs with on_deadlock=throw.
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

namespace gridlock {
namespace {

using namespace std::chrono_literals;

TEST(Queue, GivesItemsInTheOrderInWhichTheyWerePut) {
  Queue<int> queue{"numbers"};
  for (int i = 0; i < 100; ++i) queue.put(i);
  EXPECT_EQ(queue.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(queue.get(), i);
  EXPECT_EQ(queue.try_get(), std::nullopt);
}

TEST(LifoQueue, GivesTheNewestFirst) {
  LifoQueue<int> queue;
  for (int i = 0; i < 3; ++i) queue.put(i);
  for (int i = 2; i >= 0; --i) EXPECT_EQ(queue.get(), i);
}

TEST(PriorityQueue, GivesTheLargestFirst) {
  PriorityQueue<int> queue;
  for (const int i : {3, 9, 1, 7}) queue.put(i);
  for (const int i : {9, 7, 3, 1}) EXPECT_EQ(queue.get(), i);
}

TEST(Queue, LosesAndDoublesNothingBetweenManyThreads) {
  constexpr int kEach = 4000;
  for (const std::uint32_t capacity : {0u, 1u, 3u}) {
    Queue<std::unique_ptr<int>> queue{capacity, "items"};
    std::atomic<long> sum{0};
    std::atomic<int> count{0};
    {
      std::vector<Thread> consumers;
      for (int t = 0; t < 3; ++t) {
        consumers.emplace_back([&] {
          while (const auto item = queue.get()) {
            sum += **item;  // written by the producer, ordered by the queue
            ++count;
            queue.task_done();
          }
        });
      }
      {
        std::vector<Thread> producers;
        for (int t = 0; t < 3; ++t) {
          producers.emplace_back([&] {
            for (int i = 1; i <= kEach; ++i) queue.put(std::make_unique<int>(i));
          });
        }
      }
      queue.join();
      EXPECT_EQ(count, 3 * kEach);
      queue.close();
    }
    EXPECT_EQ(sum, 3L * kEach * (kEach + 1) / 2);
    EXPECT_TRUE(queue.empty());
  }
}

TEST(Queue, IsFullAtItsCapacityAndLeavesTheItemAlone) {
  Queue<std::unique_ptr<int>> queue{1};
  EXPECT_TRUE(queue.try_put(std::make_unique<int>(1)));
  auto kept = std::make_unique<int>(2);
  EXPECT_FALSE(queue.try_put(std::move(kept)));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(queue.put_for(std::move(kept), 30ms));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 30ms);
  ASSERT_NE(kept, nullptr);  // NOLINT(bugprone-use-after-move): that is the contract
  EXPECT_EQ(**queue.get(), 1);
  EXPECT_TRUE(queue.put_until(std::move(kept), std::chrono::steady_clock::now()));
}

TEST(Queue, GivesUpAfterItsTimeAndNotBefore) {
  Queue<int> queue;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(queue.get_for(30ms), std::nullopt);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 30ms);
  Thread producer{[&] { queue.put(1); }};
  EXPECT_EQ(queue.get_until(std::chrono::steady_clock::now() + 1h), 1);
}

TEST(Queue, ThatWasClosedIsEmptiedAndTakesNothing) {
  Queue<int> queue{2};
  queue.put(1);
  queue.close();
  EXPECT_TRUE(queue.closed());
  EXPECT_THROW(queue.put(2), QueueClosed);
  EXPECT_FALSE(queue.try_put(2));
  EXPECT_FALSE(queue.put_for(2, 1h));
  EXPECT_EQ(queue.get(), 1);
  EXPECT_EQ(queue.get(), std::nullopt);
  EXPECT_EQ(queue.get_for(1h), std::nullopt);
}

TEST(Queue, WakesWhoeverWaitsWhenItIsClosed) {
  for (int round = 0; round < 200; ++round) {
    Queue<int> empty;
    Queue<int> full{1};
    full.put(1);
    std::atomic<int> woken{0};
    {
      Thread getter{[&] { woken += empty.get() == std::nullopt; }};
      Thread putter{[&] {
        try {
          full.put(2);
        } catch (const QueueClosed&) {
          ++woken;
        }
      }};
      empty.close();
      full.close();
    }
    ASSERT_EQ(woken, 2);
  }
}

TEST(Queue, JoinReturnsAtOnceWhenNothingIsUndone) {
  Queue<int> queue;
  queue.join();
  queue.put(1);
  EXPECT_EQ(queue.get(), 1);
  queue.task_done();
  queue.task_done();  // misuse: reported, and without effect
  queue.join();
  queue.put(2);
  EXPECT_THROW(queue.join(), std::system_error) << "nobody else is there to do it";
  queue.task_done();
  queue.join();
}

TEST(Queue, ThrowsWhereNobodyCouldPutOrGetAndIsAsBefore) {
  Queue<int> queue{1};
  EXPECT_THROW((void)queue.get(), std::system_error);
  queue.put(1);
  EXPECT_THROW(queue.put(2), std::system_error);
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_EQ(queue.get(), 1);
}

struct ThrowsWhenMoved {
  explicit ThrowsWhenMoved(int* c) : countdown(c) {}
  // NOLINTNEXTLINE(performance-noexcept-move-constructor): it throws, that is what it is for
  ThrowsWhenMoved(ThrowsWhenMoved&& other) : countdown(other.countdown) {
    if (--*countdown == 0) throw std::runtime_error("moved");
  }
  int* countdown;
};

TEST(Queue, IsAsBeforeWhenAnItemThrows) {
  int countdown = 1;
  Queue<ThrowsWhenMoved> queue{1};
  EXPECT_THROW(queue.put(ThrowsWhenMoved{&countdown}), std::runtime_error);
  EXPECT_EQ(queue.size(), 0u);
  countdown = 100;
  queue.put(ThrowsWhenMoved{&countdown});
  EXPECT_TRUE(queue.get().has_value());
}

}  // namespace
}  // namespace gridlock
