// SPDX-License-Identifier: Apache-2.0
#include "tests/runtime/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <utility>

#include "harness/scenario/spawn.h"
#include "harness/scenario/temp_dir.h"
#include "tests/support/described_log.h"

namespace gridlock::test {
namespace {

std::string read_all(const std::string& path) {
  std::ostringstream text;  // not character by character, which takes long without optimisation
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(text).str();
}

}  // namespace

std::vector<std::string> Probe::kinds() const {
  std::vector<std::string> names;
  for (const Finding& finding : wire.findings) names.emplace_back(info(finding.kind).name);
  std::sort(names.begin(), names.end());
  return names;
}

namespace {

struct Request {
  std::string options;
  bool names_log = true;  // otherwise the options do, or the program goes without
  std::string denied{};   // GRIDLOCK_PROBE_DENY
  std::string program = RUNTIME_PROBE;
  std::chrono::seconds limit{60};
};

Probe run(std::string_view arguments, Request request) {
  const internal::TempDir folder;
  const std::string log_path = folder.path() + "/log.jsonl";
  const std::string output_path = folder.path() + "/output";
  if (request.names_log) request.options += ":log_path=" + log_path;
  const internal::Fd output(
      ::open(output_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));

  internal::SpawnSpec spec;
  spec.argv = {request.program};
  std::istringstream words{std::string(arguments)};
  for (std::string word; words >> word;) spec.argv.push_back(word);
  // The sanitizers leave signals alone: what the process does with them is the matter of the test.
  const std::string sanitizer =
      "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0:"
      "allow_user_segv_handler=1:detect_deadlocks=0";
  spec.environment = {
      "GRIDLOCK_OPTIONS=exit_code=0:" + request.options,
      "TSAN_OPTIONS=" + sanitizer + ":report_thread_leaks=0:atexit_sleep_ms=0:die_after_fork=0",
      "ASAN_OPTIONS=" + sanitizer + ":detect_leaks=0", "UBSAN_OPTIONS=" + sanitizer};
  if (!request.denied.empty()) spec.environment.push_back("GRIDLOCK_PROBE_DENY=" + request.denied);
  spec.output_fd = output.get();

  const internal::ProcessEnd end = internal::wait_bounded(internal::spawn(spec), request.limit);
  Probe result{end.exit_code,         end.signal,         end.timed_out,
               read_all(output_path), read_all(log_path), {}};
  result.wire = internal::read_wire(result.log, "log.jsonl");
  // Whatever a test is about: the runtime's own writer says only what a reader reads.
  for (const std::string& line : support::undescribed_members(result.log)) ADD_FAILURE() << line;
  return result;
}

}  // namespace

Probe probe(std::string_view arguments, std::string options, bool own_log_path) {
  if (own_log_path) return run(arguments, {.options = std::move(options), .names_log = false});
  return run(arguments, {.options = "quiet=1:" + options});
}

std::vector<std::string> kinds(std::string_view arguments, std::string options) {
  const Probe run = probe(arguments, std::move(options));
  EXPECT_EQ(run.exit_code, 0) << arguments << '\n' << run.output;
  return run.kinds();
}

Probe run_program(const std::string& program, std::string_view arguments,
                  const std::string& options) {
  return run(arguments, {.options = "quiet=1:" + options, .program = program});
}

Probe probe_denied(int call, int error, std::string_view arguments, std::string options) {
  return run(arguments, {.options = std::move(options),
                         .denied = std::to_string(call) + "," + std::to_string(error),
                         .limit = std::chrono::seconds(6)});
}

}  // namespace gridlock::test
