// SPDX-License-Identifier: Apache-2.0
//
// The pieces of the report for a terminal, each put below what is there already.
#pragma once

#include <gridlock/report.h>

#include "reports/text_lines.h"

#include <cstddef>
#include <vector>

namespace gridlock::internal::reports {

/// All that is known of it; `number` counts from 1 in its outcome.
void text_finding(TextLines& out, const Finding& raw, std::size_t number, const Report& report);
/// Every thread of a process that crashed or ran out of time.
void text_dump(TextLines& out, const ProcessDump& dump, const Report& report);
/// Its number, title and kind, behind an empty line.
void text_heading(TextLines& out, const Finding& finding, std::size_t number);
/// The same on a screen: what is claimed, a column a thread, what to do about it.
void text_finding_in_short(TextLines& out, const Finding& raw, std::size_t number,
                           const Report& report);
void text_dump_in_short(TextLines& out, const ProcessDump& dump, const Report& report);
/// Each below its parent.
void text_processes(TextLines& out, std::size_t indent, const std::vector<ProcessInfo>& processes);

/// What an outcome has besides findings. Each empty if there is nothing to show.
void text_suppressed(TextLines& out, const Outcome& outcome);
void text_infeasible_cycles(TextLines& out, const Outcome& outcome, bool verbose);
void text_contention(TextLines& out, const Outcome& outcome);
void text_learned_order(TextLines& out, const Outcome& outcome);
/// Said of a run in which all is well, too: nothing else in it would show.
void text_starved_writers(TextLines& out, const Outcome& outcome, std::size_t indent);
/// How many findings were suppressed, and which entries matched nothing.
void text_suppressions(TextLines& out, const Report& report);

}  // namespace gridlock::internal::reports
