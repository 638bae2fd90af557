// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <random>
#include <shared_mutex>
#include <system_error>
#include <vector>

namespace gridlock {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// The named requirements, as far as a compiler can check them.
template <typename L>
concept BasicLockable = requires(L& lock) {
  lock.lock();
  lock.unlock();
};
template <typename L>
concept TimedLockable = BasicLockable<L> && requires(L& lock) {
  { lock.try_lock() } -> std::same_as<bool>;
  { lock.try_lock_for(1ms) } -> std::same_as<bool>;
  { lock.try_lock_until(Clock::now()) } -> std::same_as<bool>;
};
template <typename L>
concept SharedTimedLockable = requires(L& lock) {
  lock.lock_shared();
  lock.unlock_shared();
  { lock.try_lock_shared() } -> std::same_as<bool>;
  { lock.try_lock_shared_for(1ms) } -> std::same_as<bool>;
  { lock.try_lock_shared_until(Clock::now()) } -> std::same_as<bool>;
};
static_assert(TimedLockable<SharedLock> && SharedTimedLockable<SharedLock>);
static_assert(sizeof(SharedLock) <= 40);
static_assert(!std::is_copy_constructible_v<SharedLock> &&
              !std::is_move_constructible_v<SharedLock>);

struct Chance {
  bool read;
  bool write;
  bool operator==(const Chance&) const = default;
};

// What another thread could do now.
Chance others_can(SharedLock& lock) {
  Chance chance{};
  Thread{[&] {
    chance.read = lock.try_lock_shared();
    if (chance.read) lock.unlock_shared();
    chance.write = lock.try_lock();
    if (chance.write) lock.unlock();
  }}.join();
  return chance;
}
constexpr Chance kNothing{false, false};
constexpr Chance kReadOnly{true, false};
constexpr Chance kBoth{true, true};

class EachPreference : public testing::TestWithParam<Prefer> {
 protected:
  SharedLock lock_{"lock", GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Prefer, EachPreference,
                         testing::Values(Prefer::kReaders, Prefer::kWriters), [](const auto& of) {
                           return of.param == Prefer::kReaders ? "Readers" : "Writers";
                         });

TEST_P(EachPreference, WorksWithTheStandardsGuards) {
  Lock other;
  {
    const std::shared_lock reading{lock_};
    EXPECT_EQ(others_can(lock_), kReadOnly);
  }
  {
    const std::unique_lock writing{lock_};
    EXPECT_EQ(others_can(lock_), kNothing);
  }
  {
    const std::scoped_lock both{other, lock_};
    EXPECT_EQ(others_can(lock_), kNothing);
  }
  {
    const std::shared_lock reading{lock_, 1s};
    EXPECT_TRUE(reading.owns_lock());
    const std::unique_lock writing{lock_, 1ms};
    EXPECT_FALSE(writing.owns_lock());
  }
  EXPECT_EQ(others_can(lock_), kBoth);
}

TEST_P(EachPreference, HasGuardsOfItsOwn) {
  {
    const SharedGuard reading{lock_};
    EXPECT_EQ(others_can(lock_), kReadOnly);
  }
  const Guard writing{lock_};
  EXPECT_EQ(others_can(lock_), kNothing);
}

TEST_P(EachPreference, GivesUpAfterItsTimeAndNotBefore) {
  const std::lock_guard writing{lock_};
  Thread{[&] {
    const auto begin = Clock::now();
    EXPECT_FALSE(lock_.try_lock_for(20ms));
    EXPECT_FALSE(lock_.try_lock_shared_until(Clock::now() + 20ms));
    EXPECT_GE(Clock::now() - begin, 40ms);
  }}.join();
}

TEST_P(EachPreference, CountsTheSharedHoldsOfAThread) {
  lock_.lock_shared();
  lock_.lock_shared();
  EXPECT_TRUE(lock_.try_lock_shared());
  lock_.unlock_shared();
  lock_.unlock_shared();
  EXPECT_EQ(others_can(lock_), kReadOnly);
  lock_.unlock_shared();
  EXPECT_EQ(others_can(lock_), kBoth);
}

TEST_P(EachPreference, IsFalseForATryByItsHolder) {
  lock_.lock_shared();
  EXPECT_FALSE(lock_.try_lock());
  EXPECT_FALSE(lock_.try_lock_for(1ms));
  lock_.unlock_shared();
  lock_.lock();
  EXPECT_FALSE(lock_.try_lock());
  EXPECT_FALSE(lock_.try_lock_shared());
  EXPECT_FALSE(lock_.try_lock_shared_for(1ms));
  lock_.unlock();
  EXPECT_EQ(others_can(lock_), kBoth);
}

TEST_P(EachPreference, UpgradesAndDowngradesWithItsCount) {
  lock_.lock_shared();
  lock_.lock_shared();
  lock_.upgrade();
  EXPECT_EQ(others_can(lock_), kNothing);
  lock_.downgrade();
  EXPECT_EQ(others_can(lock_), kReadOnly);
  EXPECT_TRUE(lock_.try_upgrade());
  EXPECT_EQ(others_can(lock_), kNothing);
  lock_.downgrade();
  lock_.unlock_shared();
  EXPECT_EQ(others_can(lock_), kReadOnly);
  lock_.unlock_shared();
  EXPECT_EQ(others_can(lock_), kBoth);
}

TEST_P(EachPreference, UnlockAfterAnUpgradeDropsAll) {
  lock_.lock_shared();
  lock_.lock_shared();
  lock_.upgrade();
  lock_.unlock();
  EXPECT_EQ(others_can(lock_), kBoth);
}

TEST_P(EachPreference, DoesNotUpgradeAtOnceWhileAnotherReads) {
  lock_.lock_shared();
  Turns turns;
  Thread other{[&] {
    lock_.lock_shared();
    turns.done();
    turns.wait_for(2);
    lock_.unlock_shared();
  }};
  turns.wait_for(1);
  EXPECT_FALSE(lock_.try_upgrade());
  EXPECT_EQ(others_can(lock_), kReadOnly) << "a try that failed changes nothing";
  turns.done();
  lock_.upgrade();
  EXPECT_EQ(others_can(lock_), kNothing);
  lock_.unlock();
}

TEST_P(EachPreference, WakesReadersAndWritersThatSlept) {
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> done{0};
    lock_.lock();
    std::vector<Thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        if (i % 2 == 0) {
          const std::shared_lock reading{lock_};
          ++done;
        } else {
          const std::lock_guard writing{lock_};
          ++done;
        }
      });
    }
    lock_.unlock();
    threads.clear();
    ASSERT_EQ(done, 4);
  }
}

