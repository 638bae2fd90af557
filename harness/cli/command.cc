// SPDX-License-Identifier: Apache-2.0
//
// With command_options.cc, command_table.cc and parse_errors.cc, the only file that knows CLI11.
#include "harness/cli/command.h"

#include "harness/cli/actions.h"
#include "harness/cli/command_options.h"
#include "harness/cli/command_table.h"
#include "harness/cli/completion.h"
#include "harness/cli/exec_command.h"
#include "harness/cli/exec_options.h"
#include "harness/cli/explore_options.h"
#include "harness/cli/history_options.h"
#include "harness/cli/manual.h"
#include "harness/cli/messages.h"
#include "harness/cli/outputs.h"
#include "harness/cli/parse_errors.h"
#include "harness/cli/selection.h"
#include "harness/cli/standard_output.h"
#include "harness/cli/why_command.h"
#include "harness/cli/words.h"
#include "harness/scenario/option_table.h"
#include "harness/scenario/runner.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <functional>
#include <iostream>
#include <string_view>
#include <thread>

namespace gridlock::internal {
namespace {

constexpr const char* kFooter = R"(
Exit codes:
  0    every verdict is as declared (--baseline: or what differs was so before)
  1    some verdict is not, or a log has findings (--strict-suppressions: or an entry is unused)
  2    wrong arguments, an input that cannot be read (report shows the others), an output that
       cannot be written (stdout too), or a TMPDIR that cannot be used
  3    the harness itself failed
  77   the only scenario that ran needs ThreadSanitizer, which this build lacks
  any  exec: the program's own, or that of --error-exitcode
  130  interrupted by SIGINT (143: SIGTERM, 129: SIGHUP); the report has what was done by then

Environment:
  GRIDLOCK_OPTIONS     options of the runtime, name=value:name=value (--help-options lists them)
  GRIDLOCK_SHARD       explore: the part of this machine, as --shard (GRIDLOCK_SHARDS: how many
                       there are, where JOB_COMPLETION_INDEX says which one this is)
  GRIDLOCK_DOT         Graphviz's dot, for the larger drawings of a page; "none" for none
  GRIDLOCK_SYMBOLIZER  the llvm-symbolizer to use; "libdw" for elfutils, "none" for none
  TSAN_OPTIONS         options of ThreadSanitizer
  TMPDIR               where a run keeps its temporary directory
  NO_COLOR             no colours, if set to anything
  FORCE_COLOR          colours although the output is no terminal, if set and not 0
                       (CLICOLOR_FORCE means the same; TERM=dumb: a terminal without them)
)";

struct Arguments {
  ListArguments list;
  RunArguments run;
  ReportArguments report;
  ExecArguments exec;
  ExploreArguments explore;
  ReplayArguments replay;
  MergeArguments merge;
  WhyArguments why;
  HistoryCommandArguments history;
  std::string child;
};

using Action = std::function<int()>;

// What `run` and `list` are about.
void add_selection(CLI::App& subcommand, std::vector<std::string>& names,
                   std::vector<std::string>& filters) {
  subcommand.add_option("NAME", names, "Scenarios by their exact names; none and no --filter: all");
  takes_text(
      subcommand.add_option("--filter", filters,
                            "Scenarios whose name matches GLOB (* matches / too); repeatable"),
      "GLOB");
}

void add_list(CLI::App& app, Arguments& arguments, Action& action) {
  CLI::App* const list = app.add_subcommand("list", "Show the scenarios and what each declares");
  add_selection(*list, arguments.list.names, arguments.list.filters);
  add_flag(*list, "--json", arguments.list.json, "As a JSON array, for programs");
  add_flag(*list, "--markdown", arguments.list.markdown, "As a page, with the stories");
  list->get_option("--markdown")->excludes("--json");
  list->callback([&] { action = [&] { return list_scenarios(arguments.list); }; });
}

// "report.json, report.txt, index.html and locks.dot": the formats' files

void add_run(CLI::App& app, Arguments& arguments, Action& action) {
  RunArguments& values = arguments.run;
  CLI::App* const run =
      app.add_subcommand("run", "Run scenarios, each in a process of its own, and judge them");
  add_selection(*run, values.names, values.filters);
  values.jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  takes_number(run->add_option("--jobs,-j", values.jobs,
                               "Processes at once (default: one for each processor)"),
               "N", 1, 1024);
  takes_text(run->add_option("--timeout", values.timeout,
                             "Seconds that each scenario may take (default: 30)"),
             "S")
      ->check([](const std::string& word) { return seconds_error(word, 0.001, 1e6); });
  takes_number(
      run->add_option("--hang", values.hang,
                      "Seconds after which a wait that is not proved to last forever is taken "
                      "for a hang, beside threads that run (the option hang)"),
      "SECONDS", 1, 1000000);
  takes_number(run->add_option("--repeat", values.repeat,
                               "Run each scenario N times, or until its verdict differs"),
               "N", 1, 1000000);
  takes_choice(
      run->add_option("--on-deadlock", values.on_deadlock,
                      "What a process does upon a deadlock: report (and end), throw, abort"),
      "WHAT", {"report", "throw", "abort"});
  takes_text(run->add_option("--set", values.settings,
                             "An option of the runtime for the scenarios, NAME=VALUE "
                             "(--help-options lists them); repeatable, wins over GRIDLOCK_OPTIONS"),
             "NAME=VALUE");
  add_suppressions(*run, values.suppressions);
  add_report_folder(*run, values.report_folder);
  add_output(*run, values.outputs);
  add_short_output(*run, "json", values.outputs);
  add_comparison(*run, values.baseline, values.annotations);
  add_history_file(*run, values.history);
  add_place_links(*run, values.links);
  add_flag(*run, "--verbose,-v", values.verbose, "Show full details of what is as expected, too");
  add_color(*run, values.color);
  run->callback([&] { action = [&] { return gridlock::internal::run(arguments.run); }; });
}

void add_report(CLI::App& app, Arguments& arguments, Action& action) {
  ReportArguments& values = arguments.report;
  CLI::App* const report =
      app.add_subcommand("report", "Show the findings of programs, or a JSON report again");
  report
      ->add_option("FILE", values.inputs,
                   "Logs that programs wrote (gridlock.PID.jsonl), JSON reports; any number: what "
                   "they have in common is shown once")
      ->required();
  add_output(*report, values.outputs);
  add_short_output(*report, "html", values.outputs);
  add_short_output(*report, "json", values.outputs);
  add_comparison(*report, values.baseline, values.annotations);
  add_past_runs(*report, values.history);
  add_place_links(*report, values.links);
  add_source_roots(*report, values.source_roots,
                   ". Without it: below the current folder, its project, and those of the programs "
                   "that wrote the logs");
  add_suppressions(*report, values.suppressions);
  report
      ->add_option("--run", values.run,
                   "Of each log only one run: last, its number, or its id (default: all)")
      ->option_text("WHICH");
  report->add_option("--at-end", values.at_end, "Of a program of this name, by itself, at its end")
      ->group("");
  add_flag(*report, "--text", values.text, "Print the text, too, when a page or a text is written");
  add_flag(*report, "--verbose,-v", values.verbose,
           "Show full details of what is as expected, too");
  add_color(*report, values.color);
  report->callback([&] { action = [&] { return render_report(arguments.report); }; });
}

struct Command {
  std::string_view name;
  void (*add)(CLI::App& app, Arguments& arguments, Action& action);
};
constexpr Command kCommands[] = {
    {"list", &add_list},
    {"run", &add_run},
    {"report", &add_report},
    {"history", [](CLI::App& app, Arguments& given,
                   Action& action) { add_history(app, given.history, action); }},
    {"exec",
     [](CLI::App& app, Arguments& given, Action& action) { add_exec(app, given.exec, action); }},
    {"explore", [](CLI::App& app, Arguments& given,
                   Action& action) { add_explore(app, given.explore, action); }},
    {"replay", [](CLI::App& app, Arguments& given,
                  Action& action) { add_replay(app, given.replay, action); }},
    {"merge",
     [](CLI::App& app, Arguments& given, Action& action) { add_merge(app, given.merge, action); }},
    {"why",
     [](CLI::App& app, Arguments& given, Action& action) { add_why(app, given.why, action); }}};

// Of the command that the line begins with, or all if it begins with none. To make the options of all of them takes
// longer than a short program runs, so the others are made when the line is wrong: what is said may be about them.
template <typename Wanted>
void add_commands(CLI::App& app, Arguments& arguments, Action& action, Wanted wanted) {
  for (const Command& command : kCommands) {
    if (wanted(command.name)) command.add(app, arguments, action);
  }
}

// What is installed beside the command, made from the parser itself.
void add_generators(CLI::App& app) {
  app.add_flag_callback(
         "--man",
         [&app] {
           std::cout << man_page(command_text(app), kFooter, GRIDLOCK_VERSION);
           throw CLI::Success();
         },
         "Write the man page")
      ->group("");
  takes_choice(app.add_option_function<std::string>(
                   "--completion",
                   [&app](const std::string& shell) {
                     std::cout << completion(command_text(app), shell);
                     throw CLI::Success();
                   },
                   "Write the completions of a shell"),
               "SHELL", completion_shells())
      ->group("");
}

// Words of its own before the program's; -1: the command runs none.
int words_before_program(std::string_view command) {
  if (command == "exec" || command == "explore") return 0;
  return command == "replay" ? 1 : -1;
}

// Where the program of `exec` begins, say, which has options of its own. At "--", else at the first word that is neither
// an option nor the value of one.
int start_of_program(const CLI::App& app, int argc, const char* const* argv) {
  int own_words = argc < 2 ? -1 : words_before_program(argv[1]);
  if (own_words < 0) return argc;
  const CLI::App* const command = app.get_subcommand(argv[1]);
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--") return i;
    if (!word.starts_with('-') || word == "-") {
      if (own_words-- == 0) return i;
      continue;
    }
    const CLI::Option* const option = command->get_option_no_throw(word);
    if (option != nullptr && option->get_items_expected_max() != 0 && i + 1 < argc) ++i;
  }
  return argc;
}

