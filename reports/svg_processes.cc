// SPDX-License-Identifier: Apache-2.0
//
// A cycle over several processes: one column of what is waited for and who holds it, in turns, with
// a labelled box around the rows of each process. What they share stands between the boxes. A
// process that the cycle leaves and enters again gets a box for each visit.
#include "reports/frames.h"
#include "reports/processes.h"
#include "reports/svg_parts.h"
#include "reports/wording.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace gridlock::internal::reports {
namespace {

constexpr int kGap = 44;      // between two rows
constexpr int kMargin = 10;   // between the last row of a box and its border
constexpr int kHeading = 32;  // of a box
constexpr int kBoxLeft = 30;

struct Row {
  std::string text;
  std::string process;  ///< id; empty for what is shared
  std::string_view css = "lock";
  std::string label;  ///< of the arrow that leaves it
};

const LockOrderEdge* edge_between(const Finding& finding, std::string_view from,
                                  std::string_view to) {
  const auto edge = std::ranges::find_if(
      finding.edges, [&](const LockOrderEdge& e) { return e.from == from && e.to == to; });
  return edge == finding.edges.end() ? nullptr : &*edge;
}

std::string home_of(const Finding& finding, const std::string& id) {
  for (const ThreadInfo& thread : finding.threads) {
    if (thread.id == id && !thread.process.empty()) return thread.process;
  }
  for (const Object& object : finding.objects) {
    if (object.id == id && !object.process.empty()) return object.process;
  }
  return std::string(process_of(id));
}

std::vector<Row> rows_of(const Finding& finding) {
  // Without the process in each name: the box says it.
  const Names names(finding.threads, finding.objects);
  std::vector<Row> rows;
  const std::size_t count = std::min(finding.cycle.size(), kMaxItems);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& id = finding.cycle[i];
    const bool is_thread = names.type(id) == "Thread";
    Row row{names.of(id), home_of(finding, id), is_thread ? "thread" : "lock", ""};
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

std::string heading_of(const Finding& finding, const std::string& id) {
  const ProcessInfo* process = find_process(finding.processes, id);
  if (process == nullptr) return "process " + id;
  // The name gives way to the pid when both do not fit.
  const std::string pid = process->pid == 0 ? "" : ", pid " + std::to_string(process->pid);
  ProcessInfo named = *process;
  const std::size_t room = kSvgLabel + 2 - std::min<std::size_t>(pid.size() + id.size() + 3, 28);
  named.name = shortened(named.name, room);
  return process_name(named) + pid;
}

}  // namespace

std::string svg_processes(const Finding& finding) {
  const std::vector<Row> rows = rows_of(finding);
  std::string boxes;
  std::string strokes;
  int y = 1;
  int below = 0;  // the row before, where its arrow starts
  int box_top = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    if (!row.process.empty() && (i == 0 || rows[i - 1].process != row.process)) {
      box_top = y;
      strokes += svg_text(kSvgArrow + 14, y + 21, "process-name", heading_of(finding, row.process),
                          kSvgLabel + 4);
      y += kHeading;
    }
    if (i > 0) strokes += svg_arrow_down(kSvgArrow, below, y);
    strokes += svg_rect(row.css, kSvgLeft, y, kSvgWidth - kSvgLeft - 15, kSvgBox,
                        row.css == "thread" ? kSvgBox / 2 : 8) +
               svg_text(kSvgLeft + 14, y + 22, "name", row.text, kSvgLabel - 3);
    y += kSvgBox;
    below = y;
    const bool leaves = i + 1 == rows.size() || rows[i + 1].process != row.process;
    if (leaves && !row.process.empty()) {
      y += kMargin;
      boxes += svg_rect("process", kBoxLeft, box_top, kSvgWidth - kBoxLeft - 1, y - box_top, 10);
    }
    if (!row.label.empty()) strokes += svg_text(kSvgArrow + 14, y + 26, "label", row.label);
    y += kGap;
  }
  const int top = (rows.front().process.empty() ? 1 : 1 + kHeading) + kSvgBox / 2;
  const std::string way_back = svg_way_back(below, y - kGap + 20, top);
  return svg_open("Cycle over processes: " + cycle_line(finding), y) + boxes + strokes + way_back +
         "</svg>";
}

}  // namespace gridlock::internal::reports
