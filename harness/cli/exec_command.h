// SPDX-License-Identifier: Apache-2.0
//
// `gridlock exec`: a program that knows nothing of Gridlock, watched by a library that is preloaded.
#pragma once

#include "harness/cli/actions.h"

#include <string>
#include <vector>

namespace gridlock::internal {

struct ExecArguments {
  std::vector<std::string> program;   ///< with its arguments
  int error_exit_code = -1;           ///< of a program with findings; -1: its own
  std::string on_deadlock;            ///< "end" (also if empty), "leave", "abort"
  int hang = 0;                       ///< the option of that name
  int confirm = 0;                    ///< fresh runs for each possible deadlock, at most; 0: none
  int confirm_timeout = 0;            ///< seconds for one of them; 0: by the first run
  bool follow = false;                ///< also what the program starts
  std::string log;                    ///< where the log is kept; empty: nowhere
  std::vector<std::string> settings;  ///< NAME=VALUE
  SuppressionArguments suppressions;
  std::string report_folder;  ///< empty: none
  std::vector<Output> outputs;
  std::string baseline;  ///< a JSON report to compare with; empty: none
  std::string history;   ///< the file that the run is added to; empty: none
  std::vector<std::string> source_roots;
  bool verbose = false;
  ColorMode color = ColorMode::kAuto;
  std::vector<std::string> command;
};

/// The program has this process's standard input and output, and its exit code becomes this one's; if a
/// signal ended it, this process ends by the same. What was found is written to stderr.
int execute(const ExecArguments& arguments);

}  // namespace gridlock::internal
