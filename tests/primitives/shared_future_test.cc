// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace gridlock {
namespace {

using namespace std::chrono_literals;

std::future_errc error_of(const std::function<void()>& function) {
  try {
    function();
  } catch (const std::future_error& error) {
    return static_cast<std::future_errc>(error.code().value());
  }
  return {};
}

TEST(SharedFuture, GivesTheOneResultToAnyNumberOfWaiters) {
  auto [promise, future] = make_future<std::string>("answer");
  const SharedFuture<std::string> all = future.share();
  EXPECT_FALSE(future.valid());
  EXPECT_FALSE(all.wait_for(0s));
  std::atomic<int> right{0};
  std::vector<Thread> threads;
  for (int i = 0; i < 5; ++i) {
    threads.emplace_back([own = all, &right] {
      if (own.get() == "forty-two") ++right;
      if (&own.get() == &own.get()) ++right;
    });
  }
  promise.set_value("forty-two");
  threads.clear();
  EXPECT_EQ(right, 10);
  EXPECT_TRUE(all.valid());
}

TEST(SharedFuture, ThrowsTheOneExceptionAsOftenAsItIsAsked) {
  auto [promise, future] = make_future<int>();
  const SharedFuture<int> all{std::move(future)};
  promise.set_exception(std::make_exception_ptr(std::runtime_error("no")));
  EXPECT_THROW((void)all.get(), std::runtime_error);
  EXPECT_THROW((void)all.get(), std::runtime_error);
}

TEST(SharedFuture, IsOfVoidAndOfReferencesToo) {
  auto [done, over] = make_future<void>();
  const SharedFuture<void> all = over.share();
  done.set_value();
  all.get();
  all.get();
  int target = 1;
  auto [promise, future] = make_future<int&>();
  const SharedFuture<int&> where = future.share();
  promise.set_value(target);
  EXPECT_EQ(&where.get(), &target);
}

TEST(SharedFuture, WithoutAStateSaysSo) {
  const SharedFuture<int> none;
  EXPECT_FALSE(none.valid());
  EXPECT_EQ(error_of([&] { none.wait(); }), std::future_errc::no_state);
  SharedFuture<int> copy = none;
  copy = none;
  EXPECT_FALSE(copy.valid());
}

TEST(SharedFuture, OfAsyncIsJoinedByTheLastCopy) {
  std::atomic<bool> over{false};
  std::atomic<bool> go{false};
  {
    SharedFuture<int> last;
    {
      const SharedFuture<int> first = async("worker", [&] {
                                        while (!go) std::this_thread::yield();
                                        over = true;
                                        return 1;
                                      }).share();
      last = first;
    }
    EXPECT_FALSE(over);
    go = true;
  }
  EXPECT_TRUE(over);
}

TEST(PackagedTask, FulfilsItsFutureWithWhatItReturnsOrThrows) {
  PackagedTask<int(int, int)> sum{[](int a, int b) { return a + b; }, "sum"};
  Future<int> future = sum.get_future();
  sum(2, 3);
  EXPECT_EQ(future.get(), 5);
  PackagedTask<void()> throws{[] { throw std::runtime_error("no"); }};
  Future<void> failed = throws.get_future();
  throws();
  EXPECT_THROW(failed.get(), std::runtime_error);
}

TEST(PackagedTask, IsMovedIntoTheThreadThatCallsIt) {
  auto owned = std::make_unique<int>(7);
  PackagedTask<int(std::unique_ptr<int>)> task{
      [own = std::make_unique<int>(1)](std::unique_ptr<int> more) { return *own + *more; }};
  Future<int> future = task.get_future();
  Thread worker{std::move(task), std::move(owned)};
  EXPECT_EQ(future.get(), 8);
}

TEST(PackagedTask, ReturnsReferences) {
  int target = 0;
  PackagedTask<int&()> task{[&]() -> int& { return target; }};
  Future<int&> future = task.get_future();
  task();
  EXPECT_EQ(&future.get(), &target);
}

TEST(PackagedTask, IsCalledOnceUntilItIsReset) {
  int calls = 0;
  PackagedTask<int()> task{[&] { return ++calls; }};
  Future<int> first = task.get_future();
  EXPECT_EQ(error_of([&] { (void)task.get_future(); }), std::future_errc::future_already_retrieved);
  task();
  EXPECT_EQ(error_of([&] { task(); }), std::future_errc::promise_already_satisfied);
  task.reset();
  Future<int> second = task.get_future();
  task();
  EXPECT_EQ(first.get(), 1);
  EXPECT_EQ(second.get(), 2);
}

TEST(PackagedTask, ThatIsGoneBreaksItsPromise) {
  Future<int> future;
  {
    PackagedTask<int()> task{[] { return 1; }};
    future = task.get_future();
  }
  EXPECT_EQ(error_of([&] { (void)future.get(); }), std::future_errc::broken_promise);
  PackagedTask<int()> none;
  EXPECT_FALSE(none.valid());
  EXPECT_EQ(error_of([&] { none(); }), std::future_errc::no_state);
}

struct TellsItsEnd {
  std::atomic<bool>* ended;
  ~TellsItsEnd() { *ended = true; }
};

TEST(AtThreadExit, AFutureIsFulfilledAfterTheThreadLocalObjects) {
  std::atomic<bool> destroyed{false};
  Promise<int> promise;
  Future<int> value = promise.get_future();
  PackagedTask<int()> task{[&] {
    thread_local TellsItsEnd local{&destroyed};
    return local.ended != nullptr ? 2 : 0;
  }};
  Future<int> of_task = task.get_future();
  std::atomic<bool> go{false};
  Thread thread{[&] {
    promise.set_value_at_thread_exit(1);
    task.make_ready_at_thread_exit();
    while (!go) std::this_thread::yield();
  }};
  EXPECT_FALSE(value.wait_for(2ms));
  go = true;
  EXPECT_EQ(value.get(), 1);
  EXPECT_TRUE(destroyed);
  EXPECT_EQ(of_task.get(), 2);
  EXPECT_TRUE(destroyed);
}

TEST(AtThreadExit, ComesInAThreadOfAnySort) {
  Promise<int> promise;
  Future<int> value = promise.get_future();
  std::thread{[&] {
    promise.set_value_at_thread_exit(3);
    EXPECT_EQ(error_of([&] { promise.set_value(4); }), std::future_errc::promise_already_satisfied);
  }}.join();
  EXPECT_EQ(value.get(), 3);
}

TEST(ThreadArguments, AreCopiedAsStdThreadDoes) {
  struct Bank {
    int money = 0;
    void pay(int amount) { money += amount; }
  } bank;
  Thread{&Bank::pay, &bank, 5}.join();
  Thread{[](Bank& to, const std::string& text) { to.pay(static_cast<int>(text.size())); },
         std::ref(bank), "seven77"}
      .join();
  EXPECT_EQ(bank.money, 12);
  EXPECT_EQ(Thread::hardware_concurrency(), std::thread::hardware_concurrency());
  Thread one{[] {}};
  Thread none;
  swap(one, none);
  EXPECT_TRUE(none.joinable());
  EXPECT_NE(none.native_handle(), 0U);
}

}  // namespace
}  // namespace gridlock
