// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <system_error>
#include <vector>

namespace gridlock {
namespace {

using namespace std::chrono_literals;

struct Chance {
  bool read;
  bool upgradeable;
  bool write;
  bool operator==(const Chance&) const = default;
};

// What another thread could do now.
Chance others_can(SharedLock& lock) {
  Chance chance{};
  Thread{[&] {
    chance.read = lock.try_lock_shared();
    if (chance.read) lock.unlock_shared();
    chance.upgradeable = lock.try_lock_upgradeable();
    if (chance.upgradeable) lock.unlock_upgradeable();
    chance.write = lock.try_lock();
    if (chance.write) lock.unlock();
  }}.join();
  return chance;
}

TEST(UpgradeableLock, LetsReadersInAndNoOtherUpgradeableOne) {
  SharedLock lock{"lock"};
  EXPECT_EQ(others_can(lock), (Chance{true, true, true}));
  lock.lock_upgradeable();
  EXPECT_EQ(others_can(lock), (Chance{true, false, false}));
  lock.upgrade();
  EXPECT_EQ(others_can(lock), (Chance{false, false, false}));
  lock.downgrade();
  EXPECT_EQ(others_can(lock), (Chance{true, false, false}));
  lock.unlock_upgradeable();
  EXPECT_EQ(others_can(lock), (Chance{true, true, true}));
}

TEST(UpgradeableLock, IsReleasedInFullByUnlock) {
  SharedLock lock;
  lock.lock_upgradeable();
  lock.upgrade();
  lock.unlock();
  EXPECT_EQ(others_can(lock), (Chance{true, true, true}));
}

TEST(UpgradeableLock, WaitsForReadersWhenItUpgrades) {
  SharedLock lock;
  int plain = 0;
  lock.lock_shared();
  std::atomic<bool> upgradeable{false};
  Thread writer{[&] {
    lock.lock_upgradeable();
    upgradeable = true;
    lock.upgrade();
    EXPECT_EQ(++plain, 1);
    lock.unlock();
  }};
  while (!upgradeable) std::this_thread::yield();
  EXPECT_EQ(plain, 0);
  lock.unlock_shared();
  writer.join();
  EXPECT_EQ(plain, 1);
}

TEST(UpgradeableLock, NeverLosesAnUpdateOfManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 300;
  SharedLock lock;
  int value = 0;
  std::vector<Thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        lock.lock_upgradeable();
        const int seen = value;
        lock.upgrade();
        value = seen + 1;
        lock.unlock();
        const std::shared_lock reading{lock};
        EXPECT_GT(value, 0);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(value, kThreads * kRounds);
}

TEST(UpgradeableLock, GivesUpAfterItsTime) {
  SharedLock lock;
  const auto tries = [&] {
    bool got = true;
    Thread{[&] { got = lock.try_lock_upgradeable_for(5ms); }}.join();
    return got;
  };
  lock.lock_upgradeable();
  EXPECT_FALSE(tries());
  lock.unlock_upgradeable();
  lock.lock();
  EXPECT_FALSE(tries());
  lock.unlock();
  EXPECT_TRUE(lock.try_lock_upgradeable_for(5ms));
  lock.unlock_upgradeable();
  EXPECT_EQ(others_can(lock), (Chance{true, true, true}));
}

TEST(UpgradeableLock, OfTheSameThreadAgainIsADeadlockAndLeavesItAsItWas) {
  SharedLock lock;
  lock.lock_upgradeable();
  EXPECT_THROW(lock.lock_upgradeable(), std::system_error);
  EXPECT_EQ(others_can(lock), (Chance{true, false, false}));
  lock.unlock_upgradeable();
  EXPECT_EQ(others_can(lock), (Chance{true, true, true}));
}

TEST(UpgradeableLock, GivesItsSideBackWhereTheSharedHoldIsADeadlock) {
  SharedLock lock;
  lock.lock();
  EXPECT_THROW(lock.lock_upgradeable(), std::system_error);
  lock.unlock();
  EXPECT_EQ(others_can(lock), (Chance{true, true, true}));
}

TEST(UpgradeableLock, ThatIsNotHeldCannotBeReleased) {
  SharedLock lock;
  lock.lock_shared();
  lock.unlock_upgradeable();  // misuse, which changes nothing
  EXPECT_EQ(others_can(lock), (Chance{true, true, false}));
  lock.unlock_shared();
}

}  // namespace
}  // namespace gridlock
