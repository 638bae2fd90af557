// SPDX-License-Identifier: Apache-2.0
#include <gridlock/report.h>

#include "harness/cli/command.h"
#include "harness/cli/explore_command.h"
#include "harness/cli/input_files.h"
#include "harness/cli/messages.h"
#include "harness/cli/output_files.h"
#include "harness/cli/outputs.h"
#include "harness/cli/terminal.h"
#include "harness/scenario/explored_reports.h"
#include "harness/scenario/source_text.h"
#include "harness/scenario/text.h"

#include <unistd.h>

#include <exception>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace gridlock::internal {

// A file that is not there, or is damaged, is that of a shard that is lost: the others count all the same.
int merge_reports(const MergeArguments& arguments) {
  require_report_folder(arguments.report_folder);
  require_writable(arguments.outputs);
  std::vector<Report> reports;
  std::vector<std::string> names;
  bool unreadable = false;
  for (const std::string& file : arguments.inputs) {
    const std::optional<std::string> text = read_file(file);
    if (!text) {
      say(cannot_read(file));
      unreadable = true;
      continue;
    }
    try {
      reports.push_back(report_from_json(*text));
      names.push_back(file);
    } catch (const std::exception& error) {
      say(file + ": " + error.what());
      unreadable = true;
    }
  }
  if (reports.empty()) return kExitUsage;
  Report report;
  try {
    report = merge_shards(std::move(reports), names);
  } catch (const std::runtime_error& error) {
    throw UsageError(error.what());
  }
  report.command = "gridlock merge";
  std::cout << to_text(report, text_options(STDOUT_FILENO, arguments.color, arguments.verbose))
            << std::flush;
  write_report_folder(arguments.report_folder, report, std::cout);
  write_outputs(arguments.outputs, report);
  if (unreadable) return kExitUsage;
  return has_news(report) ? kExitDiffers : kExitOk;
}

}  // namespace gridlock::internal
