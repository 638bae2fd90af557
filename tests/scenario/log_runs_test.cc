// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/log_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gridlock::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::SizeIs;

std::string line(const std::string& run, const std::string& rest = "") {
  return R"({"record":"finding","run":")" + run + "\"" + rest + "}\n";
}

TEST(RunsOfLog, AreSaidBehindThePid) {
  const auto runs = runs_of_log(R"({"record":"finding","pid":4711,"run":"a"})"
                                "\n"
                                R"({ "record": "finding", "pid": 8, "run": "b"})"
                                "\n");
  EXPECT_THAT(runs, ElementsAre(Field(&LogRun::id, "a"), Field(&LogRun::id, "b")));
}

TEST(RunsOfLog, AreInTheOrderOfTheirBeginnings) {
  const auto runs = runs_of_log(line("b") + line("b") + line("a"));
  ASSERT_THAT(runs, ElementsAre(Field(&LogRun::id, "b"), Field(&LogRun::id, "a")));
  EXPECT_EQ(runs[0].text, line("b") + line("b"));
  EXPECT_EQ(runs[1].text, line("a"));
}

TEST(RunsOfLog, AreToldApartWhereTheyWroteAtTheSameTime) {
  const auto runs = runs_of_log(line("a") + line("b", ",\"x\":1") + "\n" + line("a", ",\"x\":2"));
  ASSERT_THAT(runs, SizeIs(2));
  EXPECT_EQ(runs[0].text, line("a") + line("a", ",\"x\":2"));
  EXPECT_THAT(runs[0].lines, ElementsAre(1, 4)) << "an empty line counts";
  EXPECT_THAT(runs[1].lines, ElementsAre(2));
}

TEST(RunsOfLog, AreOneInALogOfAVersionThatWroteNone) {
  const std::string old = R"({"record":"start","v":1,"pid":7})"
                          "\n"
                          R"({"record":"start","v":1,"pid":8})"
                          "\n"
                          R"({"record":"end","pid":7,"records":1,"run":"not here"})"
                          "\n";
  const auto runs = runs_of_log(old);
  ASSERT_THAT(runs, SizeIs(1));
  EXPECT_EQ(runs[0].id, "");
  EXPECT_EQ(runs[0].text, old);
  EXPECT_THAT(runs_of_log(old + line("a")), SizeIs(2)) << "which a later one appended to";
}

TEST(RunsOfLog, HaveWhatDoesNotSayItsRunBehindTheirOwn) {
  const std::string end = R"({"record":"end","pid":7})"
                          "\n";
  const auto runs = runs_of_log(line("a") + end + line("b") + end);
  ASSERT_THAT(runs, SizeIs(2));
  EXPECT_EQ(runs[0].text, line("a") + end);
  EXPECT_EQ(runs[1].text, line("b") + end);
}

TEST(RunsOfLog, HaveTheDamagedLinesBehindTheirOwn) {
  const auto runs = runs_of_log("first\n" + line("a") + "{\"record\n" + line("b") + "last");
  ASSERT_THAT(runs, SizeIs(2));
  EXPECT_EQ(runs[0].text, "first\n" + line("a") + "{\"record\n");
  EXPECT_EQ(runs[1].text, line("b") + "last");
  EXPECT_THAT(runs[1].lines, ElementsAre(4, 5));
}

TEST(RunsOfLog, AreReadBehindALineThatWasCutWhenItsWriterDied) {
  const auto runs = runs_of_log(R"({"record":"finding","run":"a","detail":"half)" + line("b"));
  ASSERT_THAT(runs, ElementsAre(Field(&LogRun::id, "a"), Field(&LogRun::id, "b")));
  EXPECT_EQ(runs[0].text, "{\"record\":\"finding\",\"run\":\"a\",\"detail\":\"half\n");
  EXPECT_EQ(runs[1].text, line("b"));
  EXPECT_THAT(runs[1].lines, ElementsAre(1));
}

TEST(RunsOfLog, AreAtLeastOneAndNotMoreThanAllowed) {
  EXPECT_THAT(runs_of_log(""), ElementsAre(Field(&LogRun::text, "")));
  EXPECT_THAT(runs_of_log("no log"), ElementsAre(Field(&LogRun::text, "no log")));
  const auto runs = runs_of_log(line("a") + line("b") + line("c") + line("d"), 2);
  ASSERT_THAT(runs, SizeIs(2));
  EXPECT_EQ(runs[1].text, line("b") + line("c") + line("d"));
}

}  // namespace
}  // namespace gridlock::internal
