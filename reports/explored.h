// SPDX-License-Identifier: Apache-2.0
//
// The words for schedules that were chosen.
#pragma once

#include <gridlock/report.h>

#include "reports/wording.h"

#include <cstddef>
#include <string>

namespace gridlock::internal::reports {

/// "10,000 executions, 812 different schedules (mix, seed 1)", with shards if there are several; empty for an outcome of another sort.
std::string exploration_text(const Outcome& outcome);
/// "shard 3 of 4 is lost"; empty if none is, or if this is the report of one shard.
std::string lost_shards_text(const Outcome& outcome);

/// "3 tests explored: 1 finding, 1 failed"; empty unless all outcomes are such tests.
std::string explored_summary(const Report& report);

/// "Execution 696 of the search with seed 1: 57 steps, 5 switches of threads".
std::string execution_text(const ChosenExecution& execution);
/// "gridlock replay LINE -- PROGRAM"
std::string replay_text(const std::string& line);
/// What the threads did before and behind their switches, at most `limit` steps; of an execution whose steps are not known the last
/// switches: where each thread stood. The execution must outlive it.
Story path_story(const ChosenExecution& execution, const Names& names, std::size_t limit);
/// A heading for them.
inline constexpr const char* kPathHeading = "How its threads took turns";

}  // namespace gridlock::internal::reports
