// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/child_env.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace gridlock::internal {
namespace {

// The value of a variable, with ':' at both ends so that an option can be searched for as a whole.
std::string value(const std::vector<std::string>& environment, const std::string& name) {
  for (const std::string& variable : environment) {
    if (variable.starts_with(name + "=")) return ":" + variable.substr(name.size() + 1) + ":";
  }
  return "";
}

std::size_t at(const std::string& options, const std::string& option) {
  return options.rfind(":" + option + ":");
}

class ChildEnvironment : public ::testing::Test {
 protected:
  void TearDown() override {
    unsetenv("GRIDLOCK_OPTIONS");
    unsetenv("TSAN_OPTIONS");
  }
};

TEST_F(ChildEnvironment, NamesBothLogs) {
  const auto environment = child_environment({"/t/findings.jsonl", "/t/tsan"}, {}, "");
  EXPECT_NE(at(value(environment, "GRIDLOCK_OPTIONS"), "log_path=/t/findings.jsonl"),
            std::string::npos);
  EXPECT_NE(at(value(environment, "TSAN_OPTIONS"), "log_path=/t/tsan"), std::string::npos);
}

TEST_F(ChildEnvironment, UsersOptionsComeAfterOursButBeforeWhatTheRunnerNeeds) {
  setenv("GRIDLOCK_OPTIONS", "on_deadlock=abort:log_path=/mine:dump_signal=9:exit_code=5", 1);
  setenv("TSAN_OPTIONS", "history_size=2:log_path=/mine", 1);
  const auto environment = child_environment({"/t/f", "/t/tsan"}, {}, "");
  const std::string gridlock = value(environment, "GRIDLOCK_OPTIONS");
  EXPECT_GT(at(gridlock, "on_deadlock=abort"), at(gridlock, "on_deadlock=report"));
  EXPECT_GT(at(gridlock, "log_path=/t/f"), at(gridlock, "log_path=/mine"));
  EXPECT_GT(at(gridlock, "dump_signal=3"), at(gridlock, "dump_signal=9"));
  EXPECT_GT(at(gridlock, "exit_code=0"), at(gridlock, "exit_code=5"));
  const std::string tsan = value(environment, "TSAN_OPTIONS");
  EXPECT_GT(at(tsan, "history_size=2"), at(tsan, "history_size=7"));
  EXPECT_GT(at(tsan, "log_path=/t/tsan"), at(tsan, "log_path=/mine"));
}

TEST_F(ChildEnvironment, CommandLineWinsOverTheEnvironment) {
  setenv("GRIDLOCK_OPTIONS", "on_deadlock=abort", 1);
  const std::string gridlock =
      value(child_environment({"/t/f", "/t/tsan"}, {"on_deadlock=throw"}, ""), "GRIDLOCK_OPTIONS");
  EXPECT_GT(at(gridlock, "on_deadlock=throw"), at(gridlock, "on_deadlock=abort"));
}

TEST_F(ChildEnvironment, ThreadSanitizerGetsOnlyASymbolizerThatItKnows) {
  const auto with = [](const std::string& path) {
    return value(child_environment({"/t/f", "/t/tsan"}, {}, path), "TSAN_OPTIONS");
  };
  EXPECT_NE(with("/usr/bin/llvm-symbolizer-19").find("external_symbolizer_path"),
            std::string::npos);
  EXPECT_EQ(with("/home/me/my-own").find("external_symbolizer_path"), std::string::npos);
}

TEST_F(ChildEnvironment, LeavesACrashToItsSignalUnderEverySanitizerUnlessTheUserWantsItOtherwise) {
  for (const char* const name : {"TSAN_OPTIONS", "ASAN_OPTIONS", "UBSAN_OPTIONS"}) {
    setenv(name, "handle_segv=1", 1);
    const auto environment = child_environment({"/t/f", "/t/tsan"}, {}, "");
    unsetenv(name);
    EXPECT_NE(at(value(environment, name), "handle_sigbus=0"), std::string::npos) << name;
    EXPECT_GT(at(value(environment, name), "handle_segv=1"),
              at(value(environment, name), "handle_segv=0"))
        << name;
  }
}

TEST_F(ChildEnvironment, PathsThatWouldSplitAnOptionDoNotFit) {
  EXPECT_TRUE(fits_into_an_option("/tmp/gridlock-a1.B_2"));
  for (const char* const bad : {"/a:b", "/a b", "/a,b", "/a\nb", "/a%pb"}) {
    EXPECT_FALSE(fits_into_an_option(bad)) << bad;
  }
}

}  // namespace
}  // namespace gridlock::internal
