// SPDX-License-Identifier: Apache-2.0
//
// `gridlock history`: runs that are kept in one file, and what became of each finding over them.
#pragma once

#include <gridlock/history.h>
#include <gridlock/report.h>

#include "harness/cli/actions.h"

#include <optional>
#include <string>
#include <vector>

namespace gridlock::internal {

struct HistoryArguments {
  std::string file;
  std::string html;  ///< empty: none
  std::string json;  ///< empty: none
  bool verbose = false;
  ColorMode color = ColorMode::kAuto;
};
int show_history(const HistoryArguments& arguments);

struct HistoryAddArguments {
  std::string file;
  std::vector<std::string> inputs;   ///< JSON reports and logs, in any order
  std::vector<std::string> command;  ///< for the head of what logs say
};
int add_to_history(const HistoryAddArguments& arguments);

/// For `--history FILE` of other commands. Before the work is done: throws UsageError unless a run can be added, and
/// none of the outputs is the same file. Nothing if the name is empty.
void require_history(const std::string& file, const std::vector<Output>& outputs);
/// What is to be said when the outputs are written, whatever became of the history.
class HistoryLine {
 public:
  HistoryLine() = default;
  static HistoryLine of(const History& all);
  static HistoryLine of_error(std::string what);
  /// "history: ci.db (12 runs): 1 finding: 1 flaky\n"; empty if no history was asked. Throws UsageError if it failed.
  const std::string& text() const;

 private:
  std::string text_;
  std::string error_;
};

/// Adds the runs of a report, and tells the report what its findings were in all runs. Nothing if the name is empty.
HistoryLine keep_in_history(const std::string& file, Report& report);

/// For `--history FILE` of a command that adds no run: what is in the file, nothing for an empty name. Throws UsageError;
/// none of the outputs is the same file.
std::optional<History> load_history(const std::string& file, const std::vector<Output>& outputs);
/// Tells the report. Returns the same line.
std::string tell_history_of(Report& report, const std::optional<History>& history);

}  // namespace gridlock::internal