TEST_P(EachPreference, IsLeftAsItWasByAMisuse) {
  lock_.unlock();  // misuse, all of them
  lock_.unlock_shared();
  lock_.upgrade();
  lock_.downgrade();
  EXPECT_FALSE(lock_.try_upgrade());
  EXPECT_EQ(others_can(lock_), kBoth);
  lock_.lock_shared();
  lock_.unlock();
  lock_.downgrade();
  Thread{[&] {
    lock_.unlock_shared();
    lock_.upgrade();
  }}.join();
  EXPECT_EQ(others_can(lock_), kReadOnly);
  lock_.unlock_shared();
  lock_.lock();
  lock_.unlock_shared();
  lock_.upgrade();
  Thread{[&] {
    lock_.unlock();
    lock_.downgrade();
  }}.join();
  EXPECT_EQ(others_can(lock_), kNothing);
  lock_.unlock();
}

// Until a writer sleeps behind the reader that calls this.
template <typename Writer>
Thread writer_waiting_for(SharedLock& lock, Writer writer) {
  Turns turns;
  Thread thread{"writer", [&lock, &turns, writer] {
                  turns.done();
                  writer(lock);
                }};
  turns.wait_for(1);
  return thread;
}

TEST(SharedLockPreferringWriters, LetsANewReaderWaitBehindAWriter) {
  SharedLock lock{Prefer::kWriters};
  lock.lock_shared();
  Thread writer = writer_waiting_for(lock, [](SharedLock& l) {
    l.lock();
    l.unlock();
  });
  while (others_can(lock).read) {  // ends when the writer has got as far as waiting
  }
  EXPECT_FALSE(lock.try_lock_shared()) << "also if it reads already";
  lock.unlock_shared();
  writer.join();
  EXPECT_EQ(others_can(lock), kBoth);
}

TEST(SharedLockPreferringWriters, LetsReadersInAgainWhenTheWriterGivesUp) {
  SharedLock lock{Prefer::kWriters};
  for (int round = 0; round < 20; ++round) {
    lock.lock_shared();
    Thread writer =
        writer_waiting_for(lock, [](SharedLock& l) { EXPECT_FALSE(l.try_lock_for(3ms)); });
    Thread reader{[&] { const std::shared_lock waits{lock}; }};  // never ends if it is forgotten
    reader.join();
    writer.join();
    lock.unlock_shared();
  }
}

TEST(SharedLockPreferringReaders, LetsANewReaderInWhileAWriterWaits) {
  SharedLock lock;
  lock.lock_shared();
  Thread writer = writer_waiting_for(lock, [](SharedLock& l) {
    l.lock();
    l.unlock();
  });
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(others_can(lock).read);
  lock.unlock_shared();
}

// Values that only ever change together, under everything that a SharedLock can do.
TEST_P(EachPreference, NeverShowsAWriterToAReader) {
  const unsigned seed =
      20261125u + static_cast<unsigned>(testing::UnitTest::GetInstance()->random_seed());
  SCOPED_TRACE(seed);
  std::array<long, 2> values{};
  std::atomic<int> torn{0};
  std::atomic<long> writes{0};
  const auto look = [&] {
    if (values[0] != values[1]) ++torn;
  };
  const auto change = [&] {
    look();
    ++values[0];
    ++values[1];
    ++writes;
  };
  {
    std::vector<Thread> threads;
    for (unsigned t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        std::mt19937 random(seed + t);
        for (int i = 0; i < 2000; ++i) {
          switch (random() % 6) {
            case 0: {
              const std::lock_guard hold{lock_};
              change();
              break;
            }
            case 1:
              if (lock_.try_lock_for(std::chrono::microseconds(random() % 50))) {
                change();
                lock_.downgrade();
                look();
                lock_.unlock_shared();
              }
              break;
            case 2:
              lock_.lock_shared();
              if (lock_.try_upgrade()) {
                change();
                lock_.unlock();
              } else {
                lock_.unlock_shared();
              }
              break;
            case 3:
              if (t != 0) break;  // one thread only: two would be a deadlock
              lock_.lock_shared();
              lock_.upgrade();
              change();
              lock_.unlock();
              break;
            case 4: {
              const std::shared_lock hold{lock_, std::chrono::microseconds(random() % 50)};
              if (hold) look();
              break;
            }
            default: {
              const std::shared_lock hold{lock_};
              look();
            }
          }
        }
      });
    }
  }
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(values[0], writes);
  EXPECT_EQ(values[1], writes);
  EXPECT_EQ(others_can(lock_), kBoth);
}

}  // namespace
}  // namespace gridlock
