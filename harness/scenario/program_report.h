// SPDX-License-Identifier: Apache-2.0
//
// Reports over the logs of programs that ran by themselves: one outcome a run, each finding once.
#pragma once

#include "harness/scenario/runner.h"
#include "harness/scenario/source_roots.h"

#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal {

/// A file that was read.
struct LogFile {
  std::string path;  ///< as the user named it
  std::string text;
  std::string run = {};  ///< of its runs only this one: "last", its number, or its id; empty: all
};

/// Whether this begins as a log does, and not as a JSON report.
bool looks_like_log(std::string_view text);

/// Outcomes of the runs in the logs, in their order, with symbols, sources and sightings. A text without
/// any record, or without the run that was asked for, makes none, but a line in `refused`:
/// "x.jsonl:1: no log of Gridlock: not a JSON value".
/// Lines of the sources below `roots` are shown, and of the projects that the modules of a log belong
/// to, if these are what the log says. Findings are not yet compared over the logs:
/// drop_repeated_findings().
RunResult report_of_logs(const std::vector<LogFile>& logs, const std::vector<std::string>& command,
                         Suppressions& suppressions, std::vector<std::string>& refused,
                         SourceRoots roots = SourceRoots::of_current_folder());

/// Leaves each finding of a program in the first outcome that has it. For a report that is complete.
void drop_repeated_findings(Report& report);

/// Verdict and reason of an outcome that is a program, from what else is known of it; after its
/// findings were suppressed, for one.
void judge_program(Outcome& outcome, const Report& report);

}  // namespace gridlock::internal
