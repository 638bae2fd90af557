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

TEST(Wire, ReadsWhatIsNoFinding) {
  const WireLog log = read_wire(
      R"({"record":"infeasible-cycle","reason":"gate","object":"M3","cycle":["M1","M2"],"length":2,)"
      R"("edges":[{"from":"M1","to":"M2","thread":"T2","held_mode":"shared"}]})"
      "\n"
      R"({"record":"contention","object":"M1","acquisitions":9,"waits":2,"wait_ns":30,)"
      R"("longest_wait":[{"module":"/bin/x","offset":1}]})"
      "\n"
      R"({"record":"order","from":"M1","to":"M2","thread":"T2"})"
      "\n"
      R"({"record":"end","infeasible_cycles_dropped":4,"records":90,"graph_bytes":5})"
      "\n",
      "log");
  EXPECT_THAT(log.error, IsEmpty());
  ASSERT_THAT(log.infeasible_cycles, SizeIs(1));
  EXPECT_EQ(log.infeasible_cycles[0].reason, "gate");
  EXPECT_EQ(log.infeasible_cycles[0].claim.kind, FindingKind::kLockOrderCycle);
  EXPECT_EQ(log.infeasible_cycles[0].claim.edges.at(0).held_mode, "shared");
  EXPECT_EQ(log.infeasible_cycles_dropped, 4U);
  ASSERT_TRUE(log.watching);
  EXPECT_EQ(log.watching->records, 90U);
  EXPECT_EQ(log.watching->graph_bytes, 5U);
  ASSERT_THAT(log.contention, SizeIs(1));
  EXPECT_EQ(log.contention[0].wait_ns, 30U);
  EXPECT_THAT(log.contention[0].longest_wait, SizeIs(1));
  ASSERT_THAT(log.learned_order, SizeIs(1));
  EXPECT_EQ(log.learned_order[0].to, "M2");
  EXPECT_THAT(log.findings, IsEmpty());
}

TEST(Wire, AnInfeasibleCycleOfAnOlderRuntimeIsReadUnderItsOldName) {
  const WireLog log = read_wire(
      R"({"record":"safe-cycle","reason":"gate","object":"M3","cycle":["M1","M2"],"length":2})"
      "\n"
      R"({"record":"end","safe_cycles_dropped":4})"
      "\n",
      "log");
  ASSERT_THAT(log.infeasible_cycles, SizeIs(1));
  EXPECT_EQ(log.infeasible_cycles[0].object, "M3");
  EXPECT_EQ(log.infeasible_cycles_dropped, 4U);
}

TEST(Wire, AnInfeasibleCycleWithoutAReasonIsDamage) {
  EXPECT_THAT(read_wire("{\"record\":\"infeasible-cycle\"}\n", "log").error,
              HasSubstr("reason: missing"));
}

std::string with_pid(const std::string& record, int pid) {
  return "{\"record\":\"" + record + "\",\"pid\":" + std::to_string(pid) +
         ",\"kind\":\"deadlock\",\"reason\":\"of " + std::to_string(pid) +
         "\",\"infeasible_cycles_dropped\":1}\n";
}

TEST(Wire, FindingsOfAForkedChildCountAndItsEndIsNotTheParents) {
  const std::string both =
      with_pid("start", 7) + with_pid("finding", 7) + with_pid("start", 8) + with_pid("finding", 8);
  const WireLog child_ended = read_wire(both + with_pid("end", 8), "log");
  EXPECT_EQ(child_ended.processes, 2U);
  EXPECT_THAT(child_ended.findings, SizeIs(2));
  EXPECT_EQ(child_ended.findings[1].pid, 8U);
  EXPECT_FALSE(child_ended.ended);
  const WireLog parent_ended = read_wire(both + with_pid("end", 7), "log");
  EXPECT_TRUE(parent_ended.ended);
  EXPECT_EQ(
      read_wire(both + with_pid("end", 8) + with_pid("end", 7), "log").infeasible_cycles_dropped,
      2U);
}

TEST(Wire, AnEndWithoutAProcessIdIsTheParentsOnlyWhenAllHaveEnded) {
  const std::string both = with_pid("start", 7) + with_pid("start", 8);
  EXPECT_FALSE(read_wire(both + kEnd, "log").ended);
  EXPECT_TRUE(read_wire(both + kEnd + kEnd, "log").ended);
}

