// SPDX-License-Identifier: Apache-2.0
//
// Runs scenarios, each in a process of its own, and makes the report.
#pragma once

#include <gridlock/report.h>
#include <gridlock/scenario.h>

#include "harness/scenario/suppressions.h"

#include <cstddef>
#include <string>
#include <vector>

namespace gridlock::internal {

struct RunOptions {
  int jobs = 1;
  double timeout_seconds = 30;  ///< of each scenario
  int repeat = 1;               ///< runs of each scenario, until one's verdict is not as declared
  std::string on_deadlock;  ///< GRIDLOCK_OPTIONS' on_deadlock for the processes; empty: "report"
  std::vector<std::string> settings;  ///< NAME=VALUE for GRIDLOCK_OPTIONS, checked; the last counts
  Suppressions suppressions;
  std::vector<std::string> command;  ///< as the user typed it; command[0] is the program
  int interrupt_fd = -1;             ///< when it becomes readable the run is over
  int front_fd = -1;  ///< the same, and nobody waits for a report (Abandoned is thrown)
};

/// What happens meanwhile; called in the thread that runs. Scenarios may be started again (repeat).
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void started(const Scenario&) {}
  virtual void finished(const Outcome&) {}
  virtual void idle() {}  ///< about twice a second
};

struct RunResult {
  Report report;  ///< outcomes in the order of the scenarios given
  bool interrupted = false;
  std::size_t not_run = 0;         ///< scenarios without an outcome, because it was interrupted
  std::vector<std::string> notes;  ///< one line each, for a person: what could not be done
};

/// Thrown when everything has been cleaned up.
class Abandoned {};

/// One process a scenario: this executable (/proc/self/exe) with the arguments `child NAME`. Uses a
/// temporary directory below TMPDIR and removes it. Whatever a scenario does to itself costs only
/// its own verdict. Call it from the main thread; throws std::exception if the machine does not let
/// it work (no temporary directory, no process).
RunResult run_scenarios(const std::vector<Scenario>& scenarios, const RunOptions& options,
                        Progress& progress);

/// A report with a single outcome (none, if the text has no record), made of a log that a program
/// wrote by itself. Symbols and source text are filled in. Of several: program_report.h.
RunResult report_of_log(const std::string& path, const std::string& log_text,
                        const std::vector<std::string>& command, Suppressions suppressions = {});

/// Quoted for a POSIX shell where that is needed.
std::string shell_quoted(const std::vector<std::string>& words);

/// True when ThreadSanitizer is linked into this executable.
bool tsan_linked();

}  // namespace gridlock::internal
