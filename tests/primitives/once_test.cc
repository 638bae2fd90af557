// SPDX-License-Identifier: Apache-2.0
//
// Each row of the table in once.h. Runs with on_deadlock=throw.
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace gridlock {
namespace {

OnceFlag g_constant;  // usable before main

TEST(OnceFlag, RunsItsBodyOnceAndEveryCallerSeesWhatItDid) {
  for (int round = 0; round < 500; ++round) {
    OnceFlag flag;
    long value = 0;  // plain: the flag alone orders it
    int runs = 0;
    std::atomic<int> wrong{0};
    Rendezvous start{4};
    {
      std::vector<Thread> threads;
      for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
          start.meet();
          call_once(flag, [&] { value = 7, ++runs; });
          wrong += value != 7;
        });
      }
    }
    ASSERT_EQ(runs, 1);
    ASSERT_EQ(wrong, 0);
    ASSERT_TRUE(flag.done());
  }
}

TEST(OnceFlag, PassesArgumentsAndWorksWithoutAName) {
  int got = 0;
  EXPECT_FALSE(g_constant.done());
  call_once(
      g_constant, [&](std::unique_ptr<int> value) { got = *value; }, std::make_unique<int>(3));
  call_once(g_constant, [&](int) { got = 9; }, 1);
  EXPECT_EQ(got, 3);
}

TEST(OnceFlag, StaysOpenAfterAnException) {
  OnceFlag flag{"flag"};
  EXPECT_THROW(call_once(flag, [] { throw std::runtime_error("no"); }), std::runtime_error);
  EXPECT_FALSE(flag.done());
  bool ran = false;
  call_once(flag, [&] { ran = true; });
  EXPECT_TRUE(ran);
}

TEST(OnceFlag, HandsTheBodyToAWaiterWhenItThrows) {
  for (int round = 0; round < 200; ++round) {
    OnceFlag flag;
    int attempts = 0;  // plain: bodies are ordered
    std::atomic<int> failed{0};
    {
      std::vector<Thread> threads;
      for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
          try {
            call_once(flag, [&] {
              if (++attempts < 3) throw std::runtime_error("not yet");
            });
          } catch (const std::runtime_error&) {
            ++failed;
          }
        });
      }
    }
    ASSERT_EQ(attempts, 3);
    ASSERT_EQ(failed, 2);
    ASSERT_TRUE(flag.done());
  }
}

TEST(OnceFlag, CalledInItsOwnBodyThrowsAndTheBodyCanGoOn) {
  OnceFlag flag;
  call_once(flag, [&] { EXPECT_THROW(call_once(flag, [] {}), std::system_error); });
  EXPECT_TRUE(flag.done());
}

TEST(OnceFlag, WhoseBodiesNeedEachOtherHaveOneVictim) {
  for (int round = 0; round < 50; ++round) {
    OnceFlag a, b;
    Rendezvous both{2};
    std::atomic<int> victims{0};
    const auto cross = [&](OnceFlag& first, OnceFlag& second) {
      call_once(first, [&] {
        both.meet();
        try {
          call_once(second, [] {});
        } catch (const std::system_error&) {
          ++victims;
        }
      });
    };
    {
      Thread one{[&] { cross(a, b); }};
      Thread two{[&] { cross(b, a); }};
    }
    ASSERT_EQ(victims, 1);
    ASSERT_TRUE(a.done() && b.done());
  }
}

}  // namespace
}  // namespace gridlock
