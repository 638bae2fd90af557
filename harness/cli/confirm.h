// SPDX-License-Identifier: Apache-2.0
//
// `gridlock exec --confirm`: each possible deadlock is made to happen in fresh runs of the program.
#pragma once

#include <gridlock/report.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace gridlock::internal {

/// How the program is run again.
struct FreshRuns {
  std::string file;
  std::vector<std::string> words;  ///< argv
  /// What its environment has besides ours, for a run with this log and this plan.
  std::function<std::vector<std::pair<std::string, std::string>>(const std::string& log,
                                                                 const std::string& plan)>
      variables;
  std::string own_pid;       ///< a variable that has its own process number; empty: none
  std::string folder;        ///< for logs and plans
  int at_most = 0;           ///< runs for one finding
  double first_seconds = 0;  ///< how long the first run took,
  int first_status = 0;      ///< and how it ended (waitpid)
  int timeout = 0;           ///< seconds for one run; 0: from first_seconds
  long stdin_offset =
      -1;  ///< of standard input before the first run, if it is a file; -1: it is none
  bool input_is_lost = false;  ///< standard input is neither a file nor empty
  bool shows_output = false;
};

/// Fills in Finding::confirmation of each lock-order-cycle that counts. SIGINT, SIGTERM and SIGHUP end the runs; the
/// report is whole then, too.
void confirm_findings(Report& report, const FreshRuns& runs);

}  // namespace gridlock::internal
