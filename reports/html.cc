// SPDX-License-Identifier: Apache-2.0
//
// The page: what happened at the top, then a section a scenario, those that differ first.
#include <gridlock/report.h>

#include "reports/formats.h"
#include "reports/html_head.h"
#include "reports/html_parts.h"
#include "reports/lock_facts.h"
#include "reports/past.h"
#include "reports/places.h"
#include "reports/programs.h"
#include "reports/render_index.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gridlock {
namespace {

using namespace internal::reports;  // NOLINT(google-build-using-namespace): its other half

constexpr std::size_t kListed = 500;  // findings in the list at the top

bool is_told_first(const Outcome& outcome) { return !passed(outcome.verdict) || outcome.dump; }

Markup link(std::string_view id, const Markup& text) {
  return element("a", {{"href", "#" + std::string(id)}}, text);
}

std::string headline(const Report& report) {
  if (report.outcomes.empty()) return "No scenario was run";
  if (!programs_summary(report).empty()) return summary_text(report);
  const auto differing = static_cast<std::size_t>(std::ranges::count_if(
      report.outcomes, [](const Outcome& outcome) { return !passed(outcome.verdict); }));
  const std::string all = counted(report.outcomes.size(), "scenario");
  if (differing > 0) {
    return std::to_string(differing) + " of " + all + " " +
           (differing == 1 ? "differs" : "differ") + " from what was declared";
  }
  const auto unchecked = count(report, Verdict::kNotChecked);
  if (unchecked > 0) {
    return "Nothing differs; " + std::to_string(unchecked) + " of " + all + " not checked";
  }
  return (report.outcomes.size() == 1 ? "1 scenario, as declared" : "All " + all + " as declared");
}

// "2 missed", "1 log with findings".
std::string chip_text(std::string_view label, std::size_t count) {
  if (label == "findings") return counted(count, "log") + " with findings";
  return std::to_string(count) + " " + std::string(label);
}

Markup chips(const Report& report) {
  constexpr std::array kOrder = {Verdict::kMissed,   Verdict::kUnexpected, Verdict::kCrashed,
                                 Verdict::kTimedOut, Verdict::kAsExpected, Verdict::kNotChecked};
  Markup all;
  for (const Verdict verdict : kOrder) {
    std::map<std::string, std::size_t> times;  // by what is said of it
    for (const Outcome& outcome : report.outcomes) {
      if (outcome.verdict != verdict) continue;
      ++times[std::string(outcome.program ? program_label(outcome) : label(outcome.verdict))];
    }
    for (const auto& [text, count] : times) {
      all +=
          element("span",
                  {{"class", "chip " + std::string(name(verdict))}, {"data-q", "verdict:" + text}},
                  chip_text(text, count)) +
          " ";
    }
  }
  return classed("p", "chips", all) + "\n";
}

Markup header(const Report& report) {
  Markup facts = html_fact_if_any("Command", report.command);
  if (!only_programs(report)) {
    facts += html_fact_if_any(
        "Build", report.compiler + (report.sanitizer.empty() ? ", no sanitizer"
                                                             : ", -fsanitize=" + report.sanitizer));
    if (!unseen_races_text(report).empty())
      facts += html_fact("Data races", "not looked for in this build");
  }
  facts += html_fact_if_any("Started", report.started);
  if (!only_programs(report)) facts += html_fact_if_any("Took", seconds_text(report.seconds));
  facts += html_fact_if_any("Gridlock", report.tool_version) +
           html_fact_if_any("Compared with", compared_text(report)) +
           html_fact_if_any("History", past_runs_text(report));
  for (const std::string& note : report.notes) facts += html_fact_if_any("Note", note);
  if (report.not_run > 0) facts += html_fact("Not run", std::to_string(report.not_run));
  const Outcome* next = worth_a_rerun(report);
  if (next != nullptr && !next->rerun.empty())
    facts += html_fact("Next", html_command(next->rerun + " -v"));
  return classed("header", "top",
                 classed("p", "mark", "Gridlock") + "\n" + element("h1", headline(report)) + "\n" +
                     chips(report) + classed("dl", "facts", "\n" + facts)) +
         "\n";
}

/// Shown by the script: without it nobody would answer.
Markup search_box(const Report& report) {
  if (report.outcomes.empty()) return {};
  return element("search", {{"hidden", MarkupValue::flag(true)}, {"id", "search"}},
                 element("label", {{"for", "q"}}, "Search") + " " +
                     void_element("input", {{"id", "q"},
                                            {"type", "search"},
                                            {"autocomplete", "off"},
                                            {"spellcheck", "false"},
                                            {"aria-describedby", "hits"},
                                            {"placeholder", "kind:deadlock lock:accounts words"}}) +
                     " " + element("span", {{"id", "hits"}, {"role", "status"}}, {})) +
         "\n";
}

/// Findings that differ, a row each, with the place and a link.
Markup findings_table(const Report& report, const PageIds& ids) {
  Markup rows;
  std::size_t shown = 0;
  std::size_t all = 0;
  for (const Found& found : all_found(report)) {
    if (passed(found.outcome->verdict)) continue;
    ++all;
    if (shown == kListed) continue;
    ++shown;
    const std::optional<Frame> place = main_place(*found.finding);
    const Markup title = title_text(*found.finding);
    const std::string where =
        place ? path_in_project(place->file, report) + ":" + std::to_string(place->line) : "";
    const Markup state =
        (report.baseline ? element("td", baseline_state(*found.finding, report)) : Markup()) +
        (report.history ? element("td", past_in_short(*found.finding, report)) : Markup());
    rows += element("tr", element("th", {{"scope", "row"}},
                                  ids.has(found.finding->fingerprint)
                                      ? link("f-" + found.finding->fingerprint, title)
                                      : title) +
                              element("td", element("i", printable_line(where))) +
                              element("td", printable_line(found.outcome->name)) + state) +
            "\n";
  }
  if (rows.empty()) return {};
  Markup left_out;
  if (shown < all) left_out = html_quiet(counted(all - shown, "more finding") + ".");
  return element("h2", counted(all, "finding") + " that should not be") + "\n" +
         html_table("Findings", {},
                    html_column("Finding") + html_column("Place") + html_column("In") +
                        (report.baseline ? html_column("State") : Markup()) +
                        (report.history ? html_column("History") : Markup()),
                    rows) +
         "\n" + left_out;
}

/// For what stands beside the main part: readers of the screen go from one landmark to the next.
Markup landmark(const char* name, const Markup& content) {
  if (content.empty()) return content;
  return element("section", {{"aria-label", std::string(name)}}, "\n" + content + "\n") + "\n";
}

Markup fixed_list(const Report& report) {
  if (!report.baseline || report.baseline->fixed.empty()) return {};
  Markup items;
  for (std::size_t i = 0; i < std::min(report.baseline->fixed.size(), kListed); ++i) {
    const FixedFinding& fixed = report.baseline->fixed[i];
    items += element("li", title_text(fixed.finding) + " in " + printable_line(fixed.outcome) +
                               " " + element("i", printable_line(fixed.finding.fingerprint))) +
             "\n";
  }
  return landmark(
      "Fixed",
      element("details",
              element("summary", counted(report.baseline->fixed.size(), "finding") + " fixed") +
                  "\n" + classed("ul", "records", items)));
}

/// Outcomes that differ without a finding to link to, and those that have one: a link each.
Markup summary(const Report& report, const PageIds& ids) {
  Markup links;
  std::size_t differing = 0;
  for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
    const Outcome& outcome = report.outcomes[i];
    if (!is_told_first(outcome)) continue;
    if (++differing > kListed) continue;
    links += element("li", link(anchor(i), outcome.name) + " " + html_chip(outcome) + " " +
                               classed("span", "quiet", html_found(outcome, report))) +
             "\n";
  }
  if (differing > kListed)
    links += element("li", std::to_string(differing - kListed) + " more differ.") + "\n";
  const Markup findings = findings_table(report, ids);
  if (links.empty() && findings.empty()) return fixed_list(report);
  return element(
             "nav", {{"aria-label", "What differs"}},
             (links.empty() ? links : classed("ul", "differing", "\n" + links) + "\n") + findings) +
         "\n" + fixed_list(report);
}

