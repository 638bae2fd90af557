// SPDX-License-Identifier: Apache-2.0
//
// What IpcLock, IpcSemaphore and JoinableQueue do when all goes well; what is found when it does not is
// tested in tests/runtime/ipc_test.cc.
#include <gmock/gmock.h>
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <vector>

namespace gridlock {
namespace {

using namespace std::chrono_literals;

std::errc error_of_making_a_huge_queue() {
  try {
    const JoinableQueue<std::uint64_t> huge{1u << 30};
  } catch (const std::system_error& error) {
    return static_cast<std::errc>(error.code().value());
  }
  return {};
}

TEST(IpcLock, LetsOneProcessInAtATime) {
  constexpr int kEach = 2000;
  IpcLock lock;
  Shared<int> counter{0};  // no atomic: the lock is all there is
  std::vector<Process> processes;
  for (int i = 0; i < 3; ++i) {
    processes.emplace_back([&] {
      for (int n = 0; n < kEach; ++n) {
        const std::scoped_lock guard{lock};
        *counter += 1;
      }
    });
  }
  for (Process& process : processes) process.join();
  EXPECT_EQ(*counter, 3 * kEach);
}

TEST(IpcLock, TriesGiveUpWhileAnotherProcessHasItAndSucceedAfterwards) {
  IpcLock lock;
  Shared<int> tried{-1};
  Shared<int> timed{-1};
  lock.lock();
  Process child{[&] {
    *tried = lock.try_lock() ? 1 : 0;
    *timed = lock.try_lock_for(1ms) ? 1 : 0;
  }};
  child.join();
  EXPECT_EQ(*tried, 0);
  EXPECT_EQ(*timed, 0);
  lock.unlock();
  Process later{[&] {
    *tried = lock.try_lock() ? 1 : 0;
    if (*tried == 1) lock.unlock();
    *timed = lock.try_lock_until(std::chrono::steady_clock::now() + 60s) ? 1 : 0;
    if (*timed == 1) lock.unlock();
  }};
  later.join();
  EXPECT_EQ(*tried, 1);
  EXPECT_EQ(*timed, 1);
  EXPECT_FALSE(lock.abandoned());
}

TEST(IpcLock, IsNotHeldByTheChildThatIsStartedUnderIt) {
  IpcLock lock;
  Shared<int> tried{-1};
  const std::scoped_lock guard{lock};
  Process child{[&] { *tried = lock.try_lock() ? 1 : 0; }};
  child.join();
  EXPECT_EQ(*tried, 0);
}

TEST(IpcLock, IsAnotherOneWhenItsMemoryIsUsedAgain) {
  for (int i = 0; i < 10'000; ++i) {
    IpcLock lock;
    ASSERT_TRUE(lock.try_lock());
    lock.unlock();
  }
}

TEST(IpcLock, OfAChildEndsWithTheChildAndNotThatOfTheParent) {
  auto lock = std::make_unique<IpcLock>();
  Process child{[&] {
    lock.reset();  // its copy of the object, not the lock
    IpcLock own;
    own.lock();
    own.unlock();
  }};
  child.join();
  EXPECT_EQ(child.exit_code(), 0);
  EXPECT_TRUE(lock->try_lock());
  lock->unlock();
}

TEST(IpcSemaphore, HasAsManyPermitsAsItWasGivenInAllProcessesTogether) {
  IpcSemaphore permits{2};
  Shared<int> taken{0};
  Process child{[&] { *taken = permits.try_acquire() ? 1 : 0; }};
  child.join();
  EXPECT_EQ(*taken, 1);
  EXPECT_TRUE(permits.try_acquire());
  EXPECT_FALSE(permits.try_acquire());
  EXPECT_FALSE(permits.try_acquire_for(1ms));
}

TEST(IpcSemaphore, ReleasesInOneProcessLetAnotherOneGoOn) {
  IpcSemaphore there{0};
  IpcSemaphore back{0};
  Process child{[&] {
    for (int i = 0; i < 100; ++i) {
      there.acquire();
      back.release();
    }
  }};
  for (int i = 0; i < 100; ++i) {
    there.release();
    back.acquire();
  }
  child.join();
  EXPECT_FALSE(back.try_acquire());
  there.release(3);
  EXPECT_TRUE(there.try_acquire());
  EXPECT_TRUE(there.try_acquire());
  EXPECT_TRUE(there.try_acquire());
  EXPECT_FALSE(there.try_acquire());
}

TEST(JoinableQueue, GivesItemsInTheOrderInWhichTheyWerePut) {
  struct Item {
    int number;
    char letter;
  };
  JoinableQueue<Item> items{3};
  Process child{[&] {
    for (int i = 0; i < 20; ++i) items.put({i, static_cast<char>('a' + i)});
  }};
  for (int i = 0; i < 20; ++i) {
    const Item item = items.get();
    ASSERT_EQ(item.number, i);
    ASSERT_EQ(item.letter, 'a' + i);
  }
  child.join();
  EXPECT_TRUE(items.empty());
}

TEST(JoinableQueue, TriesFailWhenItIsFullOrEmpty) {
  JoinableQueue<int> items{2};
  EXPECT_EQ(items.capacity(), 2u);
  EXPECT_EQ(items.try_get(), std::nullopt);
  EXPECT_EQ(items.get_for(1ms), std::nullopt);
  EXPECT_TRUE(items.try_put(1));
  EXPECT_TRUE(items.put_for(2, 1ms));
  EXPECT_FALSE(items.try_put(3));
  EXPECT_FALSE(items.put_for(3, 1ms));
  EXPECT_EQ(items.size(), 2u);
  EXPECT_EQ(items.try_get(), 1);
  EXPECT_EQ(items.get_for(60s), 2);
}

TEST(JoinableQueue, JoinReturnsWhenEveryItemIsDoneAndAtOnceWhenThereWasNone) {
  JoinableQueue<int> items{4};
  items.join();
  Shared<int> done{0};
  Process worker{{.daemon = true}, [&] {
                   for (;;) {
                     (void)items.get();
                     *done += 1;
                     items.task_done();
                   }
                 }};
  for (int i = 0; i < 10; ++i) items.put(i);
  items.join();
  EXPECT_EQ(*done, 10);
  items.put(11);
  items.join();
  EXPECT_EQ(*done, 11);
}

TEST(JoinableQueue, ThatDoesNotFitIsAnErrorOfTheConstructor) {
  EXPECT_EQ(error_of_making_a_huge_queue(), std::errc::not_enough_memory);
  EXPECT_THROW(JoinableQueue<int>{0}, std::system_error);
}

TEST(JoinableQueue, EachItemGoesToOneProcess) {
  constexpr int kItems = 300;
  JoinableQueue<int> items{8};
  Shared<std::array<int, kItems>> got;
  std::vector<Process> workers;
  for (int i = 0; i < 3; ++i) {
    workers.emplace_back([&] {
      for (int item = items.get(); item >= 0; item = items.get())
        got->at(static_cast<std::size_t>(item)) += 1;
    });
  }
  for (int i = 0; i < kItems; ++i) items.put(i);
  for (int i = 0; i < 3; ++i) items.put(-1);
  for (Process& worker : workers) worker.join();
  EXPECT_THAT(*got, testing::Each(1));
}

}  // namespace
}  // namespace gridlock
