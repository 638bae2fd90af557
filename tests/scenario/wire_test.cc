// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace gridlock::internal {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::string kStart = "{\"record\":\"start\",\"v\":1,\"pid\":7,\"tsan\":true}\n";
const std::string kFinding =
    "{\"record\":\"finding\",\"kind\":\"deadlock\",\"cycle\":[\"M1\",\"M2\"],\"later\":{\"x\":1}}"
    "\n";
const std::string kDump =
    "{\"record\":\"dump\",\"reason\":\"timeout\",\"threads\":[{\"id\":\"T1\"}]}\n";
const std::string kEnd = "{\"record\":\"end\",\"records\":3}\n";

TEST(Wire, ReadsEveryRecord) {
  const WireLog log = read_wire(kStart + kFinding + kDump + kEnd, "log");
  EXPECT_TRUE(log.started);
  EXPECT_TRUE(log.tsan);
  EXPECT_TRUE(log.ended);
  ASSERT_THAT(log.findings, SizeIs(1));
  EXPECT_EQ(log.findings[0].kind, FindingKind::kDeadlock);
  EXPECT_THAT(log.findings[0].cycle, SizeIs(2));
  ASSERT_TRUE(log.dump);
  EXPECT_EQ(log.dump->reason, "timeout");
  EXPECT_THAT(log.error, IsEmpty());
}

TEST(Wire, EmptyLogIsNoError) {
  const WireLog log = read_wire("", "log");
  EXPECT_FALSE(log.started);
  EXPECT_FALSE(log.tsan);
  EXPECT_FALSE(log.ended);
  EXPECT_THAT(log.error, IsEmpty());
}

TEST(Wire, DropsALastLineCutAnywhereAndKeepsWhatWasBefore) {
  for (std::size_t length = 0; length < kFinding.size(); ++length) {
    const WireLog log = read_wire(kFinding + kFinding.substr(0, length), "log");
    EXPECT_THAT(log.findings, SizeIs(1)) << length;
    EXPECT_THAT(log.error, IsEmpty()) << length;
  }
  EXPECT_THAT(read_wire(kFinding + kFinding, "log").findings, SizeIs(2));
}

TEST(Wire, NamesADamagedMiddleLineAndReadsTheRest) {
  const WireLog log = read_wire(kStart + "{\"record\":\n" + kFinding + kEnd, "dir/log");
  EXPECT_THAT(log.findings, SizeIs(1));
  EXPECT_TRUE(log.ended);
  EXPECT_THAT(log.error, StartsWith("dir/log:2: "));
}

TEST(Wire, ReportsSeveralDamagedLinesOnOneLine) {
  const WireLog log = read_wire("x\n[]\n{}\n" + kFinding, "log");
  EXPECT_THAT(log.findings, SizeIs(1));
  EXPECT_THAT(log.error, StartsWith("log:1: "));
  EXPECT_THAT(log.error, HasSubstr("2 more"));
  EXPECT_EQ(log.error.find('\n'), std::string::npos);
}

TEST(Wire, UnknownKindIsDamageButUnknownRecordIsNot) {
  EXPECT_THAT(read_wire("{\"record\":\"finding\",\"kind\":\"no-such\"}\n", "log").error,
              HasSubstr("no-such"));
  EXPECT_THAT(read_wire("{\"record\":\"weather\"}\n", "log").error, IsEmpty());
}

TEST(Wire, RefusesAnotherVersionOfTheFormat) {
  EXPECT_THAT(read_wire("{\"record\":\"start\",\"v\":2}\n", "log").error, HasSubstr("version 2"));
}

TEST(Wire, KeepsTheFirstDump) {
  const WireLog log = read_wire(kDump + "{\"record\":\"dump\",\"reason\":\"second\"}\n", "log");
  ASSERT_TRUE(log.dump);
  EXPECT_EQ(log.dump->reason, "timeout");
}

TEST(Wire, SurvivesBytesThatAreNoText) {
  std::string noise;
  for (int i = 0; i < 4096; ++i) noise += static_cast<char>((i * 7919) >> 3);
  const WireLog log = read_wire(noise + "\n" + kFinding, "log");
  EXPECT_THAT(log.findings, SizeIs(1));
  EXPECT_THAT(log.error, StartsWith("log:"));
}

}  // namespace
}  // namespace gridlock::internal
