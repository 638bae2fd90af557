// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/next_step.h"

#include "harness/cli/outputs.h"
#include "harness/scenario/runner.h"
#include "harness/scenario/text.h"
#include "harness/scenario/verdict.h"

#include <algorithm>
#include <vector>

namespace gridlock::internal {
namespace {

using Words = std::vector<std::string>;

std::string line(const Words& command) {
  return "next: " + printable_line(shell_quoted(command)) + "\n";
}

// Its options stand behind the name of the command, before everything else.
Words with_option(Words command, const std::string& option) {
  command.insert(command.begin() + std::min<std::ptrdiff_t>(2, std::ssize(command)), option);
  return command;
}

template <typename Fits>
bool any_finding(const Report& report, Fits fits) {
  return std::ranges::any_of(report.outcomes, [&](const Outcome& outcome) {
    return std::ranges::any_of(outcome.findings, fits);
  });
}

bool is_unconfirmed(const Finding& finding) {
  return finding.kind == FindingKind::kLockOrderCycle && !finding.confirmation;
}

// The first of the processes that hang; 0 if none does.
std::uint64_t hanging_process(const Report& report) {
  for (const Outcome& outcome : report.outcomes) {
    for (const Finding& finding : outcome.findings) {
      if (ends_the_process(finding.kind)) return finding.pid;
    }
  }
  return 0;
}

}  // namespace

std::string next_step(const ExecArguments& arguments, const Report& report, bool is_running) {
  if (!any_finding(report, [](const Finding&) { return true; })) return {};
  const std::string tool = arguments.command.front();
  if (const std::uint64_t pid = is_running ? hanging_process(report) : 0; pid != 0)
    return line({tool, "why", std::to_string(pid)});
  if (arguments.confirm == 0 && any_finding(report, is_unconfirmed))
    return line(with_option(arguments.command, "--confirm"));
  if (arguments.verbose || any_for_people(arguments.outputs)) return {};
  if (!arguments.log.empty()) return line({tool, "report", arguments.log, "-v"});
  return line(with_option(arguments.command, "-v"));
}

std::string next_step(const ReportArguments& arguments, const Report& report) {
  const bool only_programs = std::ranges::all_of(
      report.outcomes, [](const Outcome& outcome) { return outcome.program.has_value(); });
  if (arguments.verbose || !arguments.at_end.empty() || !only_programs ||
      any_for_people(arguments.outputs))
    return {};
  const bool any = std::ranges::any_of(report.outcomes, [](const Outcome& outcome) {
    return !outcome.findings.empty() || outcome.dump;
  });
  return any ? line(with_option(arguments.command, "-v")) : "";
}

}  // namespace gridlock::internal
