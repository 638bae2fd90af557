// SPDX-License-Identifier: Apache-2.0
//
// The parts of a scenario's section that are no findings.
#include "reports/html_parts.h"
#include "reports/lock_facts.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>
#include <initializer_list>
#include <string>

namespace gridlock::internal::reports {
namespace {

constexpr std::size_t kFactRows = 4 * kMaxItems;

Markup left_out(std::size_t all) {
  if (all <= kFactRows) return {};
  return html_quiet(std::to_string(all - kFactRows) +
                    " more are left out here; the JSON report has them.");
}

Markup columns(std::initializer_list<const char*> names) {
  Markup all;
  for (const char* const name : names) all += html_column(name);
  return all;
}

Markup row(const Markup& heading, const Markup& cells) {
  return element("tr", element("th", {{"scope", "row"}}, heading) + cells) + "\n";
}

Markup cell(const Markup& text) { return element("td", text); }

}  // namespace

Markup html_infeasible_cycles(const Outcome& outcome, const Report& report) {
  const std::string count = infeasible_count_text(outcome);
  if (count.empty()) return {};
  Markup all = element("summary", count) + "\n";
  const std::size_t shown = std::min(outcome.infeasible_cycles.size(), kFactRows);
  for (std::size_t i = 0; i < shown; ++i) {
    const InfeasibleCycle& safe = outcome.infeasible_cycles[i];
    Markup cycle = classed("p", "way", cycle_line(safe.claim)) + "\n" +
                   classed("p", "fix", infeasible_reason_text(safe)) + "\n" +
                   svg_finding(safe.claim) +
                   html_lanes(edges_of(safe.claim), Names(safe.claim), report, Detail::kEssence);
    if (safe.length > safe.claim.edges.size()) {
      cycle += html_quiet(std::to_string(safe.claim.edges.size()) + " of " +
                          std::to_string(safe.length) + " steps were kept.");
    }
    all += classed("article", "finding", cycle) + "\n";
  }
  return classed("details", "safe", all + left_out(outcome.infeasible_cycles.size())) + "\n";
}

Markup html_contention(const Outcome& outcome) {
  if (outcome.contention.empty()) return {};
  const bool holds = has_holds(outcome);
  Markup names = columns({"Lock", "Taken", "Waits", "Waited in all", "Longest wait"});
  if (holds) names += columns({"Holds", "Held in all", "Longest hold"});
  Markup rows;
  const std::size_t shown = std::min(outcome.contention.size(), kFactRows);
  for (std::size_t i = 0; i < shown; ++i) {
    const ContentionText text = contention_text(outcome.contention[i]);
    Markup cells =
        cell(text.acquisitions) + cell(text.waits) + cell(text.wait) + cell(text.longest_wait);
    if (holds) cells += cell(text.holds) + cell(text.hold) + cell(text.longest_hold);
    rows += row(text.lock, cells);
  }
  Markup all = element("h3", "Contention") + "\n" + html_table("Contention", "wide", names, rows) +
               "\n" + left_out(outcome.contention.size());
  for (const Contention& one : outcome.contention) {
    const std::string starved = starved_writer_text(one);
    if (!starved.empty()) all += classed("p", "fix", starved) + "\n";
  }
  return all;
}

Markup html_learned_order(const Outcome& outcome) {
  if (outcome.learned_order.empty()) return {};
  Markup records;
  const std::size_t shown = std::min(outcome.learned_order.size(), kFactRows);
  for (std::size_t i = 0; i < shown; ++i) {
    const LearnedOrder& order = outcome.learned_order[i];
    records +=
        element("li", Markup(order_text(order)) + " " + element("i", order_place_text(order))) +
        "\n";
  }
  return element("details",
                 element("summary", "The order of locks that was learned (" +
                                        std::to_string(outcome.learned_order.size()) + ")") +
                     "\n" + classed("ol", "records", "\n" + records) + "\n" +
                     left_out(outcome.learned_order.size())) +
         "\n";
}

Markup html_suppressed(const Outcome& outcome) {
  if (outcome.suppressed.empty()) return {};
  Markup rows;
  const std::size_t shown = std::min(outcome.suppressed.size(), kFactRows);
  for (std::size_t i = 0; i < shown; ++i) {
    const Finding& finding = outcome.suppressed[i];
    rows += row(info(finding.kind).title,
                cell(finding.cycle.empty() ? finding.detail : cycle_line(finding)) +
                    cell(element("code", finding.fingerprint)) +
                    cell(element("code", finding.suppressed_by)));
  }
  return element("h3", "Suppressed") + "\n" +
         html_table("Suppressed findings", "wide",
                    columns({"Finding", "About", "Fingerprint", "By"}), rows) +
         "\n" + left_out(outcome.suppressed.size());
}

Markup html_suppressions(const Report& report) {
  if (report.suppressions.empty()) return {};
  const auto unused = std::ranges::count(report.suppressions, std::uint64_t{0}, &Suppression::uses);
  std::string title = counted(report.suppressions.size(), "suppression");
  if (unused > 0) title += ", " + std::to_string(unused) + " matched nothing";
  Markup rows;
  const std::size_t shown = std::min(report.suppressions.size(), kFactRows);
  for (std::size_t i = 0; i < shown; ++i) {
    const Suppression& one = report.suppressions[i];
    rows += row(element("code", entry_text(one)),
                cell(one.uses == 0 ? "nothing" : counted(one.uses, "finding")));
  }
  return element("details", {{"class", "suppressions"}, {"open", MarkupValue::flag(unused > 0)}},
                 element("summary", title) + "\n" +
                     html_table("Suppressions", "wide", columns({"Entry", "Matched"}), rows) +
                     "\n" + left_out(report.suppressions.size())) +
         "\n";
}

}  // namespace gridlock::internal::reports
