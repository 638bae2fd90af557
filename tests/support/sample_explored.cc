// SPDX-License-Identifier: Apache-2.0
//
// Tests whose schedules were chosen: one that failed, with the way to it, one that crashed, and one of which a shard is lost.
#include "tests/support/sample_reports.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gridlock::support {
namespace {

Act step(std::string operation, std::string thread, const char* function, int line) {
  Frame in_runtime;
  in_runtime.function = function;
  in_runtime.file = "/usr/include/c++/12/atomic";
  in_runtime.line = 1;
  Frame in_test;
  in_test.function = "transfer(Account&, Account&, long)";
  in_test.file = "bank.cc";
  in_test.line = line;
  return {.operation = std::move(operation),
          .object = {},
          .thread = std::move(thread),
          .lock = {},
          .stack = {in_runtime, in_test}};
}

/// What a step was done to, with which values, and what its thread held behind it.
struct Done {
  std::string object;
  int size = 0;
  std::optional<StepValue> before = {};
  std::optional<StepValue> after = {};
  std::vector<std::string> held = {};
  bool waits = false;
};

ChosenStep done(std::uint64_t number, std::string thread, std::string operation, int line,
                Done what) {
  ChosenStep one;
  one.number = number;
  one.stack = step({}, {}, "__tsan_write8", line).stack;
  one.thread = std::move(thread);
  one.operation = std::move(operation);
  one.object = std::move(what.object);
  one.size = what.size;
  one.before = what.before;
  one.after = what.after;
  one.held = std::move(what.held);
  one.granted = !what.waits;
  one.waits = what.waits;
  return one;
}

std::vector<ChosenStep> way_to_a_deadlock() {
  const StepValue address{.number = 0, .address = true};
  return {done(3, "T1", "create", 20, {"T2"}),
          done(5, "T1", "lock", 8, {.object = "M1", .held = {"M1"}}),
          done(7, "T2", "lock", 8, {.object = "M2", .held = {"M2"}}),
          done(8, "T1", "read", 10, {"V1", 8, StepValue{100}, {}, {"M1"}}),
          done(9, "T1", "write", 10, {"V1", 8, StepValue{100}, StepValue{-1}, {"M1"}}),
          done(10, "T1", "store", 11, {"A4", 8, address, StepValue{0x3ff0000000000000}, {"M1"}}),
          done(11, "T2", "update", 12, {"A5", 4, StepValue{1}, StepValue{2}, {"M2"}}),
          done(12, "T1", "lock", 9, {.object = "M2", .held = {"M1"}, .waits = true}),
          done(13, "T2", "lock", 9, {.object = "M1", .held = {"M2"}, .waits = true})};
}

Outcome explored(std::string name, std::vector<ExploredShard> shards, std::uint64_t of) {
  Outcome outcome;
  outcome.name = std::move(name);
  outcome.summary = "Schedules that were chosen";
  ProgramInfo& program = outcome.program.emplace();
  program.name = "bank_test";
  program.command = "/home/me/bank_test";
  program.pids = {71};
  program.tsan = program.ended = true;
  Exploration& exploration = outcome.exploration.emplace();
  exploration.name = outcome.name;
  exploration.strategy = "mix";
  exploration.seed = 7;
  exploration.asked = 12000;
  exploration.of = of;
  exploration.shards = std::move(shards);
  exploration.steps = 57;
  exploration.seconds = 2.5;
  exploration.traces = {3, 4, 1'000'000'007};
  return outcome;
}

}  // namespace

Report explored_report() {
  Outcome failed = explored("Bank.KeepsItsMoney", {{1, 697, true}}, 1);
  Finding finding = deadlock();
  finding.execution = ChosenExecution{
      .replay = "gl1:o:27a6f78346587abe:l.0852.1153:-b51f0:57:0e8506bf56df9b46.0a.c9:a8d6",
      .number = 696,
      .seed = 7,
      .steps = 57,
      .switches = 3,
      .path = {step("pauses", "T1", "__tsan_write4", 8),
               step("pauses", "T2", "pthread_mutex_lock", 9),
               step("stops", "T1", "pthread_mutex_lock", 9)},
      .way = way_to_a_deadlock()};
  failed.exploration->failure = "deadlock";
  failed.exploration->text = "all threads wait for each other:";
  failed.exploration->replay = finding.execution->replay;
  failed.findings = {std::move(finding)};
  failed.verdict = Verdict::kUnexpected;
  failed.reason = "found deadlock";

  Outcome crashed = explored("Bank.<b>Prints</b>", {{1, 12, true}}, 1);
  crashed.exploration->failure = "exception";
  crashed.exploration->text =
      "T2 does not catch an exception of type std::runtime_error: out of <paper>";
  crashed.exploration->replay = "gl1:r:27a6f78346587abe:a:-:5:0e8506bf56df9b46:a8d6";
  crashed.verdict = Verdict::kCrashed;
  crashed.reason = crashed.exploration->failure + ": " + crashed.exploration->text;

  Outcome lost = explored("Bank.PaysOnce", {{1, 4000, true}, {3, 17, false}}, 3);
  lost.verdict = Verdict::kCrashed;
  lost.reason = "2 of 3 shards are lost";

  Report report = report_of("Bank.KeepsItsMoney", {});
  report.outcomes = {std::move(failed), std::move(crashed), std::move(lost),
                     explored("Bank.CountsRight", {{1, 6000, true}, {2, 6000, true}}, 2)};
  return report;
}

}  // namespace gridlock::support
