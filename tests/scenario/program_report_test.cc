// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/program_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gridlock::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kStart =
    R"({"record":"start","v":1,"pid":7,"tsan":false,"program":"/opt/bank","arguments":["two words"]})"
    "\n";
constexpr const char* kEnd = R"({"record":"end","pid":7})"
                             "\n";

std::string finding_record(const std::string& kind, int pid = 7) {
  return R"({"record":"finding","kind":")" + kind + R"(","pid":)" + std::to_string(pid) +
         R"(,"objects":[{"id":"M1","type":"Lock","name":"a"}]})" + "\n";
}

std::string dump(const std::string& reason) {
  return R"({"record":"dump","pid":7,"reason":")" + reason + R"(","threads":[{"id":"T1"}]})" + "\n";
}

Report report(const std::vector<LogFile>& logs) {
  Suppressions none;
  std::vector<std::string> refused;
  Report made = report_of_logs(logs, {"gridlock"}, none, refused).report;
  EXPECT_THAT(refused, IsEmpty());
  drop_repeated_findings(made);
  return made;
}

Outcome outcome(const std::string& text) { return report({{"l.jsonl", text}}).outcomes.at(0); }

TEST(ProgramReport, KnowsTheProgramFromTheStartRecord) {
  const Outcome one = outcome(std::string(kStart) + kEnd);
  ASSERT_TRUE(one.program.has_value());
  EXPECT_EQ(one.program->name, "bank");
  EXPECT_EQ(one.program->command, "/opt/bank 'two words'");
  EXPECT_THAT(one.program->pids, ElementsAre(7));
  EXPECT_EQ(one.verdict, Verdict::kAsExpected);
  EXPECT_EQ(outcome("{\"record\":\"start\",\"v\":1}\n").program->name, "") << "of an older runtime";
}

TEST(ProgramReport, TakesALogWithoutAnEndForNoGoodOne) {
  const Outcome one = outcome(kStart);
  EXPECT_EQ(one.verdict, Verdict::kCrashed);
  EXPECT_THAT(one.reason, HasSubstr("did not end normally"));
}

TEST(ProgramReport, NeedsNoEndAfterAFindingThatEndsTheProcess) {
  for (const char* kind : {"deadlock", "self-deadlock", "starvation", "lost-wakeup"})
    EXPECT_TRUE(outcome(kStart + finding_record(kind)).program->ended) << kind;
  EXPECT_FALSE(outcome(kStart + finding_record("lock-order-cycle")).program->ended);
}

TEST(ProgramReport, TellsARequestedDumpFromACrashAndFromAHang) {
  for (const char* reason : {"requested", "timeout"}) {  // the second is how 0.1.0 wrote it
    const Outcome asked = outcome(kStart + dump(reason) + kEnd);
    EXPECT_EQ(asked.verdict, Verdict::kAsExpected);
    EXPECT_EQ(asked.dump->reason, "requested");
  }
  EXPECT_EQ(outcome(kStart + dump("requested")).verdict, Verdict::kCrashed) << "it has no end";
  EXPECT_EQ(outcome(kStart + dump("SIGSEGV")).verdict, Verdict::kCrashed);
  EXPECT_EQ(outcome(kStart + dump("hang") + kEnd).verdict, Verdict::kTimedOut);
}

TEST(ProgramReport, CountsEachProcessAndShowsAFindingOnce) {
  const Report made =
      report({{"a", kStart + finding_record("capacity") + finding_record("capacity") +
                        finding_record("capacity", 8) + kEnd},
              {"b", kStart + finding_record("capacity") + finding_record("starvation")}});
  EXPECT_THAT(made.outcomes[0].findings, SizeIs(1));
  ASSERT_THAT(made.outcomes[1].findings, SizeIs(1));
  EXPECT_EQ(made.outcomes[1].findings[0].kind, FindingKind::kStarvation);
  std::vector<std::uint64_t> times;
  for (const Sighting& sighting : made.sightings) times.push_back(sighting.times);
  EXPECT_THAT(times, ElementsAre(2, 1, 1, 1));
}

TEST(ProgramReport, IsNotAsExpectedWhereAllItFoundIsShownAbove) {
  const Report made = report({{"a", kStart + finding_record("capacity") + kEnd},
                              {"b", kStart + finding_record("capacity") + kEnd}});
  EXPECT_THAT(made.outcomes[1].findings, IsEmpty());
  EXPECT_EQ(made.outcomes[1].verdict, Verdict::kUnexpected);
}

// What a run "a" or "b" wrote.
std::string of_run(const std::string& run, const std::string& records) {
  std::string text = records;
  for (std::size_t at = 0;
       (at = text.find(R"(",)", text.find("{\"record\":", at))) != std::string::npos;
       at = text.find('\n', at))
    text.insert(at + 1, R"(,"run":")" + run + "\"");
  return text;
}

