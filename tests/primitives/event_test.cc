// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include "harness/runtime/registry/threads.h"

namespace gridlock {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

static_assert(sizeof(Event) <= 24);
static_assert(!std::is_copy_constructible_v<Event> && !std::is_move_constructible_v<Event>);

TEST(Event, IsClearAtFirstThenSetUntilItIsCleared) {
  Event event{"event"};
  EXPECT_FALSE(event.is_set());
  event.clear();
  EXPECT_FALSE(event.is_set());
  event.set();
  event.set();
  EXPECT_TRUE(event.is_set());
  event.wait();
  EXPECT_TRUE(event.wait_for(0s));
  event.clear();
  EXPECT_FALSE(event.is_set());
  EXPECT_FALSE(event.wait_for(0s));
}

TEST(Event, WakesAllWhoWait) {
  Event event;
  std::atomic<int> passed{0};
  std::vector<Thread> threads;
  for (int i = 0; i < 5; ++i) {
    threads.emplace_back([&] {
      event.wait();
      ++passed;
    });
  }
  event.set();
  threads.clear();
  EXPECT_EQ(passed, 5);
}

TEST(Event, GivesUpAfterItsTimeAndNotBefore) {
  Event event;
  const auto begin = Clock::now();
  EXPECT_FALSE(event.wait_for(10ms));
  EXPECT_FALSE(event.wait_until(Clock::now() + 10ms));
  EXPECT_GE(Clock::now() - begin, 20ms);
}

TEST(Event, LosesNoWakeUpInThousandsOfRounds) {
  constexpr int kRounds = 5000;
  Event ping;
  Event pong;
  Thread other{[&] {
    for (int i = 0; i < kRounds; ++i) {
      ping.wait();
      ping.clear();
      pong.set();
    }
  }};
  for (int i = 0; i < kRounds; ++i) {
    ping.set();
    pong.wait();
    pong.clear();
  }
}

// A wait that looked only at the flag would miss a set that is taken back at once.
TEST(Event, LetsThoseGoOnWhoWaitedWhenItIsClearedRightAway) {
  for (int round = 0; round < 300; ++round) {
    Event event;
    Thread waiter{[&] { event.wait(); }};
    while (internal::blocked_threads().load() == 0) std::this_thread::yield();
    event.set();
    event.clear();
  }
}

TEST(Event, MayBeDestroyedByWhoWaitedForIt) {
  for (int round = 0; round < 500; ++round) {
    auto event = std::make_unique<Event>();
    Thread setter{[at = event.get()] { at->set(); }};
    event->wait();
    event.reset();
  }
}

TEST(Event, ThrowsWhereNobodyCanSetIt) {
  Event event;
  EXPECT_THROW(event.wait(), std::system_error);
  event.set();
  event.wait();
}

}  // namespace
}  // namespace gridlock
