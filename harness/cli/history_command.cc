// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/history_command.h"

#include <gridlock/history.h>

#include "harness/cli/command.h"
#include "harness/cli/input_files.h"
#include "harness/cli/messages.h"
#include "harness/cli/output_files.h"
#include "harness/cli/terminal.h"
#include "harness/cli/words.h"
#include "harness/history/history_file.h"
#include "harness/scenario/program_report.h"
#include "harness/scenario/source_text.h"
#include "harness/scenario/text.h"

#include <unistd.h>

#include <exception>
#include <filesystem>
#include <iostream>
#include <optional>
#include <system_error>
#include <utility>

namespace gridlock::internal {
namespace {

// What is wrong with a file of SQLite is the user's to put right.
template <typename Work>
auto with_history(Work work) {
  try {
    return work();
  } catch (const HistoryError& error) {
    throw UsageError(error.what());
  }
}

std::optional<Report> report_of_log(const std::string& file, std::string text,
                                    const std::vector<std::string>& command,
                                    std::vector<std::string>& complaints) {
  Suppressions none;
  RunResult result = report_of_logs({{file, std::move(text)}}, command, none, complaints);
  if (result.report.outcomes.empty()) return std::nullopt;
  for (const Outcome& outcome : result.report.outcomes) {
    if (outcome.program && !outcome.program->damage.empty())
      complaints.push_back(outcome.program->damage);
  }
  return std::move(result.report);
}

// A line in `complaints` and nothing, if it is neither.
std::optional<Report> read_report(const std::string& file, const std::vector<std::string>& command,
                                  std::vector<std::string>& complaints) {
  std::optional<std::string> text = read_file(file);
  if (!text) {
    complaints.push_back(cannot_read(file));
    return std::nullopt;
  }
  if (file.ends_with(".jsonl") || looks_like_log(*text))
    return report_of_log(file, std::move(*text), command, complaints);
  try {
    return report_from_json(*text);
  } catch (const std::exception& bad) {
    complaints.push_back(file + ": " + bad.what());
    return std::nullopt;
  }
}

std::string runs_word(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " run" : " runs");
}

void require_other_files(const std::string& history, const std::vector<Output>& outputs) {
  for (const Output& output : outputs) {
    if (is_same_file(output.file, history))
      throw UsageError(output.option + ": " + shown(output.file) + " is the history itself");
  }
}

// Returns what is left of it: its findings.
History told(Report& report, History all) {
  tell_history(report, all);
  keep_findings_of(all, report);
  return all;
}

}  // namespace

int show_history(const HistoryArguments& arguments) {
  using Named = std::pair<std::string, std::string>;
  for (const auto& [file, option] :
       {Named(arguments.html, "--html"), Named(arguments.json, "--json")}) {
    if (file.empty()) continue;
    require_writable_file(file, option);
    if (is_same_file(file, arguments.file))
      throw UsageError(option + ": " + shown(file) + " is the history itself");
  }
  const History history = with_history(
      [&] { return history_of(arguments.file, HistoryFile::to_read(arguments.file).read()); });
  if (arguments.html.empty()) {
    std::cout << to_text(history, text_options(STDOUT_FILENO, arguments.color, arguments.verbose),
                         speaks_utf8())
              << std::flush;
  } else {
    write_file(arguments.html, to_html(history));
  }
  if (!arguments.json.empty()) write_file(arguments.json, to_json(history));
  return kExitOk;
}

int add_to_history(const HistoryAddArguments& arguments) {
  std::vector<std::string> complaints;
  std::size_t given = 0;
  std::size_t added = 0;
  with_history([&] {
    HistoryFile history = HistoryFile::to_add(arguments.file);
    for (const std::string& input : arguments.inputs) {
      const std::optional<Report> report = read_report(input, arguments.command, complaints);
      if (!report) continue;
      const RunRecords records = run_records(*report);
      given += records.runs.size();
      added += history.add(records);
    }
  });
  std::cout << printable_line(arguments.file) << ": " << runs_word(added) << " added";
  if (given > added) std::cout << ", " << (given - added) << " known already";
  std::cout << '\n';
  for (const std::string& complaint : complaints) say(complaint);
  return complaints.empty() ? kExitOk : kExitUsage;
}

void require_history(const std::string& file, const std::vector<Output>& outputs) {
  if (file.empty()) return;
  require_other_files(file, outputs);
  with_history([&] { HistoryFile::to_add(file); });
}

HistoryLine HistoryLine::of(const History& all) {
  HistoryLine line;
  line.text_ = "history: " + printable_line(all.file) + " (" + runs_word(all.runs.size()) +
               "): " + summary_text(all) + "\n";
  return line;
}

HistoryLine HistoryLine::of_error(std::string what) {
  HistoryLine line;
  line.error_ = std::move(what);
  return line;
}

const std::string& HistoryLine::text() const {
  if (!error_.empty()) throw UsageError(error_);
  return text_;
}

// What is wrong now was right before the run, whose outputs are written all the same.
HistoryLine keep_in_history(const std::string& file, Report& report) {
  if (file.empty()) return {};
  try {
    HistoryFile history = HistoryFile::to_add(file);
    history.add(run_records(report));
    return HistoryLine::of(told(report, history_of(file, history.read())));
  } catch (const HistoryError& error) {
    return HistoryLine::of_error(error.what());
  }
}

std::optional<History> load_history(const std::string& file, const std::vector<Output>& outputs) {
  if (file.empty()) return std::nullopt;
  require_other_files(file, outputs);
  return with_history([&] { return history_of(file, HistoryFile::to_read(file).read()); });
}

std::string tell_history_of(Report& report, const std::optional<History>& history) {
  return history ? HistoryLine::of(told(report, *history)).text() : "";
}

}  // namespace gridlock::internal
