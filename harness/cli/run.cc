// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/actions.h"
#include "harness/cli/annotations.h"
#include "harness/cli/baseline_file.h"
#include "harness/cli/command.h"
#include "harness/cli/growing_outputs.h"
#include "harness/cli/history_command.h"
#include "harness/cli/interrupts.h"
#include "harness/cli/messages.h"
#include "harness/cli/output_files.h"
#include "harness/cli/outputs.h"
#include "harness/cli/progress.h"
#include "harness/cli/selection.h"
#include "harness/cli/suppression_file.h"
#include "harness/cli/words.h"
#include "harness/scenario/front.h"
#include "harness/scenario/runner.h"
#include "harness/scenario/temp_dir.h"
#include "harness/scenario/text.h"
#include "harness/scenario/verdict.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

namespace gridlock::internal {
namespace {

void print_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) say(note);
}

void write_files(const RunArguments& arguments, Report& report) {
  write_report_folder(arguments.report_folder, report, std::cout);
  write_outputs(arguments.outputs, report);
}

int exit_code(const Report& report) {
  const auto& outcomes = report.outcomes;
  if (outcomes.size() == 1 && outcomes.front().verdict == Verdict::kNotChecked) {
    return kExitNotChecked;
  }
  return has_news(report) ? kExitDiffers : kExitOk;
}

// Before anything starts: what the scenarios would refuse, and what the runner has for itself.
void check_run_settings(const std::vector<std::string>& settings) {
  constexpr std::string_view kOwn = "the runner needs this option for itself";
  const std::string error =
      settings_error(settings, {{"log_path=", kOwn}, {"dump_signal=", kOwn}, {"exit_code=", kOwn}});
  if (!error.empty()) throw UsageError("--set: " + error);
}

int judge_scenarios(const RunArguments& arguments) {
  const std::vector<Scenario> all = checked_scenarios();
  if (all.empty()) throw UsageError(kNoScenarios);
  const std::vector<Scenario> selected = select(all, arguments.names, arguments.filters);
  require_report_folder(arguments.report_folder);
  require_writable(arguments.outputs);
  require_history(arguments.history, arguments.outputs);
  const std::optional<Report> baseline = load_baseline(arguments.baseline);

  check_run_settings(arguments.settings);
  Suppressions suppressions = load_suppressions(arguments.suppressions, arguments.settings);

  Interrupts interrupts;
  const Fd front = continue_in_worker(interrupts.fd());
  RunOptions options;
  options.jobs = arguments.jobs;
  options.timeout_seconds = arguments.timeout;
  options.repeat = arguments.repeat;
  options.on_deadlock = arguments.on_deadlock;
  options.settings = arguments.settings;
  if (arguments.hang != 0) options.settings.push_back("hang=" + std::to_string(arguments.hang));
  options.suppressions = std::move(suppressions);
  options.command = arguments.command;
  options.interrupt_fd = interrupts.fd();
  options.front_fd = front.get();
  TextOptions text = text_options(STDOUT_FILENO, arguments.color, arguments.verbose);
  RunResult result = [&] {
    ProgressLine line(selected.size(), arguments.color);
    text.only_differing = line.lists_verdicts();
    GrowingOutputs progress(line, arguments.outputs, arguments.command);
    return run_scenarios(selected, options, progress);
  }();
  set_place_links(result.report, arguments.links);
  if (baseline) compare_with(result.report, *baseline, arguments.baseline);

  const HistoryLine history = keep_in_history(arguments.history, result.report);
  std::cout << '\n' << to_text(result.report, text) << std::flush;
  print_notes(result.notes);
  const bool unused = complain_of_unused(arguments.suppressions, result.report);
  write_files(arguments, result.report);
  std::cout << history.text() << std::flush;
  annotate(arguments.annotations, result.report);
  if (result.interrupted) {
    say("interrupted by " + std::string(signal_name(interrupts.signal())) + "; " +
        std::to_string(result.not_run) + " of " + std::to_string(selected.size()) +
        " scenarios have no verdict");
    return kExitSignalBase + interrupts.signal();
  }
  return unused ? kExitDiffers : exit_code(result.report);
}

}  // namespace

int run(const RunArguments& arguments) {
  try {
    return judge_scenarios(arguments);
  } catch (const TempDirError& error) {
    throw UsageError(error.what());
  } catch (const Abandoned&) {  // nobody is there to be told
    return kExitInternal;
  }
}

int run_child(const std::string& name) {
  for (const Scenario& scenario : scenarios()) {
    if (scenario.name != name) continue;
    scenario.body();
    return kExitOk;
  }
  throw UsageError("no scenario is called '" + name + "'");
}

}  // namespace gridlock::internal