TEST(Wire, PrefersTheDumpOfTheFirstProcess) {
  const std::string both = with_pid("start", 7) + with_pid("start", 8);
  EXPECT_EQ(read_wire(both + with_pid("dump", 8) + with_pid("dump", 7), "log").dump->reason,
            "of 7");
  EXPECT_EQ(read_wire(both + with_pid("dump", 7) + with_pid("dump", 8), "log").dump->reason,
            "of 7");
  EXPECT_EQ(read_wire(both + with_pid("dump", 8), "log").dump->reason, "of 8");
}

const std::string kP1 = R"({"record":"process","id":"P1","pid":7,"parent_pid":3,"name":"main"})"
                        "\n";
const std::string kP2 =
    R"({"record":"process","id":"P2","pid":8,"parent_pid":7,"name":"consumer","daemon":true})"
    "\n";

TEST(Wire, ReadsTheProcessesOfATreeAndHowEachEnded) {
  const WireLog log = read_wire(with_pid("start", 7) + kP1 + kP2 +
                                    R"({"record":"process","id":"P10","pid":16,"parent_pid":8})"
                                    "\n"
                                    R"({"record":"process","id":"P3","pid":9,"parent_pid":7})"
                                    "\n"
                                    R"({"record":"process-end","id":"P2","pid":8,"signal":9})"
                                    "\n"
                                    R"({"record":"process-end","id":"P3","pid":9,"exit_code":0})"
                                    "\n",
                                "log");
  EXPECT_THAT(log.error, IsEmpty());
  EXPECT_EQ(log.first_pid, 7U);
  ASSERT_THAT(log.process_tree, SizeIs(4));
  EXPECT_EQ(log.process_tree[0].id, "P1");
  EXPECT_EQ(log.process_tree[0].state, "running") << "nobody said that it ended";
  EXPECT_EQ(log.process_tree[1].name, "consumer");
  EXPECT_EQ(log.process_tree[1].parent_pid, 7U);
  EXPECT_TRUE(log.process_tree[1].daemon);
  EXPECT_EQ(log.process_tree[1].state, "killed");
  EXPECT_EQ(log.process_tree[1].signal, 9);
  EXPECT_EQ(log.process_tree[1].exit_code, -1);
  EXPECT_EQ(log.process_tree[2].id, "P3");
  EXPECT_EQ(log.process_tree[2].state, "ended");
  EXPECT_EQ(log.process_tree[2].exit_code, 0);
  EXPECT_EQ(log.process_tree[3].id, "P10") << "in the order of the numbers, not of the letters";
}

TEST(Wire, AProcessEndMayComeFirstOrAlone) {
  const std::string end = R"({"record":"process-end","id":"P2","pid":8,"exit_code":3})"
                          "\n";
  const WireLog first = read_wire(end + kP2, "log");
  ASSERT_THAT(first.process_tree, SizeIs(1));
  EXPECT_EQ(first.process_tree[0].name, "consumer");
  EXPECT_EQ(first.process_tree[0].state, "ended");
  EXPECT_EQ(first.process_tree[0].exit_code, 3);
  const WireLog alone = read_wire(R"({"record":"process-end","id":"P2","pid":0,"signal":9})"
                                  "\n",
                                  "log");
  ASSERT_THAT(alone.process_tree, SizeIs(1));
  EXPECT_EQ(alone.process_tree[0].state, "killed");
}

TEST(Wire, AProcessThatLeftByExitHasEndedWhoeverReapedIt) {
  const WireLog log = read_wire(kP1 + kP2 + with_pid("end", 8), "log");
  ASSERT_THAT(log.process_tree, SizeIs(2));
  EXPECT_EQ(log.process_tree[0].state, "running");
  EXPECT_EQ(log.process_tree[1].state, "ended");
  EXPECT_EQ(log.process_tree[1].exit_code, -1);
}

TEST(Wire, OneProcessIsNoTreeAndADamagedOneIsNamed) {
  EXPECT_THAT(read_wire(with_pid("start", 7) + with_pid("end", 7), "log").process_tree, IsEmpty());
  EXPECT_THAT(read_wire("{\"record\":\"process\",\"pid\":8}\n", "log").error,
              HasSubstr("id: missing"));
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
