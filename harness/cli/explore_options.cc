// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/explore_options.h"

#include "harness/cli/command_options.h"
#include "harness/cli/shards.h"
#include "harness/cli/words.h"

#include <CLI/CLI.hpp>
#include <string>

namespace gridlock::internal {
namespace {

constexpr int kMostExecutions = 2'000'000'000;
constexpr int kMostBound = 1000;

}  // namespace

void add_explore(CLI::App& app, ExploreArguments& values, std::function<int()>& action) {
  CLI::App* const explore = app.add_subcommand("explore",
                                               "Choose the schedules of a program, or of its "
                                               "tests: explore [OPTIONS] -- PROGRAM [ARGUMENTS]");
  takes_choice(
      explore->add_option(
          "--strategy", values.strategy,
          "Who chooses: mix (default: the next five in turns), random, pct, pos, surw, postpone; "
          "exhaustive: all schedules, until none is left"),
      "WHICH", {"mix", "random", "pct", "pos", "surw", "postpone", "exhaustive"});
  takes_choice(explore->add_option(
                   "--memory", values.memory,
                   "What an atomic load may read: sequential: the newest store; weak: or an "
                   "older one, where the memory orders allow it (default: what the test says)"),
               "WHICH", {"sequential", "weak"});
  CLI::Option* const executions = takes_number(
      explore->add_option("--executions", values.executions,
                          "Executions of each test, at most, all shards together (default: what "
                          "the test says)"),
      "N", 1, kMostExecutions);
  takes_text(explore->add_option("--time", values.seconds,
                                 "Seconds for each test, in place of a number of executions"),
             "S")
      ->excludes(executions)
      ->check([](const std::string& word) { return seconds_error(word, 0.001, 1e7); });
  takes_number(
      explore->add_option("--seed", values.seed,
                          "Other seeds choose other schedules (default: what the test says)"),
      "N", 0, kMostExecutions);
  takes_number(
      explore->add_option("--max-steps", values.max_steps,
                          "An execution with more steps has no end: it is a livelock (default: "
                          "what the test says; 5,000,000 for a program that was not built for it)"),
      "N", 1, kMostExecutions);
  CLI::Option* const preemptions = takes_number(
      explore->add_option("--preemption-bound", values.preemption_bound,
                          "With exhaustive: only schedules in which at most N times a thread is "
                          "stopped that could go on (default: what the test says)"),
      "N", 0, kMostBound);
  takes_number(
      explore->add_option("--delay-bound", values.delay_bound,
                          "With exhaustive: only schedules in which at most N turns are passed "
                          "over (default: what the test says)"),
      "N", 0, kMostBound)
      ->excludes(preemptions);
  takes_number(explore->add_option("--jobs,-j", values.jobs,
                                   "Processes at once, which share the executions (default: 1)"),
               "N", 1, 1024);
  takes_text(
      explore->add_option("--shard", values.shard,
                          "Only this part of the executions: 2/4 is the second of four (default: "
                          "as GTEST_SHARD_INDEX, "
                          "SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX or a CI's variables say)"),
      "NUMBER/OF")
      ->check(shard_error);
  takes_path(
      explore->add_option("--log", values.log, "Keep the log in FILE (gridlock report FILE)"),
      "FILE");
  add_suppressions(*explore, values.suppressions);
  add_report_folder(*explore, values.report_folder);
  add_output(*explore, values.outputs);
  add_short_output(*explore, "html", values.outputs);
  add_short_output(*explore, "json", values.outputs);
  add_comparison(*explore, values.baseline, values.annotations);
  add_source_roots(*explore, values.source_roots);
  add_flag(*explore, "--verbose,-v", values.verbose,
           "Show full details, and what the program prints");
  add_color(*explore, values.color);
  explore->callback([&] { action = [&] { return explore_program(values); }; });
}

void add_replay(CLI::App& app, ReplayArguments& values, std::function<int()>& action) {
  CLI::App* const replay = app.add_subcommand(
      "replay", "Run an execution again: replay [OPTIONS] LINE -- PROGRAM [ARGUMENTS]");
  replay->add_option("LINE", values.line, "The replay line of a finding: gl1:...");
  add_flag(*replay, "--gdb", values.gdb, "Start gdb on it, which stops at its last step");
  takes_number(
      replay->add_option("--step", values.step, "Where gdb stops (default: at the last step)"), "N",
      1, kMostExecutions);
  add_output(*replay, values.outputs);
  add_short_output(*replay, "html", values.outputs);
  add_short_output(*replay, "json", values.outputs);
  add_source_roots(*replay, values.source_roots);
  add_flag(*replay, "--verbose,-v", values.verbose,
           "Show full details, and what the program prints");
  add_color(*replay, values.color);
  replay->callback([&] { action = [&] { return replay_program(values); }; });
}

void add_merge(CLI::App& app, MergeArguments& values, std::function<int()>& action) {
  CLI::App* const merge =
      app.add_subcommand("merge", "Make one report of those that the shards of a search wrote");
  merge
      ->add_option("FILE", values.inputs,
                   "JSON reports of `gridlock explore --shard`, in any order; what is missing is "
                   "shown as lost")
      ->required();
  add_report_folder(*merge, values.report_folder);
  add_output(*merge, values.outputs);
  add_short_output(*merge, "html", values.outputs);
  add_short_output(*merge, "json", values.outputs);
  add_flag(*merge, "--verbose,-v", values.verbose, "Show full details");
  add_color(*merge, values.color);
  merge->callback([&] { action = [&] { return merge_reports(values); }; });
}

}  // namespace gridlock::internal
