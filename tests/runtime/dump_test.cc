// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <string>

#include "tests/runtime/child.h"

namespace gridlock::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const ThreadInfo* thread_named(const ProcessDump& dump, std::string_view name) {
  const auto found = std::find_if(dump.threads.begin(), dump.threads.end(),
                                  [&](const ThreadInfo& thread) { return thread.name == name; });
  return found == dump.threads.end() ? nullptr : &*found;
}

TEST(Dump, SaysOfEachThreadWhatItHoldsWantsAndDoes) {
  const Probe run =
      probe("dump-of-three " + std::to_string(SIGQUIT), "dump_signal=" + std::to_string(SIGQUIT));
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("went on"));
  ASSERT_TRUE(run.wire.dump.has_value()) << run.log;
  const ProcessDump& dump = *run.wire.dump;
  EXPECT_EQ(dump.reason, "requested");

  const ThreadInfo* const main = thread_named(dump, "main");
  const ThreadInfo* const blocked = thread_named(dump, "blocked");
  const ThreadInfo* const spinner = thread_named(dump, "spinner");
  ASSERT_TRUE(main != nullptr && blocked != nullptr && spinner != nullptr) << run.log;
  ASSERT_THAT(main->held, SizeIs(1));
  EXPECT_EQ(main->state, "running");
  EXPECT_EQ(blocked->state, "blocked");
  ASSERT_TRUE(blocked->wants.has_value());
  EXPECT_EQ(blocked->wants->object, main->held[0].object);
  EXPECT_EQ(spinner->state, "running");
  EXPECT_THAT(spinner->held, SizeIs(1));
  EXPECT_THAT(spinner->stack, Not(IsEmpty()));
}

TEST(Dump, IsNotMadeWhereNoSignalWasChosen) {
  const Probe run = probe("dump-of-three " + std::to_string(SIGQUIT));
  EXPECT_EQ(run.signal, SIGQUIT);
  EXPECT_FALSE(run.wire.dump.has_value());
}

struct Crash {
  const char* arguments;
  int signal;
  const char* reason;
};

class CrashTest : public testing::TestWithParam<Crash> {};

TEST_P(CrashTest, IsDumpedAndStillACrash) {
  const Probe run = probe(GetParam().arguments, "crash_handler=1");
  EXPECT_EQ(run.signal, GetParam().signal) << "exit code " << run.exit_code << run.output;
  ASSERT_TRUE(run.wire.dump.has_value());
  EXPECT_THAT(run.wire.dump->reason, HasSubstr(GetParam().reason));
  ASSERT_THAT(run.wire.dump->threads, Not(IsEmpty()));
  EXPECT_THAT(run.wire.dump->threads[0].stack, Not(IsEmpty()));
}

TEST_P(CrashTest, IsOneWithoutTheHandlerToo) {
  const Probe run = probe(GetParam().arguments);
  EXPECT_EQ(run.signal, GetParam().signal);
  EXPECT_FALSE(run.wire.dump.has_value());
}

// The instruction that crashed, the call, and the signal from elsewhere: each in a way of its own.
INSTANTIATE_TEST_SUITE_P(
    All, CrashTest,
    testing::Values(Crash{"write-to-null", SIGSEGV, "SIGSEGV"}, Crash{"abort", SIGABRT, "SIGABRT"},
                    Crash{"raise 11", SIGSEGV, "SIGSEGV"}, Crash{"raise 7", SIGBUS, "SIGBUS"},
                    Crash{"raise 4", SIGILL, "SIGILL"}, Crash{"raise 8", SIGFPE, "SIGFPE"},
                    Crash{"raise 6", SIGABRT, "SIGABRT"}, Crash{"raise 5", SIGTRAP, "SIGTRAP"},
                    Crash{"kill 11", SIGSEGV, "SIGSEGV"}));

}  // namespace
}  // namespace gridlock::test
