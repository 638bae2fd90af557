// SPDX-License-Identifier: Apache-2.0
//
// The pieces of the HTML page. What is a drawing, too, is in svg_parts.h.
#pragma once

#include <gridlock/report.h>

#include "reports/html_element.h"
#include "reports/wording.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal::reports {

/// The fragment id of an outcome's section. By position: names may repeat and hold anything.
std::string anchor(std::size_t outcome);

/// What one outcome shows: source with the marked lines; empty if the text is not in the report.
Markup html_source(const Outcome& outcome, const Report& report);
/// The lines around a place, the place marked; empty if the text is not in the report.
Markup html_snippet(const Frame& frame, const Report& report);
/// A frame list, library frames folded.
Markup html_stack(const Stack& stack);

/// A finding, as it was read, as an article; `number` counts from 1 in its outcome.
Markup html_finding(const Finding& raw, std::size_t number, const Report& report);
/// Every thread of a process that crashed or ran out of time.
Markup html_dump(const ProcessDump& dump, const Report& report);

/// The episodes of a finding, stacks and source with them.
Markup html_episodes(const Story& story, const Report& report);

/// Cycles judged safe, folded; contention; the learned order; suppressed findings. Each empty if
/// there is nothing to show.
Markup html_safe_cycles(const Outcome& outcome, const Report& report);
Markup html_contention(const Outcome& outcome);
Markup html_learned_order(const Outcome& outcome);
Markup html_suppressed(const Outcome& outcome);
/// Every entry of the suppressions file with its uses.
Markup html_suppressions(const Report& report);

/// Processes as a nested list, each under its parent; empty if there is none.
Markup html_processes(const std::vector<ProcessInfo>& processes);

/// The cycle, or the waits, as a drawing; empty if nobody waits.
Markup svg_finding(const Finding& finding);
/// The cycle of a finding that names processes: a box around what lives in each.
Markup svg_processes(const Finding& finding);
/// For a finding without a cycle: the waiting threads, what they wait for, and its holders.
Markup svg_waits(const Finding& finding);

/// A region that scrolls by itself, with a table in it.
Markup html_table(std::string_view name, MarkupValue css, const Markup& head, const Markup& rows);
Markup html_column(const Markup& name);
/// "3 more ...", where not all is shown.
Markup html_quiet(const Markup& text);

/// A folded box: a summary line, and the text as it is.
Markup html_folded_text(std::string_view title, std::string_view text);

}  // namespace gridlock::internal::reports
