// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "harness/platform/processes.h"
#include "harness/platform/raw_io.h"

namespace gridlock::internal {
namespace {

// Signal 0 only asks, so nothing is hurt where this fails. A system call that was refused answers
// -EPERM, which is -1: for kill that is everybody.
TEST(SignalProcess, NeverMeansAGroupOrEverybody) {
  EXPECT_EQ(signal_process(-1, 0), -ESRCH);
  EXPECT_EQ(signal_process(0, 0), -ESRCH);
  EXPECT_EQ(signal_process(-getpgrp(), 0), -ESRCH);
}

TEST(SignalProcess, ReachesAProcess) { EXPECT_EQ(signal_process(process_id(), 0), 0); }

TEST(ProcessId, IsThatOfLibc) { EXPECT_EQ(process_id(), getpid()); }

}  // namespace
}  // namespace gridlock::internal
