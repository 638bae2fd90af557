// SPDX-License-Identifier: Apache-2.0
//
// What a program can do to the log, and what the log must not do to the program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/scenario/temp_dir.h"
#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;

TEST(LogFile, IsOpenedAgainWhereTheProgramClosedAllDescriptorsAndChangedItsFolder) {
  const Probe run = probe("closes-all");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.kinds(), ElementsAre("misuse-unlock-free"));
  EXPECT_TRUE(run.wire.started);
  EXPECT_TRUE(run.wire.ended);
}

TEST(LogFile, NeverIsAFileOfTheProgramThatHasItsNumberNow) {
  const Probe run = probe("own-file-takes-its-number");
  EXPECT_EQ(run.output, "own file 0 bytes\n");
  EXPECT_THAT(run.kinds(), ElementsAre("misuse-unlock-free"));
}

TEST(LogFile, SaysNothingIntoAConnectionThatHasTheNumberOfStandardError) {
  const Probe run = probe("standard-error-is-a-connection", "log_path=/no/such/folder/log", true);
  EXPECT_THAT(run.output, HasSubstr("the other side read -1\n"));
}

TEST(LogFile, ThatIsAFifoWithoutAReaderIsOneLineAndTheProgramGoesOn) {
  const internal::TempDir folder;
  const std::string fifo = folder.path() + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const Probe run = probe("unlock-free", "log_path=" + fifo, true);
  EXPECT_FALSE(run.timed_out);
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.output, HasSubstr("gridlock: cannot write findings to '" + fifo + "'"));
}

TEST(LogFile, OverTheProgramsFileSizeLimitSendsTheProgramNoSignal) {
  const Probe run = probe("file-size-limit");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.output, HasSubstr("signals 0\n"));
  EXPECT_THAT(run.wire.left_out, ElementsAre(Pair("misuse-unlock-free", 1)));
}

TEST(LogFile, LeavesASignalThatWasPendingBeforeToTheProgram) {
  EXPECT_THAT(probe("pending-signal-stays").output, HasSubstr("signals 0\nsignals 1\n"));
}

TEST(LogFile, BehindAStandardErrorWithoutReaderSendsTheProgramNoSignal) {
  const Probe run = probe("standard-error-without-reader", "log_path=/no/such/folder/log", true);
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.output, HasSubstr("signals 0\n"));
}

TEST(LogLimit, OfFindingsAtOnePlaceIsSixteenAndTheRestIsCounted) {
  const Probe run = probe("wrong-line-often 1000");
  EXPECT_THAT(run.wire.findings, SizeIs(16));
  EXPECT_THAT(run.wire.left_out, ElementsAre(Pair("misuse-unlock-free", 984)));

  const Probe few = probe("wrong-line-often 5", "max_alike=5");
  EXPECT_THAT(few.wire.findings, SizeIs(5));
  EXPECT_THAT(few.wire.left_out, SizeIs(0));
}

TEST(LogLimit, OfOnePlaceHidesNothingAtAnother) {
  const Probe run = probe("wrong-lines", "max_alike=1");
  EXPECT_THAT(run.wire.findings, SizeIs(2));
  EXPECT_THAT(run.wire.left_out, SizeIs(0));
}

// Each process had a limit of its own.
TEST(LogLimit, OfTheFileIsThatOfAllWhoWereForked) {
  const Probe run = probe("forks-fill-the-log", "log_limit=1:predict=0");
  EXPECT_GT(run.log.size(), 1U << 20U);
  EXPECT_LT(run.log.size(), 5U << 19U);  // what is not limited: a first and a last record of each
  EXPECT_FALSE(run.wire.left_out.empty());
}

TEST(LogLimit, OfTheFileIsThatOfDumpsToo) {
  const Probe run = probe("dumps-fill-the-log 3", "log_limit=1:dump_signal=3");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_LT(run.log.size(), (1U << 20U) + 65536U);
  EXPECT_TRUE(run.wire.ended);
  EXPECT_THAT(run.output, HasSubstr("gridlock: the log has reached log_limit"));
}

TEST(LogLimit, OfTheFileKeepsItsEndAndCountsTheRest) {
  const Probe run = probe("fills-the-log", "log_limit=1:max_alike=1000000:predict=0");
  EXPECT_LT(run.log.size(), (1U << 20U) + 65536U);
  EXPECT_TRUE(run.wire.ended);
  EXPECT_EQ(run.wire.error, "");
  std::uint64_t all = run.wire.findings.size();
  for (const auto& [kind, count] : run.wire.left_out) all += count;
  EXPECT_GT(run.wire.left_out.size(), 0U);
  EXPECT_GE(all, 2500U);
}

}  // namespace
}  // namespace gridlock::test
