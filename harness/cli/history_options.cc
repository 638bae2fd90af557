// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/history_options.h"

#include "harness/cli/command_options.h"

#include <CLI/CLI.hpp>

namespace gridlock::internal {

void add_history(CLI::App& app, HistoryCommandArguments& arguments, std::function<int()>& action) {
  HistoryArguments& values = arguments.show;
  CLI::App* const history = app.add_subcommand(
      "history", "Show what became of each finding over the runs that are kept in a file");
  history->add_option("FILE", values.file, "The history: a file of SQLite");
  takes_path(
      history->add_option("--html", values.html, "Write a page with a chart for each finding"),
      "FILE");
  takes_path(history->add_option("--json", values.json, "Write it for programs"), "FILE");
  add_flag(*history, "--verbose,-v", values.verbose,
           "Show the runs, and what is as declared or suppressed, too");
  add_color(*history, values.color);

  HistoryAddArguments& added = arguments.add;
  CLI::App* const add = history->add_subcommand("add", "Add runs to a history, each of them once");
  add->add_option("FILE", added.file, "The history; made if there is none")->required();
  add->add_option("REPORT", added.inputs,
                  "JSON reports (--output json=REPORT), and logs that programs wrote")
      ->required();
  history->require_subcommand(0, 1);

  history->callback([&arguments, &action, history, add] {
    if (add->parsed()) {
      if (history->count("FILE") > 0 || !arguments.show.html.empty() ||
          !arguments.show.json.empty())
        throw UsageError("history add FILE REPORT... takes no options; history FILE shows it");
      action = [&arguments] { return add_to_history(arguments.add); };
      return;
    }
    if (arguments.show.file.empty())
      throw UsageError("history: name its file: gridlock history FILE");
    action = [&arguments] { return show_history(arguments.show); };
  });
}

}  // namespace gridlock::internal
