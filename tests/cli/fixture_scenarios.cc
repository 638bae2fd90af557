// SPDX-License-Identifier: Apache-2.0
//
// Scenarios that misbehave in every way that a runner has to live through. end_to_end_test.py knows
// what each must come to. Findings are written to the log by hand, as the runtime would.
#include <gridlock/scenario.h>

#include <fcntl.h>
#include <sys/personality.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace {

using gridlock::FindingKind;

// The path that the runner gave in GRIDLOCK_OPTIONS: the last one counts.
std::string log_path() {
  const char* const options = std::getenv("GRIDLOCK_OPTIONS");
  const std::string_view text = options != nullptr ? options : "";
  const std::string_view key = "log_path=";
  const std::size_t at = text.rfind(key);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + key.size());
  return std::string(rest.substr(0, rest.find(':')));
}

int open_log() { return open(log_path().c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644); }

void write_log(const std::string& text) {
  const int log = open_log();
  if (log < 0 || write(log, text.data(), text.size()) < 0) std::abort();
  close(log);
}

std::string finding(const std::string& kind) {
  return R"({"record":"finding","kind":")" + kind +
         R"(","cycle":["M1","M2"],"objects":[{"id":"M1","type":"Lock","name":"left"},)"
         R"({"id":"M2","type":"Lock","name":"right"}]})"
         "\n";
}

std::string pid_file() {
  const char* const path = std::getenv("FIXTURE_PID_FILE");
  return path != nullptr ? path : "/dev/null";
}

void write_pid(pid_t pid) {
  const int file = open(pid_file().c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  const std::string text = std::to_string(pid) + "\n";
  if (write(file, text.data(), text.size()) < 0) std::abort();
  close(file);
}

[[noreturn]] void wait_for_ever() {
  for (;;) pause();
}

// Returns when the process is as it is to stay.
void leave_process(bool own_session) {
  int ready[2];
  if (pipe(ready) != 0) std::abort();
  if (fork() == 0) {
    if (own_session) setsid();
    write_pid(getpid());
    if (write(ready[1], "x", 1) != 1) _exit(1);
    wait_for_ever();
  }
  char byte = 0;
  if (read(ready[0], &byte, 1) != 1) std::abort();
}

// A process in a session of its own, whose parent has ended: what daemon(3) makes. The next
// generation is started by it.
void leave_generations(int generations) {
  if (generations == 0) return;
  int ready[2];
  if (pipe(ready) != 0) std::abort();
  if (fork() == 0) {
    if (fork() != 0) _exit(0);
    setsid();
    leave_generations(generations - 1);
    write_pid(getpid());
    if (write(ready[1], "x", 1) != 1) _exit(1);
    wait_for_ever();
  }
  char byte = 0;
  if (read(ready[0], &byte, 1) != 1) std::abort();
}

}  // namespace

GRIDLOCK_SCENARIO(silent, {.name = "good/silent",
                           .summary = "Does nothing",
                           .story = "Nothing {at all}.",
                           .case_number = 1,
                           .twin = "bad/segv"}) {}

GRIDLOCK_SCENARIO(prints, {.name = "good/prints", .summary = "Prints on both streams"}) {
  std::cout << "to stdout" << std::endl;
  std::cerr << "to stderr" << std::endl;
}

GRIDLOCK_SCENARIO(deadlocks, {.name = "good/deadlock",
                              .summary = "Ends as the runtime ends a deadlocked process",
                              .case_number = 2,
                              .expect = gridlock::finds(FindingKind::kDeadlock)}) {
  write_log(finding("lock-order-cycle") + finding("deadlock"));
  _exit(1);
}

GRIDLOCK_SCENARIO(leaves_grandchild, {.name = "good/grandchild",
                                      .summary = "Leaves a process that holds its output"}) {
  leave_process(/*own_session=*/false);
}

GRIDLOCK_SCENARIO(leaves_daemon,
                  {.name = "good/daemon", .summary = "Leaves a process outside its group"}) {
  leave_process(/*own_session=*/true);
}

GRIDLOCK_SCENARIO(tree, {.name = "tree/all",
                         .summary = "Hangs amid a child, a daemon and daemons of daemons"}) {
  leave_process(/*own_session=*/false);
  leave_process(/*own_session=*/true);
  leave_generations(20);
  write_pid(getpid());
  wait_for_ever();
}

GRIDLOCK_SCENARIO(kills_runner, {.name = "tree/parricide",
                                 .summary = "Kills what started it, and leaves a daemon"}) {
  leave_process(/*own_session=*/true);
  kill(getppid(), SIGKILL);
  wait_for_ever();
}

GRIDLOCK_SCENARIO(segfaults, {.name = "bad/segv",
                              .summary = "Writes through a null pointer",
                              .expect = gridlock::finds(FindingKind::kDeadlock)}) {
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;
}

GRIDLOCK_SCENARIO(raises, {.name = "bad/raise", .summary = "Sends itself SIGSEGV"}) {
  raise(SIGSEGV);
}

GRIDLOCK_SCENARIO(kills_itself, {.name = "bad/sigkill", .summary = "Kills itself"}) {
  kill(getpid(), SIGKILL);
}

GRIDLOCK_SCENARIO(aborts, {.name = "bad/abort", .summary = "Aborts"}) { std::abort(); }

GRIDLOCK_SCENARIO(throws, {.name = "bad/throw", .summary = "Lets an exception out"}) {
  throw std::runtime_error("nobody catches me");
}

