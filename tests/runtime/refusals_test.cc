// SPDX-License-Identifier: Apache-2.0
//
// The kernel refuses something that the observer asks it for. What is not known never means that nobody
// is left; what is plain is found all the same; and what cannot be found is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <cerrno>
#include <string>

#include "tests/runtime/child.h"
#include "tests/support/effort.h"

namespace gridlock::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

void expect_over(const Probe& run) {
  EXPECT_EQ(run.exit_code, 0) << run.log << run.output;
  EXPECT_THAT(run.kinds(), IsEmpty());
  EXPECT_THAT(run.output, HasSubstr("over\n"));
}

class ThreadThatCannotBeListed : public testing::TestWithParam<int> {};
TEST_P(ThreadThatCannotBeListed, MayEndAWait) {
  expect_over(probe("unlisted-helper " + std::to_string(GetParam())));
}
INSTANTIATE_TEST_SUITE_P(Primitives, ThreadThatCannotBeListed, testing::Range(0, 6));

TEST(ThreadsThatCannotBeListed, MayEndAWaitOfAnotherProcess) {
  expect_over(probe("unlisted-helper-of-a-child"));
}

TEST(ThreadsThatCannotBeListed, DoNotMatterToACycleOfLocks) {
  const Probe run = probe("crossed-without-descriptors", "predict=0");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.kinds(), ElementsAre("deadlock"));
}

class FirstFindingWithoutAddressSpace : public testing::TestWithParam<const char*> {};
TEST_P(FirstFindingWithoutAddressSpace, IsWritten) {
  if (kSanitized) GTEST_SKIP() << "the sanitizer needs address space itself";
  static constexpr const char* kForms[] = {"misuse-unlock-free", "", "deadlock", "self-deadlock",
                                           "starvation"};
  for (int form = 0; form < 5; ++form) {
    if (std::string(kForms[form]) != GetParam()) continue;
    const Probe run = probe("no-address-space " + std::to_string(form), "predict=0");
    EXPECT_THAT(run.kinds(), testing::Contains(GetParam())) << run.output << run.log;
    EXPECT_FALSE(run.timed_out);
    EXPECT_FALSE(run.wire.findings.empty() || run.wire.findings[0].threads.empty());
  }
}
INSTANTIATE_TEST_SUITE_P(Kinds, FirstFindingWithoutAddressSpace,
                         testing::Values("misuse-unlock-free", "deadlock", "self-deadlock",
                                         "starvation"));

TEST(ProcessTreeWithoutAddressSpace, FindsWhatGoesAcrossProcesses) {
  if (kSanitized) GTEST_SKIP() << "the sanitizer needs address space itself";
  const Probe cycle = probe("process-tree-without-address-space 0", "predict=0");
  EXPECT_THAT(cycle.kinds(), ElementsAre("deadlock")) << cycle.output << cycle.log;
  EXPECT_FALSE(cycle.timed_out);
  const Probe nobody = probe("process-tree-without-address-space 1", "predict=0");
  EXPECT_THAT(nobody.kinds(), ElementsAre("starvation")) << nobody.output << nobody.log;
  EXPECT_FALSE(nobody.timed_out);
}

TEST(ManyLocksWithoutAddressSpace, AreHeldAndGivenBack) {
  if (kSanitized) GTEST_SKIP() << "the sanitizer needs address space itself";
  expect_over(probe("holds-many-without-address-space", "predict=0"));
}

struct Call {
  int number;
  const char* name;
};
void PrintTo(const Call& call, std::ostream* out) { *out << call.name; }

// Each that the observer asks for itself, but futex and exit_group, without which no program does. Those of
// a reaper, of programs and of names are not needed to find what is looked for here.
const Call kCalls[] = {
    {SYS_process_vm_readv, "process_vm_readv"},
    {SYS_openat, "openat"},
    {SYS_getdents64, "getdents64"},
    {SYS_read, "read"},
    {SYS_close, "close"},
    {SYS_fcntl, "fcntl"},
    {SYS_fstat, "fstat"},
    {SYS_newfstatat, "newfstatat"},
    {SYS_readlink, "readlink"},
    {SYS_readlinkat, "readlinkat"},
    {SYS_getcwd, "getcwd"},
    {SYS_ppoll, "ppoll"},
    {SYS_pread64, "pread64"},
    {SYS_rt_sigprocmask, "rt_sigprocmask"},
    {SYS_rt_sigpending, "rt_sigpending"},
    {SYS_sigaltstack, "sigaltstack"},
    {SYS_rt_sigaction, "rt_sigaction"},
    {SYS_membarrier, "membarrier"},
    {SYS_clock_gettime, "clock_gettime"},
    {SYS_getpid, "getpid"},
    {SYS_gettid, "gettid"},
    {SYS_getppid, "getppid"},
    {SYS_kill, "kill"},
    {SYS_tgkill, "tgkill"},
    {SYS_mmap, "mmap"},
    {SYS_munmap, "munmap"},
    {SYS_statx, "statx"},
    {SYS_pidfd_open, "pidfd_open"},
    {SYS_pipe2, "pipe2"},
    {SYS_wait4, "wait4"},
    {SYS_prctl, "prctl"},
};

struct Wrong {
  const char* situation;
  const char* kind;
};
const Wrong kWrong[] = {
    {"denied-locks-itself", "self-deadlock"}, {"denied-crossed", "deadlock"},
    {"denied-crossed-shared", "deadlock"},    {"denied-nobody-sets", "starvation"},
    {"denied-crossed-in-tree", "deadlock"},   {"denied-nobody-releases-in-tree", "starvation"},
};

class RefusedCall : public testing::TestWithParam<Call> {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "the sanitizer needs the call itself";
    if (probe_denied(SYS_acct, EPERM, "denied-correct").exit_code == 77)
      GTEST_SKIP() << "this kernel lets nobody install a filter (seccomp)";
  }
};

TEST_P(RefusedCall, LeavesWhatIsWrongFoundOrSaysInALineWhatIsOff) {
  for (const int error : {EPERM, ENOSYS}) {
    for (const Wrong& wrong : kWrong) {
      const Probe run = probe_denied(GetParam().number, error, wrong.situation, "predict=0");
      const bool found = testing::Value(run.kinds(), testing::Contains(wrong.kind));
      // An exception that the program lets out is said by libc: "what():  gridlock::Process: ...".
      const bool said = testing::Value(
          run.output, testing::AnyOf(HasSubstr("gridlock: "), HasSubstr("gridlock::Process: ")));
      EXPECT_TRUE(found || said) << wrong.situation << " errno " << error << " exit "
                                 << run.exit_code << " signal " << run.signal
                                 << (run.timed_out ? " hangs\n" : "\n") << run.output << run.log;
    }
  }
}

TEST_P(RefusedCall, LeavesACorrectProgramAlone) {
  for (const int error : {EPERM, ENOSYS}) {
    const Probe run = probe_denied(GetParam().number, error, "denied-correct");
    EXPECT_THAT(run.kinds(), IsEmpty()) << run.output << run.log;
    EXPECT_FALSE(run.timed_out);
  }
}
INSTANTIATE_TEST_SUITE_P(One, RefusedCall, testing::ValuesIn(kCalls),
                         [](const auto& call) { return std::string(call.param.name); });

}  // namespace
}  // namespace gridlock::test
