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

std::string frequency_text(const FindingHistory& finding) {
  return "seen in " + std::to_string(finding.seen) + " of " + counted(finding.could, "run");
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

std::string moment_text(std::string_view started) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd";
  const bool fits =
      started.size() >= kShape.size() &&
      std::ranges::equal(started.substr(0, kShape.size()), kShape, [](char c, char shape) {
        return shape == 'd' ? c >= '0' && c <= '9' : c == shape;
      });
  if (!fits) return started.empty() ? "at a time not known" : printable_line(started);
  return std::string(started.substr(0, 10)) + " " + std::string(started.substr(11, 5));
}

std::string runs_text(const History& history) {
  if (history.runs.empty()) return "no run yet";
  const std::string first = moment_text(history.runs.front().started);
  const std::string last = moment_text(history.runs.back().started);
  return counted(history.runs.size(), "run") + (first == last ? ", " : " from ") + first +
         (first == last ? "" : " to " + last);
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
