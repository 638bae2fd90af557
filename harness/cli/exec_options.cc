// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/exec_options.h"

#include "harness/cli/command_options.h"
#include "harness/cli/command_table.h"
#include "harness/cli/words.h"

#include <CLI/CLI.hpp>

namespace gridlock::internal {

void add_exec(CLI::App& app, ExecArguments& values, std::function<int()>& action) {
  CLI::App* const exec = app.add_subcommand(
      "exec", "Watch a program that was not built for it: exec [OPTIONS] -- PROGRAM [ARGUMENTS]");
  takes_number(exec->add_option("--error-exitcode", values.error_exit_code,
                                "Exit code if something was found (default: the program's own)"),
               "N", 0, 255);
  takes_choice(exec->add_option("--on-deadlock", values.on_deadlock,
                                "Upon a deadlock: end the program (default), leave it, abort it"),
               "WHAT", {"end", "leave", "abort"});
  takes_number(exec->add_option("--hang", values.hang,
                                "Seconds after which a wait that is not proved to last forever is "
                                "taken for a hang (the option hang)"),
               "SECONDS", 1, 1000000);
  exec->add_flag(
          "--confirm{5}", values.confirm,
          "Run the program afresh, at most 5 times (--confirm=N: N times), for each possible "
          "deadlock, and hold threads so that it happens; the finding says what came of it")
      ->check([](const std::string& word) { return whole_number_error(word, 1, 100); });
  takes_number(exec->add_option("--confirm-timeout", values.confirm_timeout,
                                "Seconds after which a fresh run is ended (default: twice the "
                                "first run's time, and 10 more)"),
               "SECONDS", 1, 1000000);
  add_flag(*exec, "--follow", values.follow, "Watch what the program starts, too");
  takes_path(exec->add_option("--log", values.log, "Keep the log in FILE (gridlock report FILE)"),
             "FILE");
  takes_text(exec->add_option("--set", values.settings,
                              "An option of the runtime, NAME=VALUE (--help-options lists them); "
                              "repeatable, wins over GRIDLOCK_OPTIONS"),
             "NAME=VALUE");
  add_suppressions(*exec, values.suppressions);
  add_report_folder(*exec, values.report_folder);
  add_output(*exec, values.outputs);
  add_short_output(*exec, "html", values.outputs);
  add_short_output(*exec, "json", values.outputs);
  add_baseline(*exec, values.baseline, "the exit code of --error-exitcode");
  add_history_file(*exec, values.history);
  add_source_roots(*exec, values.source_roots);
  add_flag(*exec, "--verbose,-v", values.verbose, "Say so, too, when nothing was found");
  add_color(*exec, values.color);
  exec->callback([&] { action = [&] { return execute(values); }; });
}

void add_why(CLI::App& app, WhyArguments& values, std::function<int()>& action) {
  CLI::App* const why =
      app.add_subcommand("why", "Say what a process that hangs, or left a core file, waits for");
  why->add_option("PROCESS", values.process,
                  "Its number; with --core the program that left the file (default: the one that "
                  "the file names)");
  takes_path(why->add_option("--core", values.core, "A core file in place of a process"), "FILE");
  add_report_folder(*why, values.report_folder);
  add_output(*why, values.outputs);
  add_short_output(*why, "html", values.outputs);
  add_short_output(*why, "json", values.outputs);
  add_source_roots(*why, values.source_roots);
  add_flag(*why, "--verbose,-v", values.verbose, "Show every thread in full");
  add_color(*why, values.color);
  why->callback([&] { action = [&] { return explain_process(values); }; });
}

}  // namespace gridlock::internal
