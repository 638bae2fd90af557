// SPDX-License-Identifier: Apache-2.0
//
// What a hostile log can cost, and what it cannot take along.
#include "harness/scenario/limits.h"
#include "harness/scenario/modules.h"
#include "harness/scenario/regular_file.h"
#include "harness/scenario/suppressions.h"
#include "harness/scenario/temp_dir.h"
#include "harness/scenario/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace gridlock::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::string finding(const std::string& detail) {
  return R"({"record":"finding","kind":"deadlock","detail":")" + detail + "\"}\n";
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(WireStrings, ThatAreNotUtf8KeepTheirFindingAndNameTheLine) {
  const WireLog log = read_wire(finding("ok") + finding("a\xFF\xC3") + finding(R"(\ud800)") +
                                    finding("\x01") + finding("end"),
                                "log");
  EXPECT_EQ(log.error, "");
  ASSERT_THAT(log.findings, SizeIs(5));
  EXPECT_EQ(log.findings[1].detail, R"(a\xff\xc3)");
  EXPECT_EQ(log.findings[2].detail, R"(\xed\xa0\x80)");
  EXPECT_EQ(log.findings[3].detail, "\x01");
  ASSERT_THAT(log.notes, SizeIs(1));
  EXPECT_THAT(log.notes[0], StartsWith("log:2: "));
  EXPECT_THAT(log.notes[0], HasSubstr("2 more lines"));
  EXPECT_THAT(read_wire(finding("é"), "log").notes, IsEmpty());
}

