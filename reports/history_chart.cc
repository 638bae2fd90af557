// SPDX-License-Identifier: Apache-2.0
#include "reports/history_chart.h"

#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>

namespace gridlock::internal::reports {
namespace {

constexpr std::size_t kMaxSubjects = 3;

std::size_t count_of(const History& history, Standing standing) {
  return static_cast<std::size_t>(
      std::ranges::count(history.findings, standing, &FindingHistory::standing));
}

/// 'd' stands for a digit.
bool has_shape(std::string_view text, std::string_view shape) {
  return std::ranges::equal(text, shape, [](char c, char expected) {
    return expected == 'd' ? c >= '0' && c <= '9' : c == expected;
  });
}

}  // namespace

std::vector<ChartColumn> chart_columns(const FindingHistory& finding, std::size_t columns) {
  const std::size_t runs = finding.marks.size();
  std::vector<ChartColumn> chart(std::min(runs, columns));
  for (std::size_t i = 0; i < runs; ++i) {
    ChartColumn& column = chart[i * chart.size() / runs];
    if (finding.marks[i] != RunMark::kNotRun) ++column.could;
    if (finding.marks[i] == RunMark::kSeen) ++column.seen;
  }
  return chart;
}

std::string frequency_text(std::size_t seen, std::size_t could) {
  return "seen in " + std::to_string(seen) + " of " + counted(could, "run");
}

std::string frequency_text(const FindingHistory& finding) {
  return frequency_text(finding.seen, finding.could);
}

std::string headline_text(const KnownFinding& finding) {
  const std::string title = finding.title.empty() ? finding.kind : finding.title;
  return printable_line(finding.names.empty() ? title : title + ": " + finding.names);
}

std::string where_text(const FindingHistory& finding) {
  std::vector<std::string> names(finding.subjects);
  if (names.size() > kMaxSubjects) {
    const std::size_t more = names.size() - kMaxSubjects;
    names.resize(kMaxSubjects);
    names.push_back(std::to_string(more) + " more");
  }
  std::string text = joined(names, ", ");
  if (!finding.finding.place.empty()) text += (text.empty() ? "" : ", ") + finding.finding.place;
  return printable_line(text);
}

bool is_moment(std::string_view started) { return has_shape(started, "dddd-dd-ddTdd:dd:ddZ"); }

std::string moment_text(std::string_view started) {
  if (!has_shape(started.substr(0, 16), "dddd-dd-ddTdd:dd"))
    return started.empty() ? "at a time not known" : printable_line(started);
  return std::string(started.substr(0, 10)) + " " + std::string(started.substr(11, 5));
}

std::string runs_text(const History& history) {
  if (history.runs.empty()) return runs_text(0, {}, {});
  return runs_text(history.runs.size(), history.runs.front().started, history.runs.back().started);
}

std::string runs_text(std::size_t runs, std::string_view first, std::string_view last) {
  if (runs == 0) return "no run yet";
  const std::string from = moment_text(first);
  const std::string to = moment_text(last);
  return counted(runs, "run") + (from == to ? ", " : " from ") + from +
         (from == to ? "" : " to " + to);
}

std::string others_text(const History& history) {
  std::vector<std::string> parts;
  const std::size_t declared = count_of(history, Standing::kAsDeclared);
  const std::size_t suppressed = count_of(history, Standing::kSuppressed);
  if (declared > 0) parts.push_back(std::to_string(declared) + " as declared");
  if (suppressed > 0) parts.push_back(std::to_string(suppressed) + " suppressed");
  return joined(parts, ", ");
}

}  // namespace gridlock::internal::reports