GRIDLOCK_SCENARIO(exits_3, {.name = "bad/exit-3", .summary = "Leaves with an exit code"}) {
  std::exit(3);
}

GRIDLOCK_SCENARIO(hangs, {.name = "bad/hang", .summary = "Never ends"}) {
  write_pid(getpid());
  wait_for_ever();
}

GRIDLOCK_SCENARIO(hangs_deaf, {.name = "bad/hang-deaf", .summary = "Never ends, ignores signals"}) {
  std::signal(SIGQUIT, SIG_IGN);
  write_pid(getpid());
  wait_for_ever();
}

GRIDLOCK_SCENARIO(hangs_with_dump,
                  {.name = "bad/hang-dump", .summary = "Gives a dump when asked"}) {
  // The handler does nothing that ThreadSanitizer would report, which takes longer than a dump may on a busy machine.
  static int log = -1;
  log = open_log();
  std::signal(SIGQUIT, [](int) {
    constexpr char kDump[] =
        R"({"record":"dump","reason":"timeout","threads":[{"id":"T1","name":"main"}]})"
        "\n";
    const int error = errno;
    if (write(log, kDump, sizeof kDump - 1) < 0) std::abort();
    errno = error;
  });
  wait_for_ever();
}

GRIDLOCK_SCENARIO(floods, {.name = "bad/flood", .summary = "Prints without end"}) {
  const std::string line(4095, 'x');
  for (;;) {
    if (write(STDOUT_FILENO, (line + "\n").data(), line.size() + 1) < 0) return;
  }
}

GRIDLOCK_SCENARIO(unexpected,
                  {.name = "bad/unexpected", .summary = "Has a finding, declares none"}) {
  write_log(finding("lock-order-cycle"));
}

GRIDLOCK_SCENARIO(missed, {.name = "bad/missed",
                           .summary = "Declares a finding, has none",
                           .expect = gridlock::finds(FindingKind::kStarvation)}) {}

GRIDLOCK_SCENARIO(damaged, {.name = "bad/log", .summary = "Leaves a log with a hole"}) {
  write_log("{\"record\":\n");
}

GRIDLOCK_SCENARIO(race, {.name = "tsan/race",
                         .summary = "Two threads write one variable",
                         .expect = gridlock::finds(FindingKind::kDataRace)}) {
  static int shared = 0;  // NOLINT: the race is the point
  std::thread other([] { ++shared; });
  ++shared;
  other.join();
  std::cout << shared << std::endl;
}

// What the runtime writes besides findings, and a forked child that writes to the same log.
GRIDLOCK_SCENARIO(facts,
                  {.name = "facts/two-processes",
                   .summary = "An infeasible cycle, contention, the order, and a forked child",
                   .expect = gridlock::finds(FindingKind::kLockOrderCycle)}) {
  const std::string objects =
      R"("objects":[{"id":"M1","type":"Lock","name":"left"},{"id":"M2","type":"Lock","name":"right"},)"
      R"({"id":"M3","type":"Lock","name":"gate"}],"threads":[{"id":"T1","name":"main"}]})"
      "\n";
  write_log(
      R"({"record":"start","v":1,"pid":1,"tsan":false})"
      "\n"
      R"({"record":"start","v":1,"pid":2,"tsan":false})"
      "\n" +
      finding("lock-order-cycle") +
      R"({"record":"infeasible-cycle","pid":1,"reason":"gate","object":"M3","cycle":["M1","M2"],)"
      R"("length":2,"edges":[{"from":"M1","to":"M2","thread":"T1","held_stack":[{"file":"a.cc",)"
      R"("line":1,"function":"left"}]},{"from":"M2","to":"M1","thread":"T1"}],)" +
      objects +
      R"({"record":"contention","pid":2,"object":"M1","acquisitions":3,"waits":1,"wait_ns":5,)" +
      objects +
      R"({"record":"contention","pid":1,"object":"M2","acquisitions":3,"waits":1,"wait_ns":1500,)"
      R"("longest_wait_ns":1500,"longest_wait_thread":"T1",)" +
      objects + R"({"record":"order","pid":1,"from":"M1","to":"M2","thread":"T1",)" + objects +
      R"({"record":"end","pid":2,"infeasible_cycles_dropped":2})"
      "\n");
}

GRIDLOCK_SCENARIO(known_deadlock, {.name = "known/deadlock",
                                   .summary = "Ends in a deadlock that it does not declare"}) {
  write_log(finding("deadlock"));
  _exit(1);
}

GRIDLOCK_SCENARIO(shows_options,
                  {.name = "facts/options", .summary = "Prints the options that it got"}) {
  std::cout << std::getenv("GRIDLOCK_OPTIONS") << std::endl;
}

// What ThreadSanitizer does where the kernel put something into its way: only with random
// addresses.
GRIDLOCK_SCENARIO(needs_setarch,
                  {.name = "tsan/needs-setarch", .summary = "Can only run with fixed addresses"}) {
  if ((personality(0xffffffff) & ADDR_NO_RANDOMIZE) != 0) return;
  std::cerr << "==1==FATAL: ThreadSanitizer: unexpected memory mapping 0x1-0x2" << std::endl;
  _exit(66);
}

GRIDLOCK_SCENARIO(fatal, {.name = "tsan/fatal", .summary = "Cannot run at all"}) {
  std::cerr << "==1==FATAL: ThreadSanitizer: unexpected memory mapping 0x1-0x2" << std::endl;
  _exit(66);
}
