// SPDX-License-Identifier: Apache-2.0
//
// Tests whose schedules were chosen: one that failed, with the way to it, one that crashed, and one of which a shard is lost.
#include "tests/support/sample_reports.h"

#include <string>
#include <utility>
#include <vector>

namespace gridlock::testing {
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
               step("stops", "T1", "pthread_mutex_lock", 9)}};
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

}  // namespace gridlock::testing