TEST(ProgramReport, JudgesEachRunOfALogByItself) {
  const std::string red = of_run("a", kStart + finding_record("capacity") + kEnd);
  const std::string green = of_run("b", std::string(kStart) + kEnd);
  for (const bool red_first : {true, false}) {
    const Report made = report({{"l", red_first ? red + green : green + red}});
    ASSERT_THAT(made.outcomes, SizeIs(2));
    const Outcome& bad = made.outcomes[red_first ? 0 : 1];
    const Outcome& good = made.outcomes[red_first ? 1 : 0];
    EXPECT_EQ(good.verdict, Verdict::kAsExpected) << good.reason;
    EXPECT_THAT(good.findings, IsEmpty());
    EXPECT_EQ(bad.verdict, Verdict::kUnexpected);
    EXPECT_EQ(made.outcomes[0].name, "l (run 1 of 2)");
    EXPECT_EQ(bad.program->run, "a");
    EXPECT_EQ(made.outcomes[1].program->run_number, 2U);
    EXPECT_EQ(made.outcomes[1].program->runs, 2U);
  }
}

TEST(ProgramReport, TellsRunsApartThatWriteAtTheSameTimeAndHaveOnePid) {
  const Report made =
      report({{"l", of_run("a", kStart) + of_run("b", kStart) +
                        of_run("b", finding_record("capacity")) + of_run("a", kEnd)}});
  ASSERT_THAT(made.outcomes, SizeIs(2));
  EXPECT_EQ(made.outcomes[0].verdict, Verdict::kAsExpected);
  EXPECT_THAT(made.outcomes[1].findings, SizeIs(1));
  EXPECT_FALSE(made.outcomes[1].program->ended) << "the end is the other's";
}

TEST(ProgramReport, SaysOfARunThatAnEarlierOneFoundTheSame) {
  const Report made = report({{"l", of_run("a", kStart + finding_record("capacity") + kEnd) +
                                        of_run("b", kStart + finding_record("capacity") + kEnd)}});
  ASSERT_THAT(made.outcomes, SizeIs(2));
  EXPECT_THAT(made.outcomes[1].findings, IsEmpty());
  EXPECT_EQ(made.outcomes[1].verdict, Verdict::kUnexpected) << "it is found again";
}

TEST(ProgramReport, IsOfTheRunThatIsAskedFor) {
  const std::string log = of_run("a", kStart + finding_record("capacity") + kEnd) +
                          of_run("b", std::string(kStart) + kEnd);
  for (const char* const asked : {"last", "2", "b"}) {
    const Report made = report({{"l", log, asked}});
    ASSERT_THAT(made.outcomes, SizeIs(1)) << asked;
    EXPECT_EQ(made.outcomes[0].name, "l (run 2 of 2)");
    EXPECT_EQ(made.outcomes[0].verdict, Verdict::kAsExpected);
  }
  EXPECT_THAT(report({{"l", log, "all"}}).outcomes, SizeIs(2));
  Suppressions none;
  std::vector<std::string> refused;
  report_of_logs({{"l", log, "3"}}, {"gridlock"}, none, refused);
  EXPECT_THAT(refused, ElementsAre("l: no run of this log is '3'; it has 2"));
}

TEST(ProgramReport, NamesTheLineOfTheLogWhicheverRunItIsOf) {
  const Report made = report({{"l", of_run("a", kStart) + of_run("b", kStart) + of_run("a", kEnd) +
                                        "{\"record\n" + of_run("b", kEnd)}});
  EXPECT_EQ(made.outcomes[0].program->damage, "l:4: not a JSON value");
  EXPECT_EQ(made.outcomes[1].program->damage, "");
}

TEST(ProgramReport, CountsNoSuppressedFinding) {
  Suppressions known = Suppressions::parse("lock:a", "known");
  std::vector<std::string> refused;
  const Report made =
      report_of_logs({{"a", kStart + finding_record("capacity") + kEnd}}, {"x"}, known, refused)
          .report;
  EXPECT_EQ(made.outcomes[0].verdict, Verdict::kAsExpected);
  EXPECT_THAT(made.sightings, IsEmpty());
}

TEST(ProgramReport, RefusesWhatIsNoLogAndSaysWhere) {
  Suppressions none;
  std::vector<std::string> refused;
  const Report made = report_of_logs({{"dir/empty", ""},
                                      {"dir/foreign", "{\"a\":1}\n"},
                                      {"dir/cut", R"({"record":"sta)"},
                                      {"good", kStart}},
                                     {"x"}, none, refused)
                          .report;
  EXPECT_THAT(made.outcomes, SizeIs(1));
  EXPECT_THAT(refused,
              ElementsAre("dir/empty: is empty, no log of Gridlock",
                          HasSubstr("dir/foreign:1: no log of Gridlock: no member \"record\""),
                          "dir/cut:1: no log of Gridlock: the line is cut"));
}

TEST(ProgramReport, IsOnlyMadeOfWhatLooksLikeALog) {
  EXPECT_TRUE(looks_like_log(kStart));
  EXPECT_FALSE(looks_like_log("{\n  \"version\": 1\n}\n"));
  EXPECT_FALSE(looks_like_log(R"({"version":1,"outcomes":[]})"));
  EXPECT_FALSE(looks_like_log(""));
}

}  // namespace
}  // namespace gridlock::internal