void take_program(int argc, char** argv, int start, Arguments& values) {
  if (argc < 2 || words_before_program(argv[1]) < 0) return;
  if (start < argc && std::string_view(argv[start]) == "--") ++start;
  values.exec.program.assign(argv + start, argv + argc);
  values.explore.program = values.replay.program = values.exec.program;
}

std::string version_text() {
  return std::string("gridlock " GRIDLOCK_VERSION) +
         (tsan_linked() ? " (built with ThreadSanitizer)"
                        : " (built without ThreadSanitizer: looks for no data races)");
}

int fail(int code, std::string_view message) {
  std::cout << std::flush;
  say(message);
  return code;
}

// `child NAME` is not for the parser: what a scenario throws must reach std::terminate with its
// stack as it was. Throws UsageError unless there is such a scenario.
void require_child(int argc, const char* const* argv) {
  if (argc != 3) throw UsageError("child takes the name of one scenario: child NAME");
  select(scenarios(), {argv[2]}, {});
}

int command_line(int argc, char** argv) {
  Arguments arguments;
  arguments.run.command = {argv, argv + argc};
  arguments.explore.command = arguments.replay.command = arguments.merge.command =
      arguments.run.command;
  arguments.why.command = arguments.exec.command = arguments.report.command = arguments.run.command;
  arguments.history.add.command = arguments.run.command;
  CLI::App app(
      "Finds deadlocks and data races: runs scenarios and holds what is found against what each "
      "declares.");
  Action action;
  const std::string_view asked_for = argc > 1 ? argv[1] : "";
  const bool is_asked_for =
      std::ranges::find(kCommands, asked_for, &Command::name) != std::ranges::end(kCommands);
  try {
    app.name("gridlock");
    app.footer(kFooter);
    app.set_version_flag("--version", version_text());
    app.add_flag_callback(
        "--help-options",
        [] {
          std::cout << options_text();
          throw CLI::Success();
        },
        "List the options of the runtime");
    app.add_flag_callback(
           "--help-options-markdown",
           [] {
             std::cout << options_markdown();
             throw CLI::Success();
           },
           "Write docs/options.md")
        ->group("");  // for whoever changes the table
    add_generators(app);
    app.require_subcommand(0, 1);  // none is checked below, after unknown options
    add_commands(app, arguments, action,
                 [&](std::string_view name) { return !is_asked_for || name == asked_for; });
    const int program = start_of_program(app, argc, argv);
    take_program(argc, argv, program, arguments);
    if (const std::string empty = option_without_value(program, argv); !empty.empty()) {
      throw UsageError(empty + ": a value is missing");
    }
    app.parse(program, argv);
    if (!action)
      throw UsageError(
          "say what to do: list, run, report, history, exec, explore, replay, merge or why; --help "
          "shows more");
    return action();
  } catch (const CLI::Success& request) {  // --help, --version: not an error
    return app.exit(request, std::cout, std::cerr);
  } catch (const CLI::ExtrasError& error) {
    if (is_asked_for)
      add_commands(app, arguments, action,
                   [&](std::string_view name) { return name != asked_for; });
    const std::string unknown = unknown_word(app);
    return fail(kExitUsage, unknown.empty() ? one_line(error.what()) : unknown);
  } catch (const CLI::ArgumentMismatch& error) {
    return fail(kExitUsage, wrong_number_of_values(one_line(error.what())));
  } catch (const CLI::ParseError& error) {
    return fail(kExitUsage, one_line(error.what()) + "; --help shows what there is");
  } catch (const UsageError& error) {
    return fail(kExitUsage, error.what());
  } catch (const std::exception& error) {
    return fail(kExitInternal, std::string("internal error: ") + error.what());
  }
}

}  // namespace

int command(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "child") {
    try {
      require_child(argc, argv);
    } catch (const UsageError& error) {
      return fail(kExitUsage, error.what());
    }
    return run_child(argv[2]);
  }
  occupy_standard_descriptors();
  StandardOutput output;
  return output.finish(command_line(argc, argv));
}

}  // namespace gridlock::internal
