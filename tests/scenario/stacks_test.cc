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

}  // namespace
}  // namespace gridlock::internal
