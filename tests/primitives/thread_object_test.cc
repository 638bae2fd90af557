// SPDX-License-Identifier: Apache-2.0
#include <gridlock/gridlock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <system_error>
#include <utility>

namespace gridlock {
namespace {

class Caller final : public ThreadObject {
 public:
  explicit Caller(std::function<void()> call, std::string_view name = {})
      : ThreadObject(name), call_(std::move(call)) {}
  ~Caller() override { join(); }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

 private:
  void run() override { call_(); }
  std::function<void()> call_;
};

class DoesNothing final : public ThreadObject {};

TEST(ThreadObject, CallsRunInAThreadOfItsOwnWithItsName) {
  std::string name;
  std::uint32_t id = 0;
  Caller caller{[&] {
                  name = this_thread_name();
                  id = this_thread_id();
                },
                "caller"};
  EXPECT_EQ(id, 0U);
  caller.start();
  EXPECT_NE(caller.id(), this_thread_id());
  const std::uint32_t given = caller.id();
  caller.join();
  EXPECT_EQ(name, "caller");
  EXPECT_EQ(caller.name(), "caller");
  EXPECT_EQ(id, given);
}

TEST(ThreadObject, IsAliveFromStartToTheEndOfRun) {
  Event go_home;
  Caller caller{[&] { go_home.wait(); }};
  EXPECT_FALSE(caller.is_alive());
  caller.start();
  EXPECT_TRUE(caller.is_alive());
  go_home.set();
  caller.join();
  EXPECT_FALSE(caller.is_alive());
}

TEST(ThreadObject, IsStartedOnlyOnce) {
  Caller caller{[] {}};
  caller.start();
  EXPECT_THROW(caller.start(), std::system_error);
  caller.join();
  EXPECT_THROW(caller.start(), std::system_error);
}

TEST(ThreadObject, MayBeJoinedWithoutAStartAndTwice) {
  Caller caller{[] {}};
  caller.join();
  caller.start();
  caller.join();
  caller.join();
}

TEST(ThreadObject, WithoutARunOfItsOwnDoesNothing) {
  DoesNothing object;
  object.start();
  object.join();
  EXPECT_FALSE(object.is_alive());
}

}  // namespace
}  // namespace gridlock
