// SPDX-License-Identifier: Apache-2.0
#include <gridlock/report.h>

#include "harness/cli/actions.h"
#include "harness/cli/annotations.h"
#include "harness/cli/baseline_file.h"
#include "harness/cli/command.h"
#include "harness/cli/history_command.h"
#include "harness/cli/input_files.h"
#include "harness/cli/messages.h"
#include "harness/cli/next_step.h"
#include "harness/cli/outputs.h"
#include "harness/cli/suppression_file.h"
#include "harness/cli/terminal.h"
#include "harness/scenario/finish_report.h"
#include "harness/scenario/limits.h"
#include "harness/scenario/program_report.h"
#include "harness/scenario/runner.h"
#include "harness/scenario/source_roots.h"
#include "harness/scenario/source_text.h"
#include "harness/scenario/verdict.h"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <optional>
#include <set>
#include <system_error>
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
    if (outcome.program) {
      for (std::size_t i = before; i < outcome.suppressed.size(); ++i) {
        std::erase_if(report.sightings, [&](const Sighting& sighting) {
          return sighting.fingerprint == outcome.suppressed[i].fingerprint;
        });
      }
      continue;
    }
    Judgement judgement = judge_again(outcome, report.sanitizer == "thread");
    outcome.verdict = judgement.verdict;
    outcome.reason = std::move(judgement.reason);
  }
  for (Outcome& outcome : report.outcomes) {
    if (outcome.program) judge_program(outcome, report);
  }
}

// The last count of an entry is that over all inputs.
void note_uses(Report& report, const Suppressions& suppressions) {
  for (Suppression& entry : suppressions.entries()) {
    std::erase_if(report.suppressions, [&](const Suppression& old) {
      return old.file == entry.file && old.line == entry.line && old.text == entry.text;
    });
    report.suppressions.push_back(std::move(entry));
  }
}

// A JSON report may have been made of a log that is given beside it.
void drop_known(Report& more, const Report& report) {
  std::erase_if(more.outcomes, [&](const Outcome& outcome) {
    const bool known = std::ranges::any_of(report.outcomes, [&](const Outcome& other) {
      return outcome.program && other.program && outcome.name == other.name &&
             outcome.program->pids == other.program->pids;
    });
    if (known) {
      std::erase_if(more.sightings,
                    [&](const Sighting& sighting) { return sighting.log == outcome.name; });
    }
    return known;
  });
}

void append(Report& report, Report more) {
  drop_known(more, report);
  const auto move_all = [](auto& from, auto& to) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  };
  move_all(more.outcomes, report.outcomes);
  move_all(more.sightings, report.sightings);
  move_all(more.suppressions, report.suppressions);
  add_notes(report.notes, std::move(more.notes));
  report.sources.merge(more.sources);
}

/// Everything that was read, and a line for each thing that could not be.
struct Inputs {
  std::vector<Report> reports;
  std::vector<LogFile> logs;
  std::vector<std::string> complaints;
};

void read_input(const std::string& file, const ReportArguments& arguments, Inputs& inputs) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    inputs.complaints.push_back("'" + file + "' is a directory; name its files: gridlock report " +
                                shell_quoted({file}) + "/*.jsonl");
    return;
  }
  std::optional<std::string> text = read_file(file);
  if (!text) {
    inputs.complaints.push_back(cannot_read(file));
  } else if (text->starts_with("SQLite format 3")) {
    inputs.complaints.push_back(file + ": it is a database; gridlock history " +
                                shell_quoted({file}) + " shows a history");
  } else if (file.ends_with(".jsonl") || looks_like_log(*text)) {
    const std::string& name = arguments.at_end.empty() ? file : arguments.at_end;
    inputs.logs.push_back({name, std::move(*text), arguments.run});
  } else {
    try {
      inputs.reports.push_back(report_from_json(*text));
    } catch (const std::exception& bad) {
      inputs.complaints.push_back(file + ": " + bad.what());
    }
  }
}

Inputs read_inputs(const ReportArguments& arguments) {
  Inputs inputs;
  std::set<std::filesystem::path> read;
  for (const std::string& file : arguments.inputs) {
    std::error_code error;
    if (read.insert(std::filesystem::weakly_canonical(file, error)).second || error) {
      read_input(file, arguments, inputs);
    }
  }
  return inputs;
}

SourceRoots source_roots(const ReportArguments& arguments) {
  try {
    return SourceRoots::of_current_folder(arguments.source_roots);
  } catch (const std::runtime_error& error) {
    throw UsageError(error.what());
  }
}

// A single JSON report stays what it was, its command and time with it.
Report load(const ReportArguments& arguments, std::vector<std::string>& complaints,
            std::vector<std::string>& notes) {
  Suppressions suppressions = load_suppressions(arguments.suppressions, {});
  SourceRoots roots = source_roots(arguments);
  Inputs inputs = read_inputs(arguments);
  complaints = std::move(inputs.complaints);
  Report report;
  if (!inputs.reports.empty()) {
    report = std::move(inputs.reports.front());
    for (std::size_t i = 1; i < inputs.reports.size(); ++i) {
      append(report, std::move(inputs.reports[i]));
    }
  }
  suppress(report, suppressions);
  if (!inputs.logs.empty()) {
    RunResult logs =
        report_of_logs(inputs.logs, arguments.command, suppressions, complaints, std::move(roots));
    notes = std::move(logs.notes);
    if (inputs.reports.empty()) {
      report = std::move(logs.report);
    } else {
      append(report, std::move(logs.report));
    }
  }
  note_uses(report, suppressions);
  for (const Outcome& outcome : report.outcomes) {
    if (outcome.program && !outcome.program->damage.empty()) {
      complaints.push_back(outcome.program->damage);
    }
  }
  drop_repeated_findings(report);
  if (arguments.inputs.size() > 1) report.command = shell_quoted(arguments.command);
  return report;
}

}  // namespace

int render_report(const ReportArguments& arguments) {
  require_writable(arguments.outputs);
  std::vector<std::string> complaints;
  std::vector<std::string> notes;
  const std::optional<Report> baseline = load_baseline(arguments.baseline);
  const std::optional<History> history = load_history(arguments.history, arguments.outputs);
  Report report = load(arguments, complaints, notes);
  set_place_links(report, arguments.links);
  if (baseline) compare_with(report, *baseline, arguments.baseline);
  const std::string past = tell_history_of(report, history);
  const bool any_news = std::ranges::any_of(report.outcomes, [](const Outcome& outcome) {
    return !outcome.findings.empty() || outcome.dump;
  });
  if (!arguments.at_end.empty() && !any_news && complaints.empty()) return kExitOk;
  for (const std::string& note : notes) say(note);
  for (const std::string& complaint : complaints) say(complaint);
  if (report.outcomes.empty() && !complaints.empty()) return kExitUsage;
  if (arguments.text || !any_for_people(arguments.outputs)) {
    std::cout << to_text(report, text_options(STDOUT_FILENO, arguments.color, arguments.verbose))
              << past << next_step(arguments, report) << std::flush;
  }
  write_outputs(arguments.outputs, report);
  const bool unused = complain_of_unused(arguments.suppressions, report);
  if (arguments.at_end.empty()) annotate(arguments.annotations, report);
  if (!complaints.empty()) return kExitUsage;
  if (!arguments.at_end.empty()) return kExitOk;
  return has_news(report) || unused ? kExitDiffers : kExitOk;
}

}  // namespace gridlock::internal
