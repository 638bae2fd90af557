// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <system_error>
#include <vector>

namespace gridlock {
namespace {

using namespace std::chrono_literals;

TEST(Baton, LetsOneThreadRunAtATime) {
  Baton baton{{.name = "baton", .every = 3}};
  long counter = 0;
  {
    std::vector<Thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        const Baton::Hold hold{baton};
        for (int i = 0; i < 1000; ++i) {
          ++counter;  // no lock: ThreadSanitizer would tell
          baton.checkpoint();
        }
      });
    }
  }
  EXPECT_EQ(counter, 4000);
}

// Written by whoever has the baton.
std::string turns_of(Baton& baton, int steps) {
  std::string order;
  const auto run = [&](char name) {
    const Baton::Hold hold{baton};
    for (int i = 0; i < steps; ++i) {
      order += name;
      baton.checkpoint();
    }
  };
  // Both are there when it begins.
  baton.acquire();
  Thread a{[&] { run('a'); }};
  Thread b{[&] { run('b'); }};
  baton.release();
  a.join();
  b.join();
  return order;
}

TEST(Baton, IsHandedOverAtACheckpointWhenATurnIsOverAndSomebodyWaits) {
  Baton baton{{.name = "baton", .every = 1}};
  const std::string order = turns_of(baton, 200);
  ASSERT_EQ(order.size(), 400u);
  int switches = 0;
  for (std::size_t i = 1; i < order.size(); ++i) switches += order[i] != order[i - 1] ? 1 : 0;
  // One of them may begin alone, and the other end alone; where both are there they alternate.
  EXPECT_GT(switches, 1);
}

TEST(Baton, IsKeptAtACheckpointWhileTheTurnLasts) {
  Baton baton{{.name = "baton", .every = 1000}};
  const std::string order = turns_of(baton, 200);
  EXPECT_TRUE(order == std::string(200, 'a') + std::string(200, 'b') ||
              order == std::string(200, 'b') + std::string(200, 'a'))
      << order;
}

TEST(Baton, IsKeptForAnIntervalWhereThereIsOne) {
  Baton baton{{.name = "baton", .every = 1, .interval = 1h}};
  const std::string order = turns_of(baton, 200);
  EXPECT_TRUE(order == std::string(200, 'a') + std::string(200, 'b') ||
              order == std::string(200, 'b') + std::string(200, 'a'))
      << order;
}

TEST(Baton, IsAlsoForWhoeverWaitsWhileThisThreadPauses) {
  Baton baton;
  Event other_had_it;
  const Baton::Hold hold{baton};
  Thread other{[&] {
    const Baton::Hold mine{baton};
    other_had_it.set();
  }};
  {
    const Baton::Pause pause{baton};
    other_had_it.wait();
  }
  other.join();
}

TEST(Baton, WaitedForWhileHoldingWhatItsHolderNeedsIsADeadlock) {
  Baton baton;
  Lock lock;
  Rendezvous both{2};
  std::atomic<int> thrown{0};
  const auto attempt = [&](auto call) {
    try {
      call();
    } catch (const std::system_error&) {
      ++thrown;
    }
  };
  Thread first{[&] {
    attempt([&] {
      const Baton::Hold hold{baton};
      both.meet();
      const Guard guard{lock};
    });
  }};
  Thread second{[&] {
    attempt([&] {
      const Guard guard{lock};
      both.meet();
      const Baton::Hold hold{baton};
    });
  }};
  first.join();
  second.join();
  EXPECT_EQ(thrown, 1);
}

}  // namespace
}  // namespace gridlock
