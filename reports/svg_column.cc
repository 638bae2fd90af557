// SPDX-License-Identifier: Apache-2.0
#include "reports/svg_column.h"

#include "reports/processes.h"
#include "reports/svg_parts.h"

#include <algorithm>

namespace gridlock::internal::reports {
namespace {

constexpr int kGap = 44;       // between two rows, with a label or an arrow between them
constexpr int kShortGap = 24;  // else
constexpr int kMargin = 10;    // between the last row of a box and its border
constexpr int kHeading = 32;   // of a box
constexpr int kBoxLeft = 30;

std::string heading_of(const Finding& finding, const std::string& id) {
  const ProcessInfo* process = find_process(finding.processes, id);
  if (process == nullptr) return "process " + id;
  // The name gives way to the pid when both do not fit.
  const std::string pid = process->pid == 0 ? "" : ", pid " + std::to_string(process->pid);
  ProcessInfo named = *process;
  const std::size_t room = kSvgLabel - 2 - std::min<std::size_t>(pid.size() + id.size() + 3, 26);
  named.name = shortened(named.name, room);
  return process_name(named) + pid;
}

}  // namespace

std::string home_of(const Finding& finding, const std::string& id) {
  for (const ThreadInfo& thread : finding.threads) {
    if (thread.id == id && !thread.process.empty()) return thread.process;
  }
  for (const Object& object : finding.objects) {
    if (object.id == id && !object.process.empty()) return object.process;
  }
  return std::string(process_of(id));
}

SvgColumn svg_column(const Finding& finding, const std::vector<SvgRow>& rows) {
  SvgColumn column;
  Markup boxes;  // behind everything else
  int y = 1;
  int box_top = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const SvgRow& row = rows[i];
    if (!row.process.empty() && (i == 0 || rows[i - 1].process != row.process)) {
      box_top = y;
      column.strokes +=
          svg_text(kSvgArrow + 14, y + 21, "process-name", heading_of(finding, row.process));
      y += kHeading;
    }
    if (i > 0 && rows[i - 1].arrow) column.strokes += svg_arrow_down(kSvgArrow, column.below, y);
    column.tops.push_back(y);
    column.strokes += svg_rect(row.css, kSvgLeft, y, kSvgWidth - kSvgLeft - 15, kSvgBox,
                               row.css == "thread" ? kSvgBox / 2 : 8) +
                      svg_text(kSvgLeft + 14, y + 22, "name", row.text, kSvgLabel - 3);
    y += kSvgBox;
    column.below = y;
    const bool leaves = i + 1 == rows.size() || rows[i + 1].process != row.process;
    if (leaves && !row.process.empty()) {
      y += kMargin;
      boxes += svg_rect("process", kBoxLeft, box_top, kSvgWidth - kBoxLeft - 1, y - box_top, 10);
    }
    if (!row.label.empty()) {
      column.strokes += svg_text(kSvgArrow + 14, y + 26, "label", row.label);
    }
    y += row.arrow || !row.label.empty() ? kGap : kShortGap;
  }
  column.strokes = boxes + column.strokes;
  column.height = y;
  return column;
}

}  // namespace gridlock::internal::reports
