// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/source_text.h"

#include <gtest/gtest.h>

#include <source_location>
#include <string>

namespace gridlock::internal {
namespace {

TEST(LastLineOfBody, FollowsNestedBraces) {
  EXPECT_EQ(last_line_of_body("S(x, {.a = 1}) {\n  if (y) {\n  }\n}\nint z;\n", 1), 4);
}

TEST(LastLineOfBody, StartsAtTheLineGiven) {
  EXPECT_EQ(last_line_of_body("S(a) {\n}\n\nS(b) {\n  f();\n}\n", 4), 6);
}

TEST(LastLineOfBody, TakesAnArgumentListOverSeveralLinesWithBracesInStrings) {
  EXPECT_EQ(
      last_line_of_body("S(x, {.story = \"a } brace ) and \\\" {\"\n  \"more (\"}) {\n}\n", 1), 3);
}

TEST(LastLineOfBody, IgnoresComments) {
  EXPECT_EQ(last_line_of_body("S(x) {\n  // }\n  /* }\n } */\n}\n", 1), 5);
  EXPECT_EQ(last_line_of_body("S(x) {\n  // continued \\\n }\n}\n", 1), 4);
}

TEST(LastLineOfBody, IgnoresCharactersAndDigitSeparators) {
  EXPECT_EQ(last_line_of_body("S(x) {\n  char c = '}'; c = '\\'';\n  c = u8'}';\n}\n", 1), 4);
  EXPECT_EQ(last_line_of_body("S(x) {\n  int i = 1'000'000; }\nint j = 2'000;\n", 1), 2);
}

TEST(LastLineOfBody, IgnoresRawStrings) {
  EXPECT_EQ(last_line_of_body("S(x) {\n  f(R\"({ \" )\", u8R\"ab(} )\" )ab\");\n}\n", 1), 3);
  EXPECT_EQ(last_line_of_body("S(x) {\n  f(FOUR\"}\");\n}\n", 1), 3) << "a macro beside a string";
}

TEST(LastLineOfBody, IsZeroWhereThereIsNone) {
  EXPECT_EQ(last_line_of_body("", 1), 0);
  EXPECT_EQ(last_line_of_body("S(x) {\n", 1), 0);
  EXPECT_EQ(last_line_of_body("S(x) {\n}\n", 9), 0);
  EXPECT_EQ(last_line_of_body("S(x) {\n}\n", 0), 0);
  EXPECT_EQ(last_line_of_body("S(x) { \"never closed\n", 1), 0);
  EXPECT_EQ(last_line_of_body("S(x) { R\"(never closed\n", 1), 0);
}

TEST(ScenarioLines, LooksBackToTheStartOfTheCall) {
  const std::string text =
      "GRIDLOCK_SCENARIO(a,\n  {.name = 1,\n   .twin = 2}) {\n}\nGRIDLOCK_SCENARIO(b, {}) {\n}\n";
  for (const int line : {1, 2, 3}) {
    EXPECT_EQ(scenario_lines(text, line).first, 1) << line;
    EXPECT_EQ(scenario_lines(text, line).last, 4) << line;
  }
  EXPECT_EQ(scenario_lines(text, 5).first, 5);
  EXPECT_EQ(scenario_lines(text, 5).last, 6);
}

TEST(ScenarioLines, DoesNotTakeAnEarlierScenarioForIt) {
  const std::string text = "GRIDLOCK_SCENARIO(a, {}) {\n}\n\nMY_SCENARIO(b, {}) {\n  f();\n}\n";
  EXPECT_EQ(scenario_lines(text, 4).first, 4);
  EXPECT_EQ(scenario_lines(text, 4).last, 6);
  EXPECT_EQ(scenario_lines("", 3).first, 3);
  EXPECT_EQ(scenario_lines("", 3).last, 0);
}

TEST(ReadFile, ReadsAFileAndNothingElse) {
  const std::string file = std::source_location::current().file_name();
  ASSERT_TRUE(read_file(file));
  EXPECT_NE(read_file(file)->find("ReadsAFileAndNothingElse"), std::string::npos);
  EXPECT_FALSE(read_file(file, 10)) << "larger than allowed";
  EXPECT_FALSE(read_file("/no/such/file"));
  EXPECT_FALSE(read_file("/tmp"));
  EXPECT_FALSE(read_file("/dev/zero")) << "endless";
}

}  // namespace
}  // namespace gridlock::internal
