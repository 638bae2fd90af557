// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/proc_text.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <string>
#include <vector>

namespace gridlock::internal {
namespace {

// Every beginning of the text, each in memory that ends with it, so that AddressSanitizer sees a step
// beyond.
template <typename Parse>
void parse_each_beginning(const std::string& text, Parse parse) {
  for (std::size_t size = 0; size <= text.size(); ++size) {
    std::vector<char> cut(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
    cut.push_back(0);
    parse(cut.data());
  }
}

std::string stat_of(const std::string& name, const std::string& state) {
  return "4711 (" + name + ") " + state +
         " 4710 4711 4709 34816 4711 4194304 118 0 0 0 5 3 0 0 20 0 3 0 987654 4325376 260 "
         "18446744073709551615"
         " 1 2 3 4 5 0 0 4096 2 0 0 0 17 1 0 0 0 0 0 1 2 3 4 5 6 7 256\n";
}

TEST(ProcStat, SaysWhatAProcessDoes) {
  const ProcStatus status = parse_stat(stat_of("cat", "S").c_str());
  EXPECT_EQ(status.state, 'S');
  EXPECT_EQ(status.parent, 4710);
  EXPECT_EQ(status.session, 4709);
  EXPECT_EQ(status.threads, 3u);
  EXPECT_EQ(status.start_time, 987654u);
  EXPECT_EQ(status.wait_status, 256);
}

TEST(ProcStat, HasANameThatMayLookLikeTheRest) {
  for (const char* const name : {"a) R 1 2 3 4", "(", ")", ")) (Z) 7", "two words", ""}) {
    const ProcStatus status = parse_stat(stat_of(name, "Z").c_str());
    EXPECT_EQ(status.state, 'Z') << name;
    EXPECT_EQ(status.parent, 4710) << name;
    EXPECT_EQ(status.wait_status, 256) << name;
  }
}

TEST(ProcStat, ThatIsNoneHasNoState) {
  EXPECT_EQ(parse_stat("").state, 0);
  EXPECT_EQ(parse_stat("4711 (cat").state, 0);
  EXPECT_EQ(parse_stat("4711 (cat)").state, 0);
  EXPECT_EQ(parse_stat("4711 (cat) R").threads, 0u);
  parse_each_beginning(stat_of("cat", "R"), [](const char* text) { (void)parse_stat(text); });
}

std::string status_of(const std::string& caught) {
  return "Name:\tcat\nSigBlk:\t0000000000000000\nSigCgt:\t" + caught +
         "\nvoluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t54\n";
}

TEST(ProcThreadStatus, CountsSwitchesOfBothKinds) {
  const ThreadCounts counts = parse_status(status_of("0000000000000000").c_str());
  EXPECT_TRUE(counts.known);
  EXPECT_EQ(counts.switches, 204u);
  EXPECT_FALSE(counts.handles_alarm);
}

TEST(ProcThreadStatus, TellsAClockFromWhoCleansUpAfterAnySignal) {
  EXPECT_TRUE(parse_status(status_of("0000000000002000").c_str()).handles_alarm);
  EXPECT_FALSE(parse_status(status_of("0000000000001000").c_str()).handles_alarm);
  EXPECT_FALSE(parse_status(status_of("00000001ffffefff").c_str()).handles_alarm)
      << "it handles SIGPOLL, SIGPROF and SIGVTALRM as well";
  EXPECT_TRUE(parse_status(status_of("0000000004002000").c_str()).handles_alarm);
}

TEST(ProcThreadStatus, WithoutOneOfItsLinesIsNotKnown) {
  const std::string whole = status_of("0");
  EXPECT_TRUE(parse_status(whole.c_str()).known);
  for (const char* const line : {"SigCgt:", "\nvoluntary_", "\nnonvoluntary_"}) {
    std::string text = whole;
    text.replace(text.find(line), 3, "\nXx");
    EXPECT_FALSE(parse_status(text.c_str()).known) << line;
  }
  parse_each_beginning(whole, [](const char* text) { (void)parse_status(text); });
}

SystemCall futex_with_limit(const std::string& limit) {
  return parse_syscall(("202 0x7ffd10 0x189 0x0 " + limit + " 0x0 0xffffffff 0x7ffc 0x7f").c_str());
}

TEST(ProcSyscall, SaysTheCallAndItsArguments) {
  const SystemCall call = parse_syscall("0 0x3 0x7ffd10ab 0x20000 0x0 0x1 0xfeed 0x7ffe 0x7f01\n");
  EXPECT_TRUE(call.sleeps);
  EXPECT_EQ(call.call, 0);
  EXPECT_EQ(call.arguments[0], 3u);
  EXPECT_EQ(call.arguments[1], 0x7ffd10abu);
  EXPECT_EQ(call.arguments[5], 0xfeedu);
}

TEST(ProcSyscall, OfOneThatRunsOrSleepsOutsideOfACallSaysNone) {
  for (const char* const text : {"running\n", "-1 0x7ffe 0x7f01\n", ""}) {
    const SystemCall call = parse_syscall(text);
    EXPECT_FALSE(call.sleeps) << text;
    EXPECT_EQ(call.call, -1) << text;
    EXPECT_EQ(kind_of_sleep(call), SleepsIn::kNowhere) << text;
  }
}

TEST(ProcSyscall, TellsAPauseFromAWaitForAnotherThread) {
  const auto call = [](long number) {
    return kind_of_sleep(
        parse_syscall((std::to_string(number) + " 0x0 0x0 0x0 0x0 0x0 0x0").c_str()));
  };
  EXPECT_EQ(call(SYS_nanosleep), SleepsIn::kPause);
  EXPECT_EQ(call(SYS_clock_nanosleep), SleepsIn::kPause);
  EXPECT_EQ(call(SYS_restart_syscall), SleepsIn::kPause);
  EXPECT_EQ(call(SYS_futex), SleepsIn::kFutex);
  EXPECT_EQ(call(SYS_read), SleepsIn::kCall);
#ifdef __x86_64__
  EXPECT_EQ(kind_of_sleep(futex_with_limit("0x0")), SleepsIn::kFutex);
  EXPECT_EQ(kind_of_sleep(futex_with_limit("0x7ffd33")), SleepsIn::kPause);
#endif
}

TEST(ProcSyscall, ThatIsCutHasTheArgumentsThatAreThere) {
  const SystemCall call = parse_syscall("1 0x5 0x");
  EXPECT_EQ(call.arguments[0], 5u);
  EXPECT_EQ(call.arguments[1], 0u);
  parse_each_beginning("202 0x7f 0x189 0x0 0x1 0x2 0x3",
                       [](const char* text) { (void)parse_syscall(text); });
}

TEST(ProcLink, IsAPipeOnlyIfItIsNamedSo) {
  EXPECT_EQ(pipe_of_link("pipe:[31415]"), 31415u);
  EXPECT_EQ(pipe_of_link("/tmp/pipe:[31415]"), 0u);
  EXPECT_EQ(pipe_of_link("socket:[31415]"), 0u);
  EXPECT_EQ(pipe_of_link("anon_inode:[eventpoll]"), 0u);
  EXPECT_EQ(pipe_of_link("pipe:["), 0u);
  EXPECT_EQ(pipe_of_link(""), 0u);
}

TEST(ProcMapping, SaysWhereItIsAndWhetherItIsAFile) {
  const Mapping heap = parse_mapping("55d0c000-55d0d000 rw-p 00000000 00:00 0      [heap]");
  EXPECT_EQ(heap.first, 0x55d0c000u);
  EXPECT_EQ(heap.last, 0x55d0d000u);
  EXPECT_TRUE(heap.writable);
  EXPECT_FALSE(heap.shared);
  EXPECT_FALSE(heap.from_file);
  const Mapping code = parse_mapping("7f2a00000000-7f2a00200000 r-xp 00002000 08:01 131 /lib/x.so");
  EXPECT_EQ(code.last - code.first, 0x200000u);
  EXPECT_FALSE(code.writable);
  EXPECT_TRUE(code.from_file);
  EXPECT_FALSE(code.shared);
  EXPECT_TRUE(parse_mapping("7f2a00000000-7f2a00001000 rw-s 00000000 00:01 9 /dev/zero").shared);
}

TEST(ProcMapping, ThatIsCutIsNoMemoryThatCouldBeGivenBack) {
  parse_each_beginning("55d0c000-55d0d000 rw-p 00000000 00:00 0", [](const char* text) {
    const Mapping mapping = parse_mapping(text);
    if (std::string(text).size() < 38) {
      EXPECT_TRUE(mapping.from_file || mapping.last <= mapping.first) << text;
    }
  });
  EXPECT_EQ(parse_mapping("no line of this file").last, 0u);
}

TEST(ProcNumbers, EndWhereTheyEnd) {
  const char* at = " \t42 x";
  EXPECT_EQ(take_number(at), 42u);
  EXPECT_EQ(*at, ' ');
  at = "deadBeef";
  EXPECT_EQ(take_hex(at), 0xdeadu);
  EXPECT_EQ(*at, 'B');
  at = "";
  EXPECT_EQ(take_number(at), 0u);
  EXPECT_EQ(take_hex(at), 0u);
  EXPECT_EQ(behind("abcabd", "abd"), std::string());
  EXPECT_EQ(behind("abcabc", "abd"), nullptr);
}

}  // namespace
}  // namespace gridlock::internal
