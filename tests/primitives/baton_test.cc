// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>
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

// Until the thread sleeps in the kernel: nothing else tells that it waits for the baton.
void until_it_sleeps(const std::atomic<pid_t>& thread) {
  std::string line;
  do {
    std::this_thread::yield();
    std::ifstream stat{"/proc/self/task/" + std::to_string(thread.load()) + "/stat"};
    std::getline(stat, line);
  } while (line.rfind(") S ") == std::string::npos);
}

// Written by the holder of the baton.
std::string turns_of(Baton& baton, int steps) {
  std::string order;
  std::array<std::atomic<pid_t>, 2> ids{};
  const auto run = [&](char name) {
    ids.at(static_cast<std::size_t>(name - 'a')) = ::gettid();
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
  for (const std::atomic<pid_t>& id : ids) until_it_sleeps(id);
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
  // Where both are there they alternate; the last turns may be one thread's alone.
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
