// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace gridlock {
namespace {

using namespace std::chrono_literals;
using Called = StopCallback<std::function<void()>>;

TEST(StopSource, SaysToAllTokensWhatWasRequestedOnce) {
  StopSource source{"source"};
  const StopToken token = source.get_token();
  const StopSource copy = source;  // NOLINT(performance-unnecessary-copy-initialization)
  EXPECT_TRUE(token.stop_possible());
  EXPECT_FALSE(token.stop_requested());
  EXPECT_TRUE(source.request_stop());
  EXPECT_FALSE(copy.request_stop());
  EXPECT_TRUE(token.stop_requested());
  EXPECT_TRUE(copy.stop_requested());
  EXPECT_EQ(token, copy.get_token());
}

TEST(StopSource, ThatIsGoneMakesAStopImpossible) {
  StopToken token;
  EXPECT_FALSE(token.stop_possible());
  {
    const StopSource source;
    token = source.get_token();
    EXPECT_TRUE(token.stop_possible());
  }
  EXPECT_FALSE(token.stop_possible());
  {
    const StopSource source;
    token = source.get_token();
    source.request_stop();
  }
  EXPECT_TRUE(token.stop_possible());
  EXPECT_FALSE(StopSource(std::nostopstate).request_stop());
}

TEST(StopSource, OrdersWhatComesBeforeTheRequest) {
  int plain = 0;
  StopSource source;
  Thread other{[&] {
    plain = 1;
    source.request_stop();
  }};
  while (!source.stop_requested()) std::this_thread::yield();
  EXPECT_EQ(plain, 1);
}

TEST(StopCallback, IsCalledOnceByTheRequest) {
  StopSource source;
  std::uint32_t called_in = 0;
  int calls = 0;
  const StopCallback callback{source.get_token(), [&] {
                                ++calls;
                                called_in = this_thread_id();
                              }};
  std::uint32_t requester = 0;
  Thread{[&] {
    requester = this_thread_id();
    source.request_stop();
    source.request_stop();
  }}.join();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(called_in, requester);
}

TEST(StopCallback, IsCalledAtOnceWhereAStopWasRequested) {
  StopSource source;
  source.request_stop();
  int calls = 0;
  const StopCallback callback{source.get_token(), [&] { ++calls; }};
  EXPECT_EQ(calls, 1);
}

TEST(StopCallback, ThatIsDestroyedIsNotCalled) {
  StopSource source;
  std::string called;
  std::unique_ptr<Called> middle;
  const StopCallback last{source.get_token(), [&] { called += "a"; }};
  middle = std::make_unique<Called>(source.get_token(), [&] { called += "b"; });
  const StopCallback first{source.get_token(), [&] { called += "c"; }};
  middle.reset();
  source.request_stop();
  EXPECT_EQ(called, "ca");
  const StopCallback of_none{StopToken{}, [&] { called += "d"; }};
  EXPECT_EQ(called, "ca");
}

TEST(StopCallback, MayDestroyItselfAndOthers) {
  StopSource source;
  std::unique_ptr<Called> self;
  std::unique_ptr<Called> other;
  bool other_called = false;
  other = std::make_unique<Called>(source.get_token(), [&] { other_called = true; });
  self = std::make_unique<Called>(source.get_token(), [&] {
    other.reset();
    self.reset();
  });
  source.request_stop();
  EXPECT_FALSE(other_called);
  EXPECT_EQ(self, nullptr);
}

TEST(StopCallback, MayBeDestroyedByTheThreadThatCalledItWhenItHasRun) {
  StopSource source;
  std::unique_ptr<Called> callback;
  callback = std::make_unique<Called>(source.get_token(), [] {});
  source.request_stop();
  callback.reset();
}

TEST(StopCallback, IsNotDestroyedWhileItRunsInAnotherThread) {
  for (int i = 0; i < 300; ++i) {
    StopSource source;
    auto written = std::make_unique<int>(0);
    std::unique_ptr<Called> callback;
    callback = std::make_unique<Called>(source.get_token(), [to = written.get()] { ++*to; });
    Thread requester{[&] { source.request_stop(); }};
    callback.reset();
    EXPECT_LE(*written, 1);
    written.reset();  // not in use any more
  }
}

TEST(StopCondition, EndsAWaitWithItsTokenAndNoOther) {
  Lock lock;
  Condition changed;
  StopSource source;
  bool ready = false;
  std::atomic<int> stopped{0};
  std::vector<Thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      std::unique_lock hold{lock};
      EXPECT_FALSE(changed.wait(hold, source.get_token(), [] { return false; }));
      EXPECT_TRUE(hold.owns_lock());
      ++stopped;
    });
  }
  std::atomic<bool> other_over{false};
  Thread other{[&] {
    std::unique_lock hold{lock};
    changed.wait(hold, [&] { return ready; });
    other_over = true;
  }};
  source.request_stop();
  threads.clear();
  EXPECT_EQ(stopped, 3);
  EXPECT_FALSE(other_over);
  {
    const std::lock_guard hold{lock};
    ready = true;
  }
  changed.notify_one();  // the one that is left gets it
}

