// SPDX-License-Identifier: Apache-2.0
#include <gridlock/report.h>

#include "harness/cli/actions.h"
#include "harness/cli/command.h"
#include "harness/cli/output_files.h"
#include "harness/cli/suppression_file.h"
#include "harness/cli/terminal.h"
#include "harness/scenario/runner.h"
#include "harness/scenario/source_text.h"
#include "harness/scenario/verdict.h"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <iostream>
#include <optional>
#include <utility>

namespace gridlock::internal {
namespace {

// A report that was judged before: what is suppressed now no longer counts. What an earlier
// suppression took out stays out.
void suppress(Report& report, Suppressions& suppressions) {
  if (suppressions.empty()) return;
  for (Outcome& outcome : report.outcomes) {
    const std::size_t before = outcome.suppressed.size();
    suppressions.apply(outcome.findings, outcome.suppressed);
    if (outcome.suppressed.size() == before) continue;
    Judgement judgement = judge_again(outcome, report.sanitizer == "thread");
    outcome.verdict = judgement.verdict;
    outcome.reason = std::move(judgement.reason);
  }
  for (Suppression& entry : suppressions.entries()) {
    std::erase_if(report.suppressions, [&](const Suppression& old) {
      return old.file == entry.file && old.line == entry.line && old.text == entry.text;
    });
    report.suppressions.push_back(std::move(entry));
  }
}

Report load(const ReportArguments& arguments, std::vector<std::string>& notes) {
  Suppressions suppressions = load_suppressions(arguments.suppressions, {});
  const std::string& file = arguments.input;
  const std::optional<std::string> text = read_file(file);
  if (!text) throw UsageError("cannot read '" + file + "'");
  if (file.ends_with(".jsonl")) {
    RunResult result = report_of_log(file, *text, arguments.command, std::move(suppressions));
    notes = std::move(result.notes);
    return std::move(result.report);
  }
  try {
    Report report = report_from_json(*text);
    suppress(report, suppressions);
    return report;
  } catch (const std::exception& error) {
    throw UsageError(file + ": " + error.what());
  }
}

}  // namespace

int render_report(const ReportArguments& arguments) {
  if (!arguments.html_file.empty()) require_writable_file(arguments.html_file, "--html");
  if (!arguments.json_file.empty()) require_writable_file(arguments.json_file, "--json");
  std::vector<std::string> notes;
  const Report report = load(arguments, notes);
  for (const std::string& note : notes) std::cerr << "gridlock: " << note << '\n';
  if (arguments.text || arguments.html_file.empty()) {
    TextOptions options;
    options.color = wants_color(STDOUT_FILENO, arguments.color);
    options.verbose = arguments.verbose;
    std::cout << to_text(report, options) << std::flush;
  }
  if (!arguments.html_file.empty()) write_file(arguments.html_file, to_html(report));
  if (!arguments.json_file.empty()) write_file(arguments.json_file, to_json(report));
  const bool unused = complain_of_unused(arguments.suppressions, report);
  const bool good = std::all_of(report.outcomes.begin(), report.outcomes.end(),
                                [](const Outcome& outcome) { return passed(outcome.verdict); });
  return good && !unused ? kExitOk : kExitDiffers;
}

}  // namespace gridlock::internal