TEST(WireLines, ThatAreTooDeepOrTooLongAreNamedAndTheRestIsRead) {
  const std::string deep =
      R"({"record":"finding","kind":"deadlock","x":)" + nested(100'000) + "}\n";
  const WireLog log = read_wire(finding("a") + deep + finding("b"), "log");
  EXPECT_THAT(log.findings, SizeIs(2));
  EXPECT_THAT(log.error, HasSubstr("log:2: nested deeper than 64 levels"));
  const std::string allowed =
      R"({"record":"finding","kind":"deadlock","x":)" + nested(kDeepestJson - 1) + "}\n";
  EXPECT_EQ(read_wire(allowed, "log").error, "");

  const WireLog big = read_wire(finding(std::string(kLongestLine, 'x')) + finding("b"), "log");
  EXPECT_THAT(big.findings, SizeIs(1));
  EXPECT_THAT(big.error, HasSubstr("log:1: longer than 16 MiB"));
  EXPECT_FALSE(is_record(deep));
}

TEST(WireStart, SaysWhatCouldNotBeFoundWhereTheProgramRan) {
  const std::string off = R"("starvation, because no thread can be listed")";
  const std::string start = R"({"record":"start","pid":1,"v":1)";
  // Twice, as by a fork that writes to the same log.
  const WireLog log = read_wire(
      start + R"(,"off":[)" + off + "]}\n" + start + R"(,"off":[)" + off + "]}\n", "a.jsonl");
  EXPECT_EQ(log.error, "");
  EXPECT_THAT(log.notes,
              ElementsAre("a.jsonl: not looked for: starvation, because no thread can be listed"));
  EXPECT_THAT(read_wire(start + "}\n", "a.jsonl").notes, IsEmpty());
}

TEST(WireStart, ThatCannotBeReadIsNamedAndIsNoStart) {
  const WireLog log = read_wire(R"({"record":"start","pid":1,"v":1,"off":["a",7]})"
                                "\n",
                                "a.jsonl");
  EXPECT_EQ(log.error, "a.jsonl:1: off[1]: expected a string, found number");
  EXPECT_FALSE(log.started);
}

TEST(WireRecords, BeyondWhatAReportTakesAreCounted) {
  std::string text;
  for (std::size_t i = 0; i < kMaxFindings + 7; ++i) text += finding("x");
  const WireLog log = read_wire(text, "log");
  EXPECT_THAT(log.findings, SizeIs(kMaxFindings));
  ASSERT_THAT(log.notes, SizeIs(1));
  EXPECT_THAT(log.notes[0], HasSubstr("7 more records are left out"));
}

TEST(WireRecords, OfManyObjectsAreBoundedAltogether) {
  std::string objects;
  for (int i = 0; i < 40'000; ++i) objects += i == 0 ? "{}" : ",{}";
  const std::string line = R"({"record":"finding","kind":"deadlock","x":[)" + objects + "]}\n";
  std::string text;
  for (int i = 0; i < 60; ++i) text += line;
  const WireLog log = read_wire(text, "log");
  EXPECT_THAT(log.findings, SizeIs(49)) << "of 40002 objects each, with the list: two millions";
  EXPECT_THAT(log.notes, SizeIs(1));
}

TEST(WireLists, ThatAreTooLongAreDamage) {
  std::string frames = "{}";
  for (std::size_t i = 0; i < kMaxFrames; ++i) frames += ",{}";
  const std::string line =
      R"({"record":"finding","kind":"deadlock","threads":[{"stack":[)" + frames + "]}]}\n";
  EXPECT_THAT(read_wire(line, "log").error, HasSubstr("threads[0].stack: more than 1000"));
}

TEST(Documents, ThatAreTooDeepAreRefusedInOneLine) {
  const std::string deep = "{\"x\":" + nested(100'000) + "}";
  const auto refusal = [](const auto& read) {
    try {
      read();
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  EXPECT_EQ(refusal([&] { finding_from_json(deep); }), "nested deeper than 64 levels");
  EXPECT_EQ(refusal([&] { report_from_json(deep); }), "nested deeper than 64 levels");
  EXPECT_EQ(refusal([] { dump_from_json("{\"x\":1e999}"); }),
            "not a JSON document: a number out of range");
}

class OddFiles : public ::testing::Test {
 protected:
  std::string fifo() {
    const std::string path = temp_.path() + "/fifo";
    mkfifo(path.c_str(), 0600);
    return path;
  }
  std::string link_to(const std::string& target) {
    const std::string path = temp_.path() + "/link";
    unlink(path.c_str());
    std::filesystem::create_symlink(target, path);
    return path;
  }
  TempDir temp_;
};

TEST_F(OddFiles, AreNeitherReadNorWaitedFor) {
  for (const std::string& path : {std::string("/dev/zero"), std::string("/dev/stdin"), fifo(),
                                  temp_.path(), link_to(fifo()), std::string("/no/such/file")}) {
    EXPECT_FALSE(open_regular(path, kLargestInput).valid()) << path;
    EXPECT_FALSE(open_program(path).valid()) << path;
    EXPECT_EQ(build_id_of_file(path), "") << path;
  }
  EXPECT_FALSE(open_regular(link_to("/dev/zero"), kLargestInput).valid());
  EXPECT_EQ(read_whole(open_regular("/proc/self/environ", kLargestInput)), "") << "size 0, it says";
  EXPECT_TRUE(open_regular(link_to(__FILE__), kLargestInput).valid());
  EXPECT_FALSE(open_program(__FILE__).valid()) << "no ELF file";
  EXPECT_TRUE(open_program("/proc/self/exe").valid());
}

TEST_F(OddFiles, AsModulesAreNoPrograms) {
  for (const std::string& path : {std::string("/dev/zero"), fifo()}) {
    WireLog log;
    log.modules.push_back({path, "abcd", 0, 0});
    EXPECT_THAT(forget_other_builds(log).notes, ElementsAre(HasSubstr(path + " is no program")));
  }
}

TEST(SuppressionLimits, AreOneLineEach) {
  const auto error_of = [](const std::string& text) -> std::string {
    try {
      Suppressions::parse(text, "f");
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(error_of("lock:" + std::string(kLongestPattern + 1, 'x')), HasSubstr("f:1: "));
  std::string many;
  for (std::size_t i = 0; i < kMaxSuppressions + 1; ++i) many += "lock:a\n";
  EXPECT_THAT(error_of(many), HasSubstr("f:10001: more than 10000"));
  EXPECT_LT(error_of(std::string(100'000, 'x')).size(), 1000U);
}

}  // namespace
}  // namespace gridlock::internal
