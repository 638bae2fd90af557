// SPDX-License-Identifier: Apache-2.0
//
// Each row of the table in future.h. Runs with on_deadlock=throw.
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>

namespace gridlock {
namespace {

using namespace std::chrono_literals;

template <typename Call>
std::error_code future_error_of(Call call) {
  try {
    call();
  } catch (const std::future_error& error) {
    return error.code();
  }
  return {};
}

TEST(Future, HandsOverThousandsOfResults) {
  for (int i = 0; i < 2000; ++i) {
    auto [promise, future] = make_future<int>("number");
    int plain = 0;  // ordered by the future alone
    Thread producer{[&, to = std::move(promise)]() mutable {
      plain = i;
      to.set_value(i);
    }};
    ASSERT_EQ(future.get(), i);
    ASSERT_EQ(plain, i);
    ASSERT_FALSE(future.valid());
  }
}

TEST(Future, CarriesVoidReferencesAndWhatCanOnlyBeMoved) {
  auto nothing = make_future<void>();
  nothing.first.set_value();
  nothing.second.get();
  int target = 1;
  auto reference = make_future<int&>();
  reference.first.set_value(target);
  EXPECT_EQ(&reference.second.get(), &target);
  auto moved = make_future<std::unique_ptr<int>>();
  moved.first.set_value(std::make_unique<int>(5));
  EXPECT_EQ(*moved.second.get(), 5);
}

TEST(Future, CarriesAnException) {
  auto [promise, future] = make_future<int>();
  promise.set_exception(std::make_exception_ptr(std::runtime_error("lost")));
  EXPECT_THROW(future.get(), std::runtime_error);
  EXPECT_FALSE(future.valid());
}

TEST(Future, OfAPromiseThatWasDroppedSaysSo) {
  Future<int> future;
  {
    Promise<int> promise{"dropped"};
    future = promise.get_future();
  }
  EXPECT_EQ(future_error_of([&] { future.get(); }), std::future_errc::broken_promise);
}

TEST(Future, WithoutAStateIsRefused) {
  Future<int> none;
  EXPECT_FALSE(none.valid());
  EXPECT_EQ(future_error_of([&] { none.get(); }), std::future_errc::no_state);
  EXPECT_EQ(future_error_of([&] { none.wait(); }), std::future_errc::no_state);
  EXPECT_EQ(future_error_of([&] { (void)none.wait_for(0ms); }), std::future_errc::no_state);
}

TEST(Promise, IsFulfilledOnceAndGivesOneFuture) {
  Promise<int> promise;
  Future<int> future = promise.get_future();
  EXPECT_EQ(future_error_of([&] { (void)promise.get_future(); }),
            std::future_errc::future_already_retrieved);
  promise.set_value(1);
  EXPECT_EQ(future_error_of([&] { promise.set_value(2); }),
            std::future_errc::promise_already_satisfied);
  EXPECT_EQ(future_error_of([&] { promise.set_exception(nullptr); }),
            std::future_errc::promise_already_satisfied);
  EXPECT_EQ(future.get(), 1);
  Promise<int> other = std::move(promise);
  EXPECT_EQ(future_error_of([&] { promise.set_value(3); }),  // NOLINT(bugprone-use-after-move)
            std::future_errc::no_state);
}

struct Refuses {
  explicit Refuses(bool refuse) {
    if (refuse) throw std::runtime_error("refused");
  }
};

TEST(Promise, IsAsBeforeWhenItsValueCannotBeMade) {
  auto [promise, future] = make_future<Refuses>();
  EXPECT_THROW(promise.set_value(true), std::runtime_error);
  EXPECT_FALSE(future.wait_for(0ms));
  promise.set_value(false);
  EXPECT_TRUE(future.wait_for(0ms));
}

TEST(Future, WaitsNoLongerThanItIsTold) {
  auto [promise, future] = make_future<int>();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(future.wait_for(30ms));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 30ms);
  promise.set_value(4);
  EXPECT_TRUE(future.wait_until(std::chrono::steady_clock::now()));
  future.wait();
  EXPECT_EQ(future.get(), 4);
}

TEST(Future, ThatNobodyCanFulfilThrowsAndIsStillValid) {
  auto [promise, future] = make_future<int>();
  EXPECT_THROW(future.get(), std::system_error);
  ASSERT_TRUE(future.valid());
  promise.set_value(1);
  EXPECT_EQ(future.get(), 1);
}

TEST(Async, GivesTheResultOrTheException) {
  auto sum = async("adder", [](int a, int b) { return a + b; }, 1, 2);
  static_assert(std::is_same_v<decltype(sum), Future<int>>);
  EXPECT_EQ(sum.get(), 3);
  auto fails = async("fails", []() -> std::string { throw std::runtime_error("no"); });
  EXPECT_THROW(fails.get(), std::runtime_error);
  auto moved = async("moves", [](std::unique_ptr<int> p) { return p; }, std::make_unique<int>(8));
  EXPECT_EQ(*moved.get(), 8);
}

TEST(Async, JoinsWhenItsFutureIsDestroyed) {
  bool ran = false;  // plain: the join orders it
  {
    const Future<void> future = async("runs", [&] { ran = true; });
  }
  EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace gridlock
