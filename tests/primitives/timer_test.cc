// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace gridlock {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

TEST(Timer, FiresOnceAndNotBeforeItsDelay) {
  int calls = 0;
  std::string name;
  Clock::time_point fired;
  Timer timer{20ms,
              [&, owned = std::make_unique<int>(1)] {
                calls += *owned;
                fired = Clock::now();
                name = this_thread_name();
              },
              "alarm"};
  EXPECT_FALSE(timer.fired());
  const Clock::time_point start = Clock::now();
  timer.start();
  timer.join();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(name, "alarm");
  EXPECT_GE(fired - start, 20ms);
  EXPECT_TRUE(timer.fired());
  EXPECT_FALSE(timer.cancel());
  EXPECT_THROW(timer.start(), std::system_error);
  timer.join();
  EXPECT_EQ(calls, 1);
}

TEST(Timer, ThatIsCancelledNeverFiresAndDoesNotWaitForItsDelay) {
  bool called = false;
  const Clock::time_point start = Clock::now();
  {
    Timer timer{1h, [&] { called = true; }};
    timer.start();
    EXPECT_TRUE(timer.cancel());
    EXPECT_TRUE(timer.cancel());
    timer.join();
    EXPECT_FALSE(timer.fired());
  }
  EXPECT_FALSE(called);
  EXPECT_LT(Clock::now() - start, 30min);
}

TEST(Timer, ThatIsCancelledBeforeItsStartNeverFires) {
  bool called = false;
  Timer timer{0ms, [&] { called = true; }};
  EXPECT_TRUE(timer.cancel());
  timer.start();
  timer.join();
  EXPECT_FALSE(called);
}

TEST(Timer, CancelsAndJoinsWhenItIsDestroyed) {
  bool called = false;
  {
    Timer timer{1h, [&] { called = true; }};
    timer.start();
  }
  {
    const Timer never_started{0ms, [&] { called = true; }};
  }
  EXPECT_FALSE(called);
}

TEST(Timer, ThatFiresIsNotCancelledAndNotWaitedForByCancel) {
  Event firing;
  Event go_on;
  bool done = false;
  bool own_cancel = true;
  Timer* self = nullptr;
  Timer timer{0ms, [&] {
                firing.set();
                go_on.wait();
                own_cancel = self->cancel();
                done = true;
              }};
  self = &timer;
  timer.start();
  firing.wait();
  EXPECT_FALSE(timer.cancel());  // returns, although the function waits
  go_on.set();
  timer.join();
  EXPECT_TRUE(done);
  EXPECT_FALSE(own_cancel);
}

TEST(Timer, EitherFiresOrIsCancelledWhoeverComesFirst) {
  for (int i = 0; i < 500; ++i) {
    int calls = 0;
    Timer timer{std::chrono::microseconds(i % 100), [&] { ++calls; }};
    timer.start();
    const bool cancelled = timer.cancel();
    timer.join();
    EXPECT_EQ(calls, cancelled ? 0 : 1);
    EXPECT_EQ(timer.fired(), !cancelled);
  }
}

TEST(Timer, JoinedUnderALockThatItsFunctionNeedsIsADeadlock) {
  Lock lock;
  bool thrown = false;
  Timer timer{0ms, [&] {
                try {
                  const Guard guard{lock};
                } catch (const std::system_error&) {
                  thrown = true;
                }
              }};
  lock.lock();
  timer.start();
  try {
    timer.join();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::resource_deadlock_would_occur);
    thrown = true;
  }
  lock.unlock();
  timer.join();
  EXPECT_TRUE(thrown);
}

TEST(Timer, JoinedWithoutThatLockIsNone) {
  Lock lock;
  int calls = 0;
  Timer timer{0ms, [&] {
                const Guard guard{lock};
                ++calls;
              }};
  {
    const Guard guard{lock};
    timer.start();
  }
  timer.join();
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace gridlock
