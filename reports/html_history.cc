// SPDX-License-Identifier: Apache-2.0
//
// The page of a history: a row for each finding, with a chart.
#include "reports/history_chart.h"
#include "reports/html_head.h"
#include "reports/html_parts.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <cstddef>
#include <string>

namespace gridlock {
namespace {

using namespace internal::reports;  // NOLINT(google-build-using-namespace): its other half

constexpr std::size_t kColumns = 60;
constexpr std::size_t kShownRuns = 500;
constexpr std::size_t kBar = 4;  // a column's width
constexpr int kHeight = 24;      // of a bar that is full

int bar_height(const ChartColumn& column) {
  if (column.seen == 0) return 2;
  return 2 + static_cast<int>(column.seen * (kHeight - 2) / column.could);
}

/// Tall: seen in all of its runs; a line: in none; a gap: nothing is known.
Markup chart(const FindingHistory& one) {
  const auto columns = chart_columns(one, kColumns);
  std::string came;  // outlines of bars
  std::string absent;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].could == 0) continue;
    const std::string height = std::to_string(bar_height(columns[i]));
    (columns[i].seen > 0 ? came : absent) += "M" + std::to_string(i * kBar) + " " +
                                             std::to_string(kHeight) + "v-" + height + "h" +
                                             std::to_string(kBar - 1) + "v" + height + "z";
  }
  const int width = static_cast<int>(columns.size() * kBar);
  return element("svg",
                 {{"role", "img"},
                  {"aria-label", frequency_text(one)},
                  {"width", width},
                  {"height", kHeight},
                  {"viewBox", "0 0 " + std::to_string(width) + " " + std::to_string(kHeight)},
                  {"fill", "currentColor"}},
                 svg_element("path", {{"d", came}}) +
                     svg_element("path", {{"d", absent}, {"opacity", "0.4"}}));
}

MarkupValue chip_class(const FindingHistory& one) {
  if (one.standing != Standing::kCounts || one.state == HistoryState::kGone)
    return "chip as-expected";
  if (one.state == HistoryState::kFlaky) return "chip unexpected";
  return "chip missed";
}

Markup row(const FindingHistory& one) {
  const std::string standing = one.standing == Standing::kAsDeclared   ? " (as declared)"
                               : one.standing == Standing::kSuppressed ? " (suppressed)"
                                                                       : "";
  return element("tr",
                 element("th", {{"scope", "row"}},
                         Markup(headline_text(one.finding)) + void_element("br", {}) +
                             classed("span", "quiet", one.finding.kind + standing) +
                             void_element("br", {}) + element("i", one.finding.fingerprint)) +
                     element("td", classed("span", chip_class(one), name(one.state))) +
                     element("td", chart(one) + void_element("br", {}) + frequency_text(one)) +
                     element("td", moment_text(one.first_seen)) +
                     element("td", moment_text(one.last_seen)) + element("td", where_text(one))) +
         "\n";
}

Markup findings(const History& history, bool counting) {
  Markup rows;
  for (const FindingHistory& one : history.findings) {
    if ((one.standing == Standing::kCounts) == counting) rows += row(one);
  }
  if (rows.empty()) return {};
  return html_table(counting ? "Findings" : "Other findings", "wide",
                    html_column("Finding") + html_column("State") +
                        html_column("Runs, oldest first") + html_column("First seen") +
                        html_column("Last seen") + html_column("In"),
                    rows) +
         "\n";
}

Markup runs(const History& history) {
  if (history.runs.empty()) return {};
  Markup rows;
  std::size_t shown = 0;
  for (auto run = history.runs.rbegin(); run != history.runs.rend() && shown < kShownRuns; ++run) {
    ++shown;
    rows += element("tr", element("th", {{"scope", "row"}}, moment_text(run->started)) +
                              element("td", element("i", run->id)) +
                              element("td", counted(run->seen.size(), "finding")) +
                              element("td", printable_line(run->command))) +
            "\n";
  }
  Markup left_out;
  if (shown < history.runs.size())
    left_out = html_quiet(counted(history.runs.size() - shown, "earlier run") + ".");
  return element("details", element("summary", "The runs, newest first") + "\n" +
                                html_table("Runs", "wide",
                                           html_column("Started") + html_column("Run") +
                                               html_column("Findings") + html_column("Command"),
                                           rows) +
                                left_out) +
         "\n";
}

}  // namespace

std::string to_html(const History& history) {
  const Markup facts = html_fact_if_any("History", history.file) +
                       html_fact_if_any("Runs", runs_text(history)) +
                       html_fact_if_any("Besides", others_text(history));
  const Markup header =
      classed("header", "top",
              classed("p", "mark", "Gridlock") + "\n" + element("h1", summary_text(history)) +
                  "\n" + classed("dl", "facts", "\n" + facts)) +
      "\n";
  const Markup others = findings(history, false);
  const Markup folded =
      others.empty()
          ? others
          : element("details", element("summary", others_text(history)) + "\n" + others) + "\n";
  return html_document(
      html_head("Gridlock: " + summary_text(history)),
      "\n" + header + element("main", "\n" + findings(history, true) + folded + runs(history)) +
          "\n");
}

}  // namespace gridlock
