// SPDX-License-Identifier: Apache-2.0
//
// `gridlock explore` and `gridlock replay`: programs that were built with gridlock_explore().
#pragma once

#include "harness/cli/actions.h"

#include <cstdint>
#include <string>
#include <vector>

namespace gridlock::internal {

struct ExploreArguments {
  std::vector<std::string> program;  ///< with its arguments
  std::string strategy;              ///< empty: the program's own, as of the following
  std::string executions;            ///< of each search, of all shards together
  std::string seconds;               ///< for each search
  std::string seed;
  std::string
      preemption_bound;  ///< of all schedules: those with at most so many preemptions; empty: the program's own
  std::string delay_bound;  ///< the same for delays
  std::string memory;       ///< "sequential", "weak"; empty: the program's own
  std::string max_steps;    ///< of an execution
  int jobs = 1;             ///< processes at once
  std::string shard;        ///< "2/4"; empty: what the surroundings say
  std::string log;          ///< where the log is kept; empty: nowhere
  SuppressionArguments suppressions;
  std::string report_folder;  ///< empty: none
  std::string baseline;       ///< a JSON report to compare with; empty: none
  std::string annotations;    ///< "auto" (also if empty), "github", "never"
  std::vector<Output> outputs;
  std::vector<std::string> source_roots;
  bool verbose = false;
  ColorMode color = ColorMode::kAuto;
  std::vector<std::string> command;
};
int explore_program(const ExploreArguments& arguments);

struct ReplayArguments {
  std::string line;
  std::vector<std::string> program;
  bool gdb = false;
  std::string step;  ///< where gdb stops; empty: at the last one
  std::vector<Output> outputs;
  std::vector<std::string> source_roots;
  bool verbose = false;
  ColorMode color = ColorMode::kAuto;
  std::vector<std::string> command;
};
int replay_program(const ReplayArguments& arguments);

struct MergeArguments {
  std::vector<std::string> inputs;  ///< JSON reports of shards, in any order
  std::vector<Output> outputs;
  std::string report_folder;  ///< empty: none
  bool verbose = false;
  ColorMode color = ColorMode::kAuto;
  std::vector<std::string> command;
};
int merge_reports(const MergeArguments& arguments);

}  // namespace gridlock::internal
