// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <memory>
#include <system_error>
#include <utility>

namespace gridlock {
namespace {

TEST(Thread, JoinsWhenItIsDestroyed) {
  int value = 0;
  {
    const Thread thread{"setter", [&] { value = 7; }};
  }
  EXPECT_EQ(value, 7);
}

TEST(Thread, CopiesItsArgumentsUnlessToldOtherwise) {
  int copied = 1;
  int shared = 1;
  Thread thread{ThreadOptions{.name = "adder"}, CallSite::current(),
                [](int a, int& b) {
                  EXPECT_EQ(a, 1);
                  ++a;
                  ++b;
                },
                copied, std::ref(shared)};
  thread.join();
  EXPECT_EQ(copied, 1);
  EXPECT_EQ(shared, 2);
}

TEST(Thread, TakesWhatCanOnlyBeMoved) {
  auto value = std::make_unique<int>(5);
  int seen = 0;
  Thread{[value = std::move(value), &seen] { seen = *value; }}.join();
  EXPECT_EQ(seen, 5);
}

TEST(Thread, CanBeMovedAndAssigned) {
  Thread first{[] {}};
  Thread second{std::move(first)};
  EXPECT_FALSE(
      first.joinable());  // NOLINT(bugprone-use-after-move): moved from is empty, as documented
  EXPECT_TRUE(second.joinable());
  second = Thread{[] {}};
  EXPECT_TRUE(second.joinable());
  second.join();
  EXPECT_FALSE(second.joinable());
  EXPECT_THROW(second.join(), std::system_error);
  EXPECT_THROW(second.detach(), std::system_error);
}

TEST(Thread, HasANumberOfItsOwn) {
  const std::uint32_t mine = this_thread_id();
  EXPECT_EQ(mine, this_thread_id());
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  Thread{[&] { first = this_thread_id(); }}.join();
  Thread{[&] { second = this_thread_id(); }}.join();
  EXPECT_NE(first, 0U);
  EXPECT_NE(first, mine);
  EXPECT_NE(first, second);
}

TEST(Thread, RefusesToJoinItself) {
  Semaphore assigned{0};
  Semaphore tried{0};
  Thread self;
  bool refused = false;
  self = Thread{[&] {
    assigned.acquire();
    try {
      self.join();
    } catch (const std::system_error& error) {
      refused = error.code() == std::errc::resource_deadlock_would_occur;
    }
    tried.release();
  }};
  assigned.release();
  tried.acquire();
  self.join();
  EXPECT_TRUE(refused);
}

TEST(Thread, MayComeAndGoTenThousandTimes) {
  Lock lock;
  int counter = 0;
  for (int i = 0; i < 10'000; ++i) {
    Thread{[&] {
      const Guard hold{lock};
      ++counter;
    }}.join();
  }
  EXPECT_EQ(counter, 10'000);
}

TEST(Thread, ThatIsADaemonIsNotWaitedFor) {
  auto* const forever = new Semaphore{0};  // outlives the test, as the daemon does  NOLINT
  {
    const Thread daemon{ThreadOptions{.name = "daemon", .daemon = true},
                        [forever] { (void)forever->try_acquire_for(std::chrono::hours(1)); }};
    EXPECT_TRUE(daemon.daemon());
  }
  SUCCEED();
}

}  // namespace
}  // namespace gridlock
