// SPDX-License-Identifier: Apache-2.0
//
// Compiled like user code, because it calls the user's function in the child and may throw.
#include <gridlock/process.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>

#include "harness/primitives/throw.h"
#include "harness/runtime/process_tree/process_life.h"

namespace gridlock {
namespace internal {
namespace {

constexpr std::uint64_t kDaemonPatienceNs = 1'000'000'000;

// What the parent leaves in these buffers the child would print again. Only these: to flush every
// open file waits for any thread that is just reading one.
void flush_output() noexcept {
  try {
    std::cout.flush();
    std::clog.flush();
  } catch (...) {  // NOLINT(bugprone-empty-catch): a stream that throws has lost its output anyway
  }
  std::fflush(stdout);
  std::fflush(stderr);
}

void say_how_it_ended(const char* what) noexcept {
  ProcessFacts facts;
  if (!process_facts(this_tree_process(), &facts)) return;
  std::fprintf(stderr, "gridlock::Process: P%u %s was ended by an exception: %s\n",
               this_tree_process(), &facts.name[0], what);
}

int run_in_child(int (*run)(void*), void* context) noexcept {
  try {
    return run(context);
  } catch (const std::exception& error) {
    say_how_it_ended(error.what());
  } catch (...) {
    say_how_it_ended("not a std::exception");
  }
  return 1;
}

std::optional<int> known(int exit_code) noexcept {
  if (exit_code == kExitUnknown) return std::nullopt;
  return exit_code;
}

}  // namespace

StartedProcess start_process(const ProcessOptions& options, CallSite where, int (*run)(void*),
                             void* context) {
  int error = 0;
  const std::uint32_t number = process_will_begin(options.name, options.daemon, where, &error);
  if (number == 0) throw_error(error, "gridlock::Process");
  flush_output();
  const int pid = process_fork(number);
  if (pid == 0) {
    const int exit_code = run_in_child(run, context);
    flush_output();
    process_ends(exit_code);
  }
  if (pid < 0) throw_error(-pid, "gridlock::Process");
  return {number, pid, this_process_id()};
}

}  // namespace internal

void Process::join() {
  if (!joinable()) internal::throw_error(EINVAL, "gridlock::Process::join");
  if (started_.parent_pid != internal::this_process_id())
    internal::throw_error(ECHILD, "gridlock::Process::join");
  if (!internal::process_will_join(id(), false))
    internal::throw_deadlock("gridlock::Process::join");
  int exit_code = 0;
  internal::reap_process(id(), internal::kNoTimeout, &exit_code);
  internal::process_joined();
  ended(internal::known(exit_code));
}

bool Process::join_for_nanoseconds(std::uint64_t nanoseconds) {
  if (!joinable()) internal::throw_error(EINVAL, "gridlock::Process::join_for");
  if (started_.parent_pid != internal::this_process_id())
    internal::throw_error(ECHILD, "gridlock::Process::join_for");
  internal::process_will_join(id(), true);
  int exit_code = 0;
  const bool in_time = internal::reap_process(id(), nanoseconds, &exit_code);
  internal::process_joined();
  if (in_time) ended(internal::known(exit_code));
  return in_time;
}

void Process::ended(std::optional<int> exit_code) noexcept {
  exit_code_ = exit_code;
  started_ = {};
}

void Process::terminate() noexcept {
  if (started_.parent_pid == internal::this_process_id()) internal::signal_child(id(), SIGTERM);
}

void Process::kill() noexcept {
  if (started_.parent_pid == internal::this_process_id()) internal::signal_child(id(), SIGKILL);
}

void Process::leave() noexcept {
  if (!joinable() || started_.parent_pid != internal::this_process_id()) return;
  if (daemon_) {
    terminate();
    if (join_for_nanoseconds(internal::kDaemonPatienceNs)) return;
    kill();
  }
  join();
}

bool Process::is_alive() const noexcept {
  internal::ProcessFacts facts;
  return internal::process_facts(id(), &facts) && facts.is_alive;
}

std::string Process::name() const {
  internal::ProcessFacts facts;
  return internal::process_facts(id(), &facts) ? &facts.name[0] : "";
}

namespace {

bool snapshot(std::uint32_t id, ProcessSnapshot* out) {
  internal::ProcessFacts facts;
  if (!internal::process_facts(id, &facts)) return false;
  *out = {id,           &facts.name[0], facts.pid,     facts.parent_pid,
          facts.parent, facts.daemon,   facts.is_alive};
  return true;
}

}  // namespace

std::string ProcessSnapshot::label() const {
  const std::string number = "P" + std::to_string(id);
  return name.empty() ? number : name + " (" + number + ")";
}

ProcessSnapshot current_process() {
  ProcessSnapshot self;
  if (!snapshot(internal::this_tree_process(), &self)) self.pid = internal::this_process_id();
  return self;
}

std::vector<ProcessSnapshot> enumerate_processes() {
  std::vector<ProcessSnapshot> all;
  (void)internal::this_tree_process();  // the calling process is known from now on
  ProcessSnapshot each;
  for (std::uint32_t id = 1; id <= internal::newest_process(); ++id) {
    if (snapshot(id, &each) && each.is_alive) all.push_back(each);
  }
  return all;
}

std::vector<ProcessSnapshot> child_processes() {
  std::vector<ProcessSnapshot> all = enumerate_processes();
  const int self = internal::this_process_id();
  std::erase_if(all, [self](const ProcessSnapshot& each) { return each.parent_pid != self; });
  return all;
}

}  // namespace gridlock
