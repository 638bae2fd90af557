// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/why_command.h"

#include <gridlock/report.h>

#include "harness/cli/command.h"
#include "harness/cli/messages.h"
#include "harness/cli/outputs.h"
#include "harness/cli/terminal.h"
#include "harness/scenario/program_report.h"
#include "harness/scenario/source_roots.h"
#include "harness/scenario/suppressions.h"
#include "harness/why/explanation.h"
#include "harness/why/inspected_process.h"

#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace gridlock::internal {
namespace {

InspectedProcess inspect(const WhyArguments& arguments) {
  if (!arguments.core.empty()) return InspectedProcess::of_core(arguments.core, arguments.process);
  const std::string& word = arguments.process;
  int pid = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), pid);
  if (word.empty()) throw std::runtime_error("name a process by its number, or --core FILE");
  if (error != std::errc{} || end != word.data() + word.size() || pid <= 0)
    throw std::runtime_error("'" + word + "' is not the number of a process");
  if (pid == getpid()) throw std::runtime_error("process " + word + " is this command itself");
  return InspectedProcess::of_process(pid);
}

// "process 4711 (bank)", "core.4711 (bank)"
std::string heading(const WhyArguments& arguments, const InspectedProcess& process) {
  const std::string program = std::filesystem::path(process.program).filename().string();
  const std::string what = arguments.core.empty()
                               ? "process " + std::to_string(process.pid)
                               : std::filesystem::path(arguments.core).filename().string();
  return program.empty() ? what : what + " (" + program + ")";
}

std::string milliseconds(std::uint64_t nanoseconds) {
  char text[32];
  std::snprintf(&text[0], sizeof text, "%.1f ms", static_cast<double>(nanoseconds) / 1e6);
  return &text[0];
}

Report report_of(const WhyArguments& arguments) {
  const InspectedProcess process = inspect(arguments);
  Explanation explanation = explain(process);
  Suppressions none;
  std::vector<std::string> refused;
  RunResult result =
      report_of_logs({{heading(arguments, process), std::move(explanation.log)}}, arguments.command,
                     none, refused, SourceRoots::of_current_folder(arguments.source_roots));
  for (const std::string& line : refused) throw std::runtime_error(line);
  for (const std::string& note : result.notes) say(note);
  Report& report = result.report;
  for (std::string& note : explanation.notes) report.notes.push_back(std::move(note));
  if (process.stopped_ns != 0)
    report.notes.push_back("the process stood still for " + milliseconds(process.stopped_ns));
  return std::move(report);
}

}  // namespace

int explain_process(const WhyArguments& arguments) {
  require_report_folder(arguments.report_folder);
  require_writable(arguments.outputs);
  Report report;
  try {
    report = report_of(arguments);
  } catch (const std::runtime_error& error) {
    throw UsageError(std::string("why: ") + error.what());
  }
  std::cout << to_text(report, text_options(STDOUT_FILENO, arguments.color, true)) << std::flush;
  write_report_folder(arguments.report_folder, report, std::cout);
  write_outputs(arguments.outputs, report);
  const bool is_stuck = !report.outcomes.empty() && !report.outcomes.front().findings.empty();
  return is_stuck ? kExitDiffers : kExitOk;
}

}  // namespace gridlock::internal
