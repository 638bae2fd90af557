// SPDX-License-Identifier: Apache-2.0
//
// The parts of a scenario's section that are no findings.
#include "reports/html_parts.h"
#include "reports/lock_facts.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>

namespace gridlock::internal::reports {
namespace {

constexpr std::size_t kMost = 4 * kMaxItems;

std::string left_out(std::size_t all) {
  if (all <= kMost) return {};
  return "<p class=\"quiet\">" + std::to_string(all - kMost) +
         " more are left out here; the JSON report has them.</p>\n";
}

std::string table_start(std::string_view name, std::initializer_list<std::string_view> columns) {
  std::string html = "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" +
                     escaped(name) + "\"><table class=\"wide\"><thead><tr>";
  for (const std::string_view column : columns) {
    html += "<th scope=\"col\">" + escaped(column) + "</th>";
  }
  return html + "</tr></thead><tbody>\n";
}

std::string cell(const std::string& text) { return "<td>" + escaped(text) + "</td>"; }

}  // namespace

std::string html_safe_cycles(const Outcome& outcome, const Report& report) {
  const std::string count = safe_count_text(outcome);
  if (count.empty()) return {};
  std::string html = "<details class=\"safe\"><summary>" + escaped(count) + "</summary>\n";
  const std::size_t shown = std::min(outcome.safe_cycles.size(), kMost);
  for (std::size_t i = 0; i < shown; ++i) {
    const SafeCycle& safe = outcome.safe_cycles[i];
    const Story story = edges_of(safe.claim);
    html += "<article class=\"finding\"><p class=\"way\">" + escaped(cycle_line(safe.claim)) +
            "</p>\n<p class=\"fix\">" + escaped(safe_reason_text(safe)) + "</p>\n" +
            html_episodes(story, report);
    if (safe.length > safe.claim.edges.size()) {
      html += "<p class=\"quiet\">" + std::to_string(safe.claim.edges.size()) + " of " +
              std::to_string(safe.length) + " steps were kept.</p>\n";
    }
    html += "</article>\n";
  }
  return html + left_out(outcome.safe_cycles.size()) + "</details>\n";
}

std::string html_contention(const Outcome& outcome) {
  if (outcome.contention.empty()) return {};
  const bool holds = has_holds(outcome);
  std::string html =
      "<h3>Contention</h3>\n" +
      (holds ? table_start("Contention", {"Lock", "Taken", "Waits", "Waited in all", "Longest wait",
                                          "Holds", "Held in all", "Longest hold"})
             : table_start("Contention",
                           {"Lock", "Taken", "Waits", "Waited in all", "Longest wait"}));
  const std::size_t shown = std::min(outcome.contention.size(), kMost);
  for (std::size_t i = 0; i < shown; ++i) {
    const ContentionText text = contention_text(outcome.contention[i]);
    html += "<tr><th scope=\"row\">" + escaped(text.lock) + "</th>" + cell(text.acquisitions) +
            cell(text.waits) + cell(text.wait) + cell(text.longest_wait);
    if (holds) html += cell(text.holds) + cell(text.hold) + cell(text.longest_hold);
    html += "</tr>\n";
  }
  html += "</tbody></table></div>\n" + left_out(outcome.contention.size());
  for (const Contention& one : outcome.contention) {
    const std::string starved = starved_writer_text(one);
    if (!starved.empty()) html += "<p class=\"fix\">" + escaped(starved) + "</p>\n";
  }
  return html;
}

std::string html_learned_order(const Outcome& outcome) {
  if (outcome.learned_order.empty()) return {};
  std::string html = "<details><summary>The order of locks that was learned (" +
                     std::to_string(outcome.learned_order.size()) +
                     ")</summary>\n<ol class=\"records\">\n";
  const std::size_t shown = std::min(outcome.learned_order.size(), kMost);
  for (std::size_t i = 0; i < shown; ++i) {
    const LearnedOrder& order = outcome.learned_order[i];
    html += "<li>" + escaped(order_text(order)) + " <span class=\"place\">" +
            escaped(order_place_text(order)) + "</span></li>\n";
  }
  return html + "</ol>\n" + left_out(outcome.learned_order.size()) + "</details>\n";
}

std::string html_suppressed(const Outcome& outcome) {
  if (outcome.suppressed.empty()) return {};
  std::string html = "<h3>Suppressed</h3>\n" +
                     table_start("Suppressed findings", {"Finding", "About", "Fingerprint", "By"});
  const std::size_t shown = std::min(outcome.suppressed.size(), kMost);
  for (std::size_t i = 0; i < shown; ++i) {
    const Finding& finding = outcome.suppressed[i];
    html += "<tr><th scope=\"row\">" + escaped(info(finding.kind).title) + "</th>" +
            cell(finding.cycle.empty() ? finding.detail : cycle_line(finding)) + "<td><code>" +
            escaped(finding.fingerprint) + "</code></td><td><code>" +
            escaped(finding.suppressed_by) + "</code></td></tr>\n";
  }
  return html + "</tbody></table></div>\n" + left_out(outcome.suppressed.size());
}

std::string html_suppressions(const Report& report) {
  if (report.suppressions.empty()) return {};
  const auto unused = std::ranges::count(report.suppressions, std::uint64_t{0}, &Suppression::uses);
  std::string title = counted(report.suppressions.size(), "suppression");
  if (unused > 0) title += ", " + std::to_string(unused) + " matched nothing";
  std::string html = std::string("<details class=\"suppressions\"") + (unused > 0 ? " open" : "") +
                     "><summary>" + escaped(title) + "</summary>\n" +
                     table_start("Suppressions", {"Entry", "Matched"});
  const std::size_t shown = std::min(report.suppressions.size(), kMost);
  for (std::size_t i = 0; i < shown; ++i) {
    const Suppression& one = report.suppressions[i];
    html += "<tr><th scope=\"row\"><code>" + escaped(entry_text(one)) + "</code></th>" +
            cell(one.uses == 0 ? "nothing" : counted(one.uses, "finding")) + "</tr>\n";
  }
  return html + "</tbody></table></div>\n" + left_out(report.suppressions.size()) + "</details>\n";
}

}  // namespace gridlock::internal::reports
