// SPDX-License-Identifier: Apache-2.0
#include <gridlock/report.h>

#include "harness/cli/actions.h"
#include "harness/cli/command.h"
#include "harness/cli/output_files.h"
#include "harness/cli/progress.h"
#include "harness/scenario/runner.h"
#include "harness/scenario/source_text.h"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <iostream>
#include <optional>

namespace gridlock::internal {
namespace {

Report load(const ReportArguments& arguments, std::vector<std::string>& notes) {
  const std::string& file = arguments.input;
  const std::optional<std::string> text = read_file(file);
  if (!text) throw UsageError("cannot read '" + file + "'");
  if (file.ends_with(".jsonl")) {
    RunResult result = report_of_log(file, *text, arguments.command);
    notes = std::move(result.notes);
    return std::move(result.report);
  }
  try {
    return report_from_json(*text);
  } catch (const std::exception& error) {
    throw UsageError(file + ": " + error.what());
  }
}

}  // namespace

int render_report(const ReportArguments& arguments) {
  if (!arguments.html_file.empty()) require_writable_file(arguments.html_file, "--html");
  std::vector<std::string> notes;
  const Report report = load(arguments, notes);
  for (const std::string& note : notes) std::cerr << "gridlock: " << note << '\n';
  if (arguments.text || arguments.html_file.empty()) {
    TextOptions options;
    options.color = wants_color(STDOUT_FILENO);
    options.verbose = arguments.verbose;
    std::cout << to_text(report, options) << std::flush;
  }
  if (!arguments.html_file.empty()) write_file(arguments.html_file, to_html(report));
  const bool good = std::all_of(report.outcomes.begin(), report.outcomes.end(),
                                [](const Outcome& outcome) { return passed(outcome.verdict); });
  return good ? kExitOk : kExitDiffers;
}

}  // namespace gridlock::internal
