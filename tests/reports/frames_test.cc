// SPDX-License-Identifier: Apache-2.0
#include "reports/frames.h"

#include <gtest/gtest.h>

#include "reports/utf8.h"

namespace gridlock::internal::reports {
namespace {

Frame function(std::string name, std::string file = "/home/me/a.cc") {
  Frame frame;
  frame.function = std::move(name);
  frame.file = std::move(file);
  return frame;
}

TEST(LibraryFrames, AreThoseOfStdGridlockAndSanitizers) {
  EXPECT_TRUE(is_library_frame(function("std::thread::join()")));
  EXPECT_TRUE(is_library_frame(function("void std::__invoke_impl<void, f(int)>(f&&)")));
  EXPECT_TRUE(is_library_frame(function("gridlock::Lock::lock(std::source_location)")));
  EXPECT_TRUE(is_library_frame(function("void gridlock::Queue<int>::push(int)")));
  EXPECT_TRUE(is_library_frame(function("__tsan_write4")));
  EXPECT_TRUE(is_library_frame(function("__interceptor_memcpy")));
  EXPECT_TRUE(is_library_frame(function("my::f()", "/usr/include/x.h")));
  EXPECT_TRUE(is_library_frame(function("gridlock::(anonymous namespace)::wait()",
                                        "/src/gridlock/harness/primitives/lock.cc")));
}

TEST(LibraryFrame, IsTheObserversOwnByItsPlaceWhereGccLeavesOutTheNamespace) {
  const std::string root = std::string(__FILE__).substr(0, std::string(__FILE__).rfind("tests/"));
  EXPECT_TRUE(is_library_frame(function("context_of", root + "harness/runtime/orders/order.cc")));
  EXPECT_TRUE(is_library_frame(function("main", root + "harness/cli/main.cc")));
  EXPECT_FALSE(is_library_frame(function("context_of", root + "scenarios/threads/order.cc")));
  EXPECT_FALSE(is_library_frame(function("context_of", "/home/me/harness/runtime/order.cc")));
}

TEST(LibraryFrame, IsGlibcsOwnWhateverItsDebugInformationSays) {
  Frame frame = function("start_thread", "./nptl/pthread_create.c");
  EXPECT_FALSE(is_library_frame(frame));
  frame.module = "/usr/lib/x86_64-linux-gnu/libc.so.6";
  EXPECT_TRUE(is_library_frame(frame));
  frame.module = "/home/me/build/bank";
  EXPECT_FALSE(is_library_frame(frame));
}

TEST(LibraryFrames, AreNotTheUsers) {
  EXPECT_FALSE(is_library_frame(function("pay(std::vector<int>&)")));
  EXPECT_FALSE(is_library_frame(function("void pay<std::string>(std::string)")));
  EXPECT_FALSE(is_library_frame(function("std::string my::name(int)")));
  EXPECT_FALSE(is_library_frame(function("(anonymous namespace)::pay(int)")));
  EXPECT_FALSE(is_library_frame(function("gridlockish::f()")));
  EXPECT_FALSE(is_library_frame(function("gridlock::(anonymous namespace)::body()")));
  EXPECT_FALSE(is_library_frame(function("my::Op::operator()(std::pair<int, int>) const")));
}

TEST(LibraryFrames, WithoutSourceAreThoseOfTheSystem) {
  Frame frame;
  EXPECT_TRUE(is_library_frame(frame));
  frame.module = "/lib/x86_64-linux-gnu/libc.so.6";
  EXPECT_TRUE(is_library_frame(frame));
  frame.module = "/library/app";
  EXPECT_FALSE(is_library_frame(frame));
}

TEST(SiteOfAStack, IsTheInnermostFrameOfTheUser) {
  const Stack stack = {function("gridlock::Lock::lock()"), function("pay()"), function("main")};
  EXPECT_EQ(site_of(stack), &stack[1]);
  const Stack library = {function("std::f()"), function("std::g()")};
  EXPECT_EQ(site_of(library), nullptr) << "no line of a library stands in for it";
  EXPECT_EQ(short_site_text(library), "a place not known");
  EXPECT_EQ(short_site_text(stack), "a.cc");
  EXPECT_EQ(site_of({}), nullptr);
}

TEST(ShownStack, FoldsRunsOfLibraryFramesAndIsBounded) {
  const Stack stack = {function("std::a()"), function("std::b()"), function("pay()"),
                       function("std::c()"), function("x()"),      function("y()")};
  const ShownStack all = shown(stack, 10);
  ASSERT_EQ(all.items.size(), 5U);
  EXPECT_EQ(all.items[0].folded, 2);
  EXPECT_EQ(all.items[1].frame, &stack[2]);
  EXPECT_EQ(all.items[2].folded, 1);
  EXPECT_EQ(all.left_out, 0);
  EXPECT_EQ(shown(stack, 2).left_out, 1);
}

TEST(Places, AreNamedAsWellAsIsKnown) {
  Frame frame = function("f()", "/home/me/a.cc");
  frame.line = 7;
  EXPECT_EQ(place_text(frame), "/home/me/a.cc:7");
  EXPECT_EQ(short_place_text(frame), "a.cc:7");
  Frame binary;
  binary.module = "/opt/app";
  binary.offset = 0x1a2b;
  EXPECT_EQ(short_place_text(binary), "app+0x1a2b");
  EXPECT_EQ(place_text({}), "an unknown place");
}

TEST(SourceLines, AreCountedFromOneWithOrWithoutALastNewline) {
  Report report;
  report.sources = {{"a", "one\r\ntwo"}, {"b", "one\n"}, {"c", ""}};
  EXPECT_EQ(source_line(report, "a", 1), "one");
  EXPECT_EQ(source_line(report, "a", 2), "two");
  EXPECT_EQ(source_line(report, "a", 3), "");
  EXPECT_EQ(source_line(report, "a", 0), "");
  EXPECT_EQ(source_line(report, "x", 1), "");
  EXPECT_EQ(source_lines(report, "a"), 2);
  EXPECT_EQ(source_lines(report, "b"), 1);
  EXPECT_EQ(source_lines(report, "c"), 0);
}

TEST(Printable, KeepsTextAndDisarmsTheRest) {
  EXPECT_EQ(printable("é 名 \xF0\x9F\x94\x92\n\t"), "é 名 \xF0\x9F\x94\x92\n\t");
  EXPECT_EQ(printable("\x1b[31m"), "\\x1b[31m");
  EXPECT_EQ(printable("\xC2\x9B"), "\\xc2\\x9b");
  EXPECT_EQ(printable("\xFF"
                      "a\xC3"),
            "\\xffa\\xc3");
  EXPECT_EQ(printable("\xC0\xAF"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(printable("\xE2\x80\xAE"), "\\xe2\\x80\\xae");  // right-to-left override
  EXPECT_EQ(printable_line("a\nb\tc"), "a b c");
  EXPECT_EQ(shortened("名名名名", 3), "名名…");
  EXPECT_EQ(shortened("名名名", 3), "名名名");
}

}  // namespace
}  // namespace gridlock::internal::reports
