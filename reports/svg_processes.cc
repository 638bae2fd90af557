// SPDX-License-Identifier: Apache-2.0
//
// A cycle over several processes: one column of objects and their holders, in turns.
#include "reports/frames.h"
#include "reports/svg_column.h"
#include "reports/svg_parts.h"
#include "reports/wording.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace gridlock::internal::reports {
namespace {

const LockOrderEdge* edge_between(const Finding& finding, std::string_view from,
                                  std::string_view to) {
  const auto edge = std::ranges::find_if(
      finding.edges, [&](const LockOrderEdge& e) { return e.from == from && e.to == to; });
  return edge == finding.edges.end() ? nullptr : &*edge;
}

std::vector<SvgRow> rows_of(const Finding& finding) {
  // Without the process in each name: the box says it.
  const Names names(finding.threads, finding.objects);
  std::vector<SvgRow> rows;
  const std::size_t count = std::min(finding.cycle.size(), kMaxItems);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& id = finding.cycle[i];
    const bool is_thread = names.type(id) == "Thread";
    SvgRow row{names.of(id), home_of(finding, id), is_thread ? "thread" : "lock", ""};
    const LockOrderEdge* edge =
        edge_between(finding, id, finding.cycle[(i + 1) % finding.cycle.size()]);
    if (edge == nullptr) {
      rows.push_back(std::move(row));
      continue;
    }
    const Frame* site = site_of(edge->wanted_stack);
    const std::string waits = site == nullptr ? "waits" : "waits at " + short_place_text(*site);
    if (edge->thread == id) {  // a thread whose end is waited for, and which waits itself
      row.label = waits;
      rows.push_back(std::move(row));
      continue;
    }
    row.label = is_signal(*edge, names) ? "to be signalled by" : "held by";
    rows.push_back(std::move(row));
    rows.push_back({names.of(edge->thread), home_of(finding, edge->thread), "thread", waits});
  }
  if (count < finding.cycle.size()) {
    rows.push_back({std::to_string(finding.cycle.size() - count) + " more", "", "gap", ""});
    return rows;
  }
  // The column is cut where no box is cut by it.
  const auto whole = [&](std::size_t i) {
    return rows[i].process.empty() ||
           rows[i].process != rows[(i + rows.size() - 1) % rows.size()].process;
  };
  std::size_t start = 0;
  while (start + 1 < rows.size() && !whole(start)) ++start;
  if (whole(start)) {
    std::rotate(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(start), rows.end());
  }
  return rows;
}

}  // namespace

Markup svg_processes(const Finding& finding) {
  const std::vector<SvgRow> rows = rows_of(finding);
  const SvgColumn column = svg_column(finding, rows);
  const int turn = column.below + (rows.back().process.empty() ? 20 : 30);
  return svg_drawing(
      "Cycle over processes: " + cycle_line(finding), column.height,
      column.strokes + svg_way_back(column.below, turn, column.tops.front() + kSvgBox / 2));
}

}  // namespace gridlock::internal::reports
