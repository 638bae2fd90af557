// SPDX-License-Identifier: Apache-2.0
//
// A report over the logs of programs that ran by themselves.
#include "tests/support/sample_reports.h"

#include <utility>

namespace gridlock::support {
namespace {

Outcome log_of(std::string name, ProgramInfo program, Verdict verdict) {
  Outcome outcome;
  outcome.name = std::move(name);
  outcome.summary = "Findings of a program that ran by itself";
  outcome.verdict = verdict;
  outcome.program = std::move(program);
  return outcome;
}

ProgramInfo bank(std::uint64_t pid) {
  return {.name = "bank", .command = "/opt/bank 'two accounts'", .pids = {pid}, .ended = true};
}

}  // namespace

Report programs_report() {
  Report report = report_of("", {});
  report.sanitizer.clear();
  report.outcomes.clear();

  Outcome first = log_of("gridlock.11.jsonl", bank(11), Verdict::kUnexpected);
  first.findings = {lock_order_cycle()};
  report.outcomes.push_back(std::move(first));

  Outcome killed = log_of("gridlock.12.jsonl", bank(12), Verdict::kCrashed);
  killed.program->ended = false;
  report.outcomes.push_back(std::move(killed));

  ProgramInfo tests{.name = "bank_test", .pids = {13, 14}, .tsan = true, .ended = true};
  Outcome more = log_of("gridlock.13.jsonl", std::move(tests), Verdict::kUnexpected);
  more.findings = {misuse()};
  report.outcomes.push_back(std::move(more));

  report.outcomes.push_back(log_of("clean.jsonl", bank(15), Verdict::kAsExpected));
  Outcome asked = log_of("asked.jsonl", bank(16), Verdict::kAsExpected);
  asked.dump = sample_dump();
  asked.dump->reason = "requested";
  report.outcomes.push_back(std::move(asked));
  Outcome crashed = log_of("crashed.jsonl", bank(17), Verdict::kCrashed);
  crashed.program->ended = false;
  crashed.dump = sample_dump();
  crashed.dump->reason = "SIGSEGV";
  report.outcomes.push_back(std::move(crashed));
  Outcome damaged = log_of("damaged.jsonl", {.ended = true}, Verdict::kCrashed);
  damaged.program->damage = "damaged.jsonl:3: not a JSON value";
  report.outcomes.push_back(std::move(damaged));

  const std::string cycle = report.outcomes[0].findings[0].fingerprint;
  const std::string unlock = report.outcomes[2].findings[0].fingerprint;
  report.sightings = {{cycle, "gridlock.11.jsonl", "bank", 11, 1},
                      {cycle, "gridlock.12.jsonl", "bank", 12, 2},
                      {cycle, "gridlock.13.jsonl", "bank_test", 13, 3},
                      {unlock, "gridlock.13.jsonl", "bank_test", 14, 1}};
  return report;
}

}  // namespace gridlock::support
