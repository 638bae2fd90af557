// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace gridlock {
namespace {

using namespace std::chrono_literals;

TEST(BarrierCompletion, RunsOnceAGenerationAfterAllArrivalsAndBeforeEachDeparture) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 200;
  int plain = 0;  // what ThreadSanitizer would see racing if the order were not told
  std::vector<int> seen(kThreads, 0);
  Barrier barrier{kThreads, [&] {
                    ++plain;
                    for (const int each : seen) plain += each == plain - 1 ? 0 : 1000;
                  }};
  std::vector<Thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 1; round <= kRounds; ++round) {
        barrier.arrive_and_wait();
        seen[static_cast<std::size_t>(i)] = plain;
        EXPECT_EQ(plain, round);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(plain, kRounds);
}

TEST(BarrierCompletion, RunsInTheThreadThatComesLast) {
  std::uint32_t ran_in = 0;
  Barrier barrier{2, [&] { ran_in = this_thread_id(); }};
  Thread first{[&] { barrier.arrive_and_wait(); }};
  while (barrier.waiting() == 0) std::this_thread::yield();
  barrier.arrive_and_wait();
  EXPECT_EQ(ran_in, this_thread_id());
}

TEST(BarrierCompletion, ThatThrowsBreaksTheBarrierAndPassesOn) {
  Barrier barrier{2, [] { throw std::runtime_error("stop"); }};
  Thread other{[&] { EXPECT_THROW(barrier.arrive_and_wait(), BrokenBarrierError); }};
  while (barrier.waiting() == 0) std::this_thread::yield();
  EXPECT_THROW(barrier.arrive_and_wait(), std::runtime_error);
  other.join();
  EXPECT_TRUE(barrier.broken());
  EXPECT_THROW(barrier.arrive_and_wait(), BrokenBarrierError);
}

TEST(BarrierCompletion, IsWaitedForBeyondTheTimeOfAWait) {
  std::atomic<bool> timed_out{false};
  Barrier barrier{2, [&] {
                    while (!timed_out) std::this_thread::yield();
                  }};
  std::atomic<bool> over{false};
  Thread waiter{[&] {
    EXPECT_TRUE(barrier.wait_for(20ms));
    over = true;
  }};
  while (barrier.waiting() == 0) std::this_thread::yield();
  Thread lets_go{[&] {
    const auto end = std::chrono::steady_clock::now() + 60ms;
    while (std::chrono::steady_clock::now() < end) std::this_thread::yield();
    EXPECT_FALSE(over);
    timed_out = true;
  }};
  barrier.arrive_and_wait();
  waiter.join();
  EXPECT_FALSE(barrier.broken());
}

TEST(BarrierCompletion, OfABarrierThatIsBrokenMeanwhileLetsNobodyPass) {
  Barrier* broken = nullptr;
  Barrier barrier{2, [&] { broken->abort(); }};
  broken = &barrier;
  Thread other{[&] { EXPECT_THROW(barrier.arrive_and_wait(), BrokenBarrierError); }};
  while (barrier.waiting() == 0) std::this_thread::yield();
  EXPECT_THROW(barrier.arrive_and_wait(), BrokenBarrierError);
}

TEST(BarrierCompletion, MayOwnWhatItCalls) {
  auto count = std::make_shared<int>(0);
  {
    Barrier barrier{1, [count] { ++*count; }, "barrier"};
    barrier.arrive_and_wait();
    barrier.arrive_and_wait();
    EXPECT_EQ(count.use_count(), 2);
  }
  EXPECT_EQ(count.use_count(), 1);
  EXPECT_EQ(*count, 2);
}

TEST(BarrierArrival, DoesNotWaitAndIsWaitedForLater) {
  Barrier barrier{2};
  Barrier::Arrival first = barrier.arrive();
  EXPECT_EQ(barrier.waiting(), 1U);
  int written = 0;
  Thread other{[&] {
    written = 7;
    (void)barrier.arrive();
  }};
  barrier.wait(std::move(first));
  EXPECT_EQ(written, 7);
}

TEST(BarrierArrival, OfAllPartiesAtOnceEndsTheGeneration) {
  int completed = 0;
  Barrier barrier{3, [&] { ++completed; }};
  barrier.wait(barrier.arrive(3));
  EXPECT_EQ(completed, 1);
  Barrier::Arrival two = barrier.arrive(2);
  EXPECT_EQ(completed, 1);
  barrier.arrive_and_wait();
  barrier.wait(std::move(two));
  EXPECT_EQ(completed, 2);
}

TEST(BarrierArrival, AtABrokenBarrierThrows) {
  Barrier barrier{2};
  Barrier::Arrival first = barrier.arrive();
  barrier.abort();
  EXPECT_THROW(barrier.wait(std::move(first)), BrokenBarrierError);
  EXPECT_THROW((void)barrier.arrive(), BrokenBarrierError);
  EXPECT_THROW(barrier.arrive_and_drop(), BrokenBarrierError);
}

TEST(BarrierArrival, IsOfOneGenerationOnly) {
  Barrier barrier{2};
  Barrier::Arrival old = barrier.arrive();
  barrier.arrive_and_wait();
  Barrier::Arrival next = barrier.arrive();
  barrier.wait(std::move(old));  // over already, although the next one is not
  barrier.arrive_and_wait();
  barrier.wait(std::move(next));
}

TEST(BarrierDrop, LeavesOnePartyLessFromTheNextGenerationOn) {
  int generations = 0;
  Barrier barrier{3, [&] { ++generations; }};
  Thread leaves{[&] { barrier.arrive_and_drop(); }};
  Thread stays{[&] {
    barrier.arrive_and_wait();
    barrier.arrive_and_wait();
  }};
  barrier.arrive_and_wait();
  barrier.arrive_and_wait();
  stays.join();
  leaves.join();
  EXPECT_EQ(generations, 2);
  EXPECT_EQ(barrier.parties(), 2U);
}

TEST(BarrierDrop, ByTheLastOneWakesTheOthers) {
  Barrier barrier{2};
  Thread waits{[&] { barrier.arrive_and_wait(); }};
  while (barrier.waiting() == 0) std::this_thread::yield();
  barrier.arrive_and_drop();
  waits.join();
  barrier.arrive_and_wait();  // alone
}

TEST(BarrierDrop, NeverLeavesFewerThanOneParty) {
  Barrier barrier{1};
  barrier.arrive_and_drop();
  EXPECT_EQ(barrier.parties(), 1U);
}

}  // namespace
}  // namespace gridlock
