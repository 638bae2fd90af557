// SPDX-License-Identifier: Apache-2.0
//
// The pieces of the HTML page. What is a drawing, too, is in svg_parts.h.
#pragma once

#include <gridlock/report.h>

#include "reports/html_element.h"
#include "reports/wording.h"

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal::reports {

/// The fragment id of an outcome's section. By position: names may repeat and hold anything.
std::string anchor(std::size_t outcome);

/// The fragment ids of findings: "f-" and the fingerprint, for the first article that has it.
class PageIds {
 public:
  /// "f-" and it; empty if an earlier one has it, or it is no fingerprint.
  std::string take(std::string_view fingerprint);
  bool has(std::string_view fingerprint) const { return taken_.contains(fingerprint); }

 private:
  std::set<std::string, std::less<>> taken_;
};

/// How much the page still has room for, whatever the report has: it is to open in a moment. What is left out is
/// counted.
class PageRoom {
 public:
  /// Whether one more section fits; not, it is a line.
  bool section() { return take(sections_); }
  bool line() { return take(lines_); }
  /// Whether one more finding fits, in full or in its essence.
  bool finding_in_full() { return take(in_full_); }
  bool finding() { return take(findings_); }

 private:
  static bool take(std::size_t& left) { return left > 0 && left-- > 0; }

  std::size_t sections_ = 500;
  std::size_t lines_ = 2000;
  std::size_t in_full_ = 150;
  std::size_t findings_ = 600;
};

/// How much is shown: all there is; the essence; of what is as declared even less, because the source beside it has its
/// lines marked.
enum class Detail : unsigned char { kFull, kEssence, kDeclared };

/// What one outcome shows: source with the marked lines; empty if the text is not in the report.
Markup html_source(const Outcome& outcome, const Report& report);
/// The lines around a place, the place marked; empty if the text is not in the report.
Markup html_snippet(const Frame& frame, const Report& report, int around);
/// A folded list of frames, those of libraries counted; empty where a single one is the user's.
Markup html_stack(const Stack& stack, const Report& report);
/// "bank.cc:12", which leads to the editor or to the code on the web, if the report says where they are.
Markup html_place(const Frame& frame, const Report& report);
/// The same of any other words for that place.
Markup html_place(const Frame& frame, const std::string& text, const Report& report);
/// A column a thread, each step with its source; below it what no thread did.
/// `ids` are those of the cells of the places that a drawing leads to.
using SiteIds = std::map<const Stack*, std::string>;
Markup html_lanes(const Story& story, const Names& names, const Report& report, Detail detail,
                  const SiteIds& ids = {});
/// What the threads did last and held after each step, folded: drawn, and as a table. Empty if that is not known.
Markup html_steps(const std::vector<ThreadInfo>& threads, const Names& names, const Report& report);
/// Where threads and objects come from, folded; empty if that is not known.
Markup html_origins(const Story& story, const Report& report);

/// The section of an outcome; folded to a line if it is as declared.
Markup html_outcome(const Outcome& outcome, std::size_t index, const Report& report, PageIds& ids,
                    PageRoom& room);
/// The same as a line, for which there is no section.
Markup html_outcome_line(const Outcome& outcome, const Report& report);
Markup html_chip(const Outcome& outcome);
Markup html_fact(const Markup& term, const Markup& text);
/// None where there is nothing to say.
Markup html_fact_if_any(const char* term, std::string_view text);
/// A command, which the page's script lets one copy.
Markup html_command(std::string_view text);
/// Prose, with what stands between backticks as code.
Markup html_prose(std::string_view text);
/// What was found, in a few words.
std::string html_found(const Outcome& outcome, const Report& report);

/// The `index`th finding of an outcome, as it was read, as an article.
Markup html_finding(const Outcome& outcome, std::size_t index, const Report& report, PageIds& ids,
                    Detail detail);
/// The locks around the cycle of a finding of the outcome, with a link from each arrow to its place; `id` is that of the
/// finding's article. Empty if nothing is known but the cycle.
Markup html_lock_graph(const Finding& finding, const Outcome& outcome, const Report& report,
                       const std::string& id);
/// Every thread of a process that crashed or ran out of time.
Markup html_dump(const ProcessDump& dump, const Report& report);

/// Cycles judged infeasible, folded; contention; the learned order; suppressed findings. Each empty if
/// there is nothing to show.
Markup html_infeasible_cycles(const Outcome& outcome, const Report& report);
Markup html_contention(const Outcome& outcome);
Markup html_learned_order(const Outcome& outcome);
Markup html_suppressed(const Outcome& outcome);
/// Every entry of the suppressions file with its uses.
Markup html_suppressions(const Report& report);

/// Processes as a nested list, each under its parent; empty if there is none.
Markup html_processes(const std::vector<ProcessInfo>& processes);

/// The cycle, or the waits, as a drawing; empty if nobody waits.
/// Its steps lead to the places of `ids`, by where the second lock was asked for.
Markup svg_finding(const Finding& finding, const SiteIds& ids = {});
/// The cycle of a finding that names processes: a box around what lives in each.
Markup svg_processes(const Finding& finding);
/// For a finding without a cycle: the waiting threads, what they wait for, and its holders.
Markup svg_waits(const Finding& finding);

/// A region that scrolls by itself.
Markup html_scroll(std::string_view name, const Markup& content);
/// The same with a table in it.
Markup html_table(std::string_view name, MarkupValue css, const Markup& head, const Markup& rows);
Markup html_column(const Markup& name);
/// "3 more ...", where not all is shown.
Markup html_quiet(const Markup& text);

/// A folded box: a summary line, and the text as it is.
Markup html_folded_text(std::string_view title, std::string_view text);

}  // namespace gridlock::internal::reports
