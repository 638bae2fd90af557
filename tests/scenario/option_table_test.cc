// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/option_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace gridlock::internal {
namespace {

using ::testing::HasSubstr;

std::string error_of(const std::string& setting) { return setting_error(setting).value_or(""); }

TEST(OptionTable, AcceptsEveryOptionWithItsOwnDefault) {
  for (const OptionRow& row : option_rows()) {
    EXPECT_EQ(error_of(std::string(row.name) + "=" + std::string(row.default_value)), "")
        << row.name;
    EXPECT_FALSE(row.description.empty()) << row.name;
  }
}

TEST(OptionTable, RefusesWhatTheRuntimeWouldRefuse) {
  EXPECT_EQ(error_of("colour=red"), "unknown option 'colour'; --help-options lists them");
  EXPECT_EQ(error_of("predict"), "no value for 'predict'");
  EXPECT_EQ(error_of("predict=yes"), "predict: neither 0 nor 1: 'yes'");
  EXPECT_EQ(error_of("predict="), "predict: neither 0 nor 1: ''");
  EXPECT_EQ(error_of("on_deadlock=hang"),
            "on_deadlock: neither report nor throw nor abort: 'hang'");
  EXPECT_EQ(error_of("stack_depth=-1"), "stack_depth: not a number: '-1'");
  EXPECT_EQ(error_of("stack_depth="), "stack_depth: not a number: ''");
  EXPECT_EQ(error_of("stack_depth=65"), "stack_depth: not between 1 and 64: '65'");
  EXPECT_EQ(error_of("stack_depth=064"), "") << "the runtime reads it as 64";
  EXPECT_EQ(error_of("max_edges=99999999999999999999999"),
            "max_edges: number too large: '99999999999999999999999'");
  EXPECT_EQ(error_of("max_edges=4294967296"), "max_edges: number too large: '4294967296'");
  EXPECT_THAT(error_of("suppressions=/a:b"), HasSubstr("':' parts options"));
  EXPECT_THAT(error_of("suppressions=" + std::string(1024, 'x')), HasSubstr("text too long"));
  EXPECT_EQ(error_of("suppressions=" + std::string(1023, 'x')), "");
}

TEST(OptionTable, TheLastValueCountsAndTheCommandLineWins) {
  setenv("GRIDLOCK_OPTIONS", "suppressions=one::xsuppressions=no:suppressions=two", 1);
  EXPECT_EQ(option_value("suppressions", {}), "two");
  EXPECT_EQ(option_value("suppressions", {"quiet=1", "suppressions=three"}), "three");
  EXPECT_EQ(option_value("suppressions", {"suppressions="}), "");
  unsetenv("GRIDLOCK_OPTIONS");
  EXPECT_EQ(option_value("suppressions", {}), "");
}

TEST(OptionTable, TextAndPageNameEachOptionWithRangeAndDefault) {
  for (const OptionRow& row : option_rows()) {
    EXPECT_THAT(options_text(), HasSubstr("  " + std::string(row.name) + " ("));
    EXPECT_THAT(options_markdown(), HasSubstr("| `" + std::string(row.name) + "` |"));
  }
  EXPECT_THAT(options_text(), HasSubstr("stack_depth (1 to 64; default 32)"));
}

}  // namespace
}  // namespace gridlock::internal
