// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/function_name.h"

#include <gtest/gtest.h>

namespace gridlock::internal {
namespace {

TEST(PlainFunction, IsTheNameAlone) {
  EXPECT_EQ(plain_function("pay"), "pay");
  EXPECT_EQ(plain_function("pay()"), "pay");
  EXPECT_EQ(plain_function("void shop::(anonymous namespace)::Bank::pay<int>(int)"), "pay");
  EXPECT_EQ(plain_function("pay<int>"), "pay");
  EXPECT_EQ(plain_function("{anonymous}::Bank::Bank()"), "Bank");
  EXPECT_EQ(plain_function("(anonymous namespace)::Account::~Account()"), "~Account");
  EXPECT_EQ(plain_function("long Account::balance[abi:cxx11]() const"), "balance");
  EXPECT_EQ(plain_function("pay(int) [clone .cold]"), "pay");
  EXPECT_EQ(plain_function("pay.constprop.0"), "pay");
}

TEST(PlainFunction, KnowsOperators) {
  EXPECT_EQ(plain_function("Sum::operator()(int) const"), "operator()");
  EXPECT_EQ(plain_function("std::ostream& shop::operator<<(std::ostream&, shop::Bill const&)"),
            "operator<<");
  EXPECT_EQ(plain_function("Till::operator[](unsigned long)"), "operator[]");
  EXPECT_EQ(plain_function("Till::operator bool() const"), "bool");
  EXPECT_EQ(plain_function("Till::operator->() const"), "operator->");
}

TEST(PlainFunction, DoesNotListTemplateArguments) {
  EXPECT_EQ(plain_function("Tm<int>::Tm() [T = int]"), "Tm");
  EXPECT_EQ(plain_function("L Tm<T>::f(U, std::string) [with U = double; T = int; std::string = "
                           "std::__cxx11::basic_string<char>]"),
            "f");
  EXPECT_EQ(plain_function("void (anonymous namespace)::sell<stolen()::$_0>(stolen()::$_0)"),
            "sell");
  EXPECT_EQ(plain_function("sell<stolen()::<lambda(Bell&)> >"), "sell");
}

TEST(PlainFunction, CallsALambdaAfterTheFunctionAroundIt) {
  for (const char* const spelled :
       {"pay()::$_0::operator()() const", "pay()::'lambda0'()::operator()() const",
        "shop::pay(int)::{lambda(int)#2}::operator()(int) const",
        "auto pay()::(anonymous class)::operator()() const", "pay()::<lambda()>",
        "Bank::pay()::<lambda()> mutable", "pay()::<lambda(auto:14)> [with auto:14 = int]",
        "pay()::<lambda()>::<lambda(auto:14)> [with auto:14 = int]", "pay()::$_0::__invoke()",
        "pay()::{lambda()#1}::_FUN()"}) {
    EXPECT_EQ(plain_function(spelled), "pay lambda") << spelled;
  }
  EXPECT_EQ(plain_function("auto pay()::(anonymous class)::operator()()::(anonymous class)::"
                           "operator()(auto) const [auto:1 = int]"),
            "pay lambda");
  EXPECT_EQ(plain_function("$_0::operator()() const"), "lambda");
}

TEST(PlainFunction, OfWhatACompilerMakesIsNothing) {
  EXPECT_EQ(plain_function("void __static_initialization_and_destruction_0(int, int)"), "");
  EXPECT_EQ(plain_function("_GLOBAL__sub_I_bank.cc"), "");
  EXPECT_EQ(plain_function("__cxx_global_var_init.3"), "");
  EXPECT_EQ(plain_function(""), "");
}

Frame in_file(const std::string& function, const std::string& file) {
  Frame frame;
  frame.function = function;
  frame.file = file;
  frame.line = 7;
  frame.module = "/home/me/build/bank";
  return frame;
}

Frame user(const std::string& function) { return in_file(function, "/home/me/bank.cc"); }

Frame library(const std::string& function) {
  return in_file(function, "/usr/include/c++/12/bits/invoke.h");
}

TEST(PlainPlace, OfAnInlinedLambdaIsFoundInTheFramesAroundIt) {
  EXPECT_EQ(plain_place({user("operator()"), library("__invoke_impl<void, pay()::<lambda()> >")}),
            "pay lambda");
  // Gridlock's own lambda is handed the user's.
  EXPECT_EQ(plain_place({user("operator()"),
                         library("__invoke<gridlock::Thread::Thread<pay()::<lambda()> >(gridlock::"
                                 "ThreadOptions, pay()::<lambda()>&&)::<lambda()> mutable::<lambda("
                                 "auto:15& ...)> >")}),
            "pay lambda");
  // With two functions of the user's, the outer one is what runs.
  EXPECT_EQ(
      plain_place({user("operator()"),
                   library("__invoke<(anonymous namespace)::dine<eat()::<lambda(int)> >(eat()::"
                           "<lambda(int)>)::<lambda()> >")}),
      "dine lambda");
  EXPECT_EQ(
      plain_place({user("operator()"), library("__invoke_impl<void, (lambda at bank.cc:7:3)>"),
                   user("apply<(lambda at bank.cc:7:3)>"), user("pay")}),
      "pay lambda");
  EXPECT_EQ(plain_place({user("operator()"), user("operator()"),
                         library("__invoke<dine<eat()::<lambda(int)> >(eat()::<lambda(int)>)::<"
                                 "lambda()> >")}),
            "eat lambda")
      << "which dine's lambda calls";
  EXPECT_EQ(plain_place({user("operator()")}), "lambda");
  EXPECT_EQ(plain_place({user("Sum::operator()(int) const"), user("pay")}), "operator()");
}

TEST(PlainPlace, WithoutAFrameOfTheUsersIsTheirLambdaOrNotKnown) {
  EXPECT_EQ(plain_place({library("std::thread::_State_impl<std::thread::_Invoker<std::tuple<main::"
                                 "$_0>>>::_M_run()")}),
            "main lambda");
  EXPECT_EQ(plain_place({library("std::vector<int>::push_back(int const&)")}), "?");
  EXPECT_EQ(plain_place({}), "?");
}

TEST(PlainPlace, WithoutANameIsModuleAndOffset) {
  Frame frame;
  frame.module = "/home/me/build/bank";
  frame.offset = 77;
  EXPECT_EQ(plain_place({frame}), "bank+77");
}

}  // namespace
}  // namespace gridlock::internal
