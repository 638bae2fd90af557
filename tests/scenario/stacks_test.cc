// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/stacks.h"

#include <gtest/gtest.h>

namespace gridlock::internal {
namespace {

Frame given_site(int line) {
  Frame frame;
  frame.file = "/src/bank.cc";
  frame.line = line;
  frame.function = "void pay()";
  return frame;
}

Frame unwound(const char* function, int line) {
  Frame frame = given_site(line);
  frame.function = function;
  frame.module = "/bin/bank";
  return frame;
}

TEST(CallSite, IsDroppedWhereAFrameSaysTheSame) {
  Stack stack = {given_site(12), unwound("Guard", 3), unwound("pay()", 12)};
  drop_repeated_call_site(stack);
  ASSERT_EQ(stack.size(), 2U);
  EXPECT_EQ(stack[0].function, "Guard");
}

TEST(CallSite, StaysWhereNoFrameSaysTheSame) {
  Stack stack = {given_site(12), unwound("Guard", 3), unwound("pay()", 13)};
  drop_repeated_call_site(stack);
  EXPECT_EQ(stack.size(), 3U);
}

TEST(CallSite, IsNotLookedForInAnUnwoundStack) {
  Stack stack = {unwound("pay()", 12), unwound("pay()", 12)};
  drop_repeated_call_site(stack);
  EXPECT_EQ(stack.size(), 2U);
  Stack empty;
  drop_repeated_call_site(empty);
  EXPECT_TRUE(empty.empty());
}

bool is_user(std::string file, std::string function, std::string module = "/home/me/bank") {
  Frame frame;
  frame.file = std::move(file);
  frame.function = std::move(function);
  frame.module = std::move(module);
  return is_user_frame(frame);
}

TEST(UserFrame, IsNoneOfOursInAnyLayout) {
  const std::string root = std::string(__FILE__).substr(0, std::string(__FILE__).rfind("tests/"));
  for (const std::string folder : {"/usr/local/include/gridlock/", "/opt/x/include/gridlock/",
                                   "/home/me/build/_deps/gridlock-src/harness/include/gridlock/",
                                   "include/gridlock/", "../include/gridlock/"}) {
    EXPECT_FALSE(is_user(folder + "guard.h", "Guard")) << folder;
  }
  EXPECT_FALSE(is_user(root + "harness/runtime/findings/findings.cc", "stack_here"));
  EXPECT_FALSE(is_user(root + "harness/cli/main.cc", "main"));
  EXPECT_FALSE(is_user("/build/gridlock-0.1.0/harness/runtime/findings.cc", "stack_here"));
  EXPECT_FALSE(is_user("/elsewhere/harness/runtime/findings.cc", "gridlock::internal::report()"));
  EXPECT_TRUE(is_user("/elsewhere/harness/runtime/findings.cc", "report()"));
  EXPECT_TRUE(is_user(root + "scenarios/bank/transfer.cc", "transfer()"));
  EXPECT_TRUE(is_user("/home/me/include/gridlocked/guard.h", "Guard"));
}

TEST(UserFrame, IsKnownByItsFunctionWhereThereIsNoFile) {
  EXPECT_FALSE(
      is_user("", "gridlock::internal::(anonymous namespace)::stack_here(unsigned long*)"));
  EXPECT_FALSE(is_user("", "void std::__invoke_impl<void, main::{lambda()#1}>()"));
  EXPECT_FALSE(is_user("", "gridlock::Thread::Thread<main::{lambda()#1}>(main::{lambda()#1}&&)"));
  EXPECT_TRUE(is_user("", "transfer(Account&, Account&)"));
  EXPECT_TRUE(is_user("", "main"));
  EXPECT_FALSE(is_user("", "_start"));
  EXPECT_FALSE(is_user("", "", ""));
}

TEST(UserFrame, MayLieInUsrSrcButNotInAHeaderOfTheSystem) {
  EXPECT_TRUE(is_user("/usr/src/app/bank.cc", "pay()"));
  EXPECT_FALSE(is_user("/usr/src/googletest/googletest/src/gtest.cc", "testing::Test::Run()"));
  EXPECT_FALSE(is_user("/usr/include/boost/asio.hpp", "boost::asio::run()"));
  EXPECT_FALSE(is_user("/opt/gcc-13/include/c++/13/bits/std_mutex.h", "lock"));
  EXPECT_FALSE(is_user("/home/me/x.cc", "f()", "/usr/lib/libx.so"));
}

TEST(UserSite, IsNotKnownWhereNoFrameIsTheUsers) {
  Stack stack = {unwound("gridlock::Lock::unlock()", 3), unwound("pay()", 12)};
  EXPECT_EQ(user_site(stack), &stack[1]);
  stack.pop_back();
  EXPECT_EQ(user_site(stack), nullptr);
  EXPECT_EQ(user_site({}), nullptr);
}

TEST(UserFrame, IsNotTheOperatorNewOfASanitizerButOneOfTheUsers) {
  Frame frame;
  frame.module = "/home/me/bank";
  frame.function = "operator new(unsigned long)";
  EXPECT_FALSE(is_user_frame(frame));
  frame.file = "/home/me/arena.cc";
  EXPECT_TRUE(is_user_frame(frame));
}

}  // namespace
}  // namespace gridlock::internal