TEST(StopCondition, DoesNotWaitWhereAStopWasRequestedOrTheTestIsTrue) {
  RLock lock;
  Condition changed;
  StopSource source;
  std::unique_lock hold{lock};
  EXPECT_TRUE(changed.wait(hold, source.get_token(), [] { return true; }));
  EXPECT_FALSE(changed.wait_for(hold, source.get_token(), 5ms, [] { return false; }));
  source.request_stop();
  EXPECT_FALSE(changed.wait(hold, source.get_token(), [] { return false; }));
  EXPECT_TRUE(changed.wait(hold, source.get_token(), [] { return true; }));
  EXPECT_FALSE(changed.wait_until(hold, source.get_token(), std::chrono::steady_clock::now() + 1h,
                                  [] { return false; }));
}

TEST(StopCondition, IsNeverLostThousandsOfTimes) {
  for (int i = 0; i < 2000; ++i) {
    Lock lock;
    Condition changed;
    StopSource source;
    Thread waiter{[&] {
      std::unique_lock hold{lock};
      changed.wait(hold, source.get_token(), [] { return false; });
    }};
    source.request_stop();
  }
}

TEST(StopCondition, WithNotificationsLosesNone) {
  Lock lock;
  Condition changed;
  StopSource source;
  int items = 0;
  int taken = 0;
  Thread consumer{[&] {
    std::unique_lock hold{lock};
    while (changed.wait(hold, source.get_token(), [&] { return items != 0; })) {
      --items;
      ++taken;
    }
  }};
  for (int i = 0; i < 500; ++i) {
    const std::lock_guard hold{lock};
    ++items;
    changed.notify_one();
  }
  for (bool empty = false; !empty; std::this_thread::yield()) {
    const std::lock_guard hold{lock};
    empty = items == 0;
  }
  source.request_stop();
  consumer.join();
  EXPECT_EQ(taken, 500);
}

TEST(JThread, IsAskedToStopAndJoinedAtTheEndOfItsScope) {
  bool stopped = false;
  {
    JThread worker{"worker", [&](const StopToken& stop) {
                     while (!stop.stop_requested()) std::this_thread::yield();
                     stopped = true;
                   }};
    EXPECT_TRUE(worker.joinable());
    EXPECT_EQ(worker.name(), "worker");
  }
  EXPECT_TRUE(stopped);
}

TEST(JThread, GivesItsTokenInFrontOfTheArgumentsOrNotAtAll) {
  int sum = 0;
  {
    JThread both{
        [&](const StopToken& stop, int a, int b) { sum += stop.stop_possible() ? a + b : 0; }, 1,
        2};
  }
  {
    JThread without{[&](int a) { sum += a; }, 10};
  }
  {
    JThread bare{[&] { sum += 100; }};
  }
  EXPECT_EQ(sum, 113);
}

TEST(JThread, IsMovedWithItsSource) {
  JThread one{[](const StopToken& stop) {
    while (!stop.stop_requested()) std::this_thread::yield();
  }};
  JThread two{std::move(one)};
  EXPECT_FALSE(one.joinable());  // NOLINT(bugprone-use-after-move): that is what it tests
  EXPECT_FALSE(one.request_stop());
  one = std::move(two);
  one = JThread{};  // asks, and joins
  EXPECT_FALSE(one.joinable());
}

}  // namespace
}  // namespace gridlock
