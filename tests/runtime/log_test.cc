// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;

TEST(Log, HasAStartAndAnEndAndLinesThatAllParse) {
  const Probe run = probe("unlock-free");
  EXPECT_TRUE(run.wire.started);
  EXPECT_TRUE(run.wire.ended);
  EXPECT_EQ(run.wire.error, "");
  const auto lines = std::count(run.log.begin(), run.log.end(), '\n');
  EXPECT_EQ(lines, 4 + static_cast<std::ptrdiff_t>(run.wire.modules.size())) << run.log;
}

TEST(Log, HasAnEndAlsoAfterUnderscoreExitAndNoneAfterTheSystemCallAlone) {
  const Probe seen = probe("underscore-exit");
  EXPECT_TRUE(seen.wire.ended);
  EXPECT_EQ(seen.exit_code, 0);
  const Probe unseen = probe("exit-group");
  EXPECT_TRUE(unseen.wire.started);
  EXPECT_FALSE(unseen.wire.ended);
}

TEST(Log, BeginsWithTheProgramAndItsArguments) {
  const Probe run = probe("none 17");
  EXPECT_EQ(run.wire.program, RUNTIME_PROBE);
  EXPECT_THAT(run.wire.arguments, ElementsAre("none", "17"));
}

TEST(Log, HasTheWholeFindingWhenTheProcessIsKilledRightAfterIt) {
  const Probe misuse = probe("killed-after-finding");
  EXPECT_EQ(misuse.signal, 9);
  EXPECT_THAT(misuse.log, EndsWith("}\n"));
  EXPECT_THAT(misuse.kinds(), ElementsAre("misuse-unlock-free"));

  const Probe deadlock = probe("killed-after-deadlock", "predict=0:on_deadlock=throw");
  EXPECT_EQ(deadlock.signal, 9);
  EXPECT_THAT(deadlock.log, EndsWith("}\n"));
  EXPECT_THAT(deadlock.kinds(), ElementsAre("deadlock"));
  EXPECT_EQ(deadlock.wire.error, "");
}

TEST(Log, ThatCannotBeWrittenIsOneLineAndTheProgramGoesOn) {
  const Probe run = probe("unlock-free", "log_path=/no/such/folder/log.jsonl", true);
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.output,
            "gridlock: cannot write findings to '/no/such/folder/log.jsonl' (option log_path)\n"
            "gridlock: Unlock of a free lock: free (M3, probe_misuse.cc:33); main (T1) "
            "[misuse-unlock-free]\n"
            "gridlock: Unlock of a free lock: free (M3, probe_misuse.cc:33); main (T1) "
            "[misuse-unlock-free]\n"
            "free 1\n");
}

TEST(Log, ThatWasAskedForIsMadeEvenIfThereIsNothingToSay) {
  const Probe run = probe("none");
  EXPECT_TRUE(run.wire.started);
  EXPECT_THAT(run.kinds(), IsEmpty());
  EXPECT_EQ(run.output, "");
}

}  // namespace
}  // namespace gridlock::test