/// A section each while there is room, then a line each, and of the rest how many there are.
class Sections {
 public:
  Sections(const Report& report, PageIds& ids, PageRoom& room)
      : report_(report), ids_(ids), room_(room) {}

  void add(std::size_t index) {
    const Outcome& outcome = report_.outcomes[index];
    if (room_.section()) {
      sections_ += html_outcome(outcome, index, report_, ids_, room_);
    } else if (room_.line()) {
      lines_ += html_outcome_line(outcome, report_);
    } else {
      ++left_out_;
    }
    ++count_;
  }
  std::size_t count() const { return count_; }
  Markup take() {
    if (!lines_.empty()) sections_ += classed("ul", "differing", "\n" + lines_) + "\n";
    if (left_out_ > 0) {
      sections_ += html_quiet(std::to_string(left_out_) +
                              " more are left out here; the JSON report has them.");
    }
    return std::move(sections_);
  }

 private:
  const Report& report_;
  PageIds& ids_;
  PageRoom& room_;
  Markup sections_;
  Markup lines_;
  std::size_t count_ = 0;
  std::size_t left_out_ = 0;
};

/// Those that differ, then the others with a heading of their own.
Markup outcomes(const Report& report, PageIds& ids) {
  PageRoom room;
  Sections differing(report, ids, room);
  Sections others(report, ids, room);
  for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
    if (is_told_first(report.outcomes[i])) differing.add(i);
  }
  for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
    if (!is_told_first(report.outcomes[i])) others.add(i);
  }
  Markup first = differing.take();
  const std::size_t count = others.count();
  if (count == 0) return first;
  const std::string heading = only_programs(report) ? counted(count, "log") + " without findings"
                                                    : std::to_string(count) + " as declared";
  const auto again = std::ranges::find_if(report.outcomes, [](const Outcome& outcome) {
    return passed(outcome.verdict) && !outcome.rerun.empty();
  });
  Markup rest = classed("h2", "rest", heading) + "\n";
  if (again != report.outcomes.end()) {
    rest += html_quiet("One of them again: " + html_command(again->rerun));
  }
  return first + rest + others.take();
}

}  // namespace

std::string to_html(const Report& report) {
  const RenderIndex index(report);
  PageIds ids;
  const Markup sections = outcomes(report, ids);
  return html_document(html_head("Gridlock: " + headline(report)),
                       "\n" + header(report) + search_box(report) + summary(report, ids) +
                           landmark("Suppressions file", html_suppressions(report)) +
                           element("main", "\n" + sections) + "\n");
}

std::string internal::reports::render_html(const Report& report) { return to_html(report); }

}  // namespace gridlock
