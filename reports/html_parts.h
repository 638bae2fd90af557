// SPDX-License-Identifier: Apache-2.0
//
// The pieces of the HTML page, each a string of finished markup. Nothing but escaped() puts foreign
// text into one.
#pragma once

#include <gridlock/report.h>

#include "reports/wording.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal::reports {

/// Text fit for an element's content and for a double-quoted attribute: printable(), and & < > " '
/// as references.
std::string escaped(std::string_view text);

/// The fragment id of an outcome's section. By position: names may repeat and hold anything.
std::string anchor(std::size_t outcome);

/// What one outcome shows: source with the marked lines; empty if the text is not in the report.
std::string html_source(const Outcome& outcome, const Report& report);
/// The lines around a place, the place marked; empty if the text is not in the report.
std::string html_snippet(const Frame& frame, const Report& report);
/// A frame list, library frames folded.
std::string html_stack(const Stack& stack);

/// A finding, as it was read, as an article; `number` counts from 1 in its outcome.
std::string html_finding(const Finding& raw, std::size_t number, const Report& report);
/// Every thread of a process that crashed or ran out of time.
std::string html_dump(const ProcessDump& dump, const Report& report);

/// The episodes of a finding, stacks and source with them.
std::string html_episodes(const Story& story, const Report& report);

/// Cycles judged safe, folded; contention; the learned order; suppressed findings. Each empty if
/// there is nothing to show.
std::string html_safe_cycles(const Outcome& outcome, const Report& report);
std::string html_contention(const Outcome& outcome);
std::string html_learned_order(const Outcome& outcome);
std::string html_suppressed(const Outcome& outcome);
/// Every entry of the suppressions file with its uses.
std::string html_suppressions(const Report& report);

/// Processes as a nested list, each under its parent; empty if there is none.
std::string html_processes(const std::vector<ProcessInfo>& processes);

/// The cycle, or who waits for what, as a drawing; empty if nobody waits.
std::string svg_finding(const Finding& finding);
/// The cycle of a finding that names processes: a box around what lives in each.
std::string svg_processes(const Finding& finding);
/// For a finding without a cycle: who waits for what, and who has that.
std::string svg_waits(const Finding& finding);

/// A folded box: a summary line, and the text as it is.
std::string html_folded_text(std::string_view title, std::string_view text);

}  // namespace gridlock::internal::reports
