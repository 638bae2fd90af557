// SPDX-License-Identifier: Apache-2.0
//
// `gridlock history`: runs that are kept in one file, and what became of each finding over them.
#pragma once

#include <gridlock/report.h>

#include "harness/cli/actions.h"

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
/// Adds the runs of a report. Returns a line about what it found: "history: ci.db (12 runs): 1 finding: 1 flaky"; empty if the
/// name is. Throws UsageError.
std::string keep_in_history(const std::string& file, const Report& report);

}  // namespace gridlock::internal
