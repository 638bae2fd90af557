// SPDX-License-Identifier: Apache-2.0
//
// The cycle of one process as a column of locks. Over several processes: svg_processes.cc; what is
// no cycle: svg_waits.cc.
#include "reports/svg_parts.h"
#include "reports/wording.h"

#include <algorithm>
#include <vector>

namespace gridlock::internal::reports {
namespace {

constexpr int kBoxGap = 50;  // between two boxes

struct CycleBox {
  std::string text;
  bool gap = false;                     ///< stands for the locks left out
  std::string label;                    ///< of the arrow that leaves it
  const LockOrderEdge* edge = nullptr;  ///< that the arrow is; nullptr if it is not known
};

std::vector<CycleBox> nodes_of(const Finding& finding) {
  const Names names(finding);
  const std::vector<std::string>& cycle = finding.cycle;
  std::vector<CycleBox> nodes;
  // One lock that several threads hold and want: a node for each of them.
  if (cycle.size() == 1 && finding.edges.size() > 1) {
    for (const LockOrderEdge& edge : finding.edges) {
      if (nodes.size() == kMaxItems) break;
      nodes.push_back({names.of(edge.from), false, edge_label(edge, names), &edge});
    }
    return nodes;
  }
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    if (cycle.size() > kMaxItems && i + 1 == kMaxItems) {
      nodes.push_back({std::to_string(cycle.size() - i) + " more locks", true, ""});
      break;
    }
    const std::string& next = cycle[(i + 1) % cycle.size()];
    const auto edge = std::ranges::find_if(finding.edges, [&](const LockOrderEdge& one) {
      return one.from == cycle[i] && one.to == next;
    });
    const bool is_known = edge != finding.edges.end();
    nodes.push_back({names.of(cycle[i]), false, is_known ? edge_label(*edge, names) : "",
                     is_known ? &*edge : nullptr});
  }
  return nodes;
}

}  // namespace

Markup svg_finding(const Finding& finding, const SiteIds& ids) {
  if (!finding.accesses.empty()) return {};  // in a race nobody waits for anybody
  if (finding.cycle.empty()) return svg_waits(finding);
  if (!finding.processes.empty()) return svg_processes(finding);
  const std::vector<CycleBox> nodes = nodes_of(finding);
  const int count = static_cast<int>(nodes.size());
  Markup svg;
  int y = 1;
  for (const CycleBox& node : nodes) {
    svg += svg_rect(node.gap ? MarkupValue("gap") : MarkupValue("lock"), kSvgLeft, y,
                    kSvgWidth - kSvgLeft - 1, kSvgBox, 8) +
           svg_text(kSvgLeft + 14, y + 22, "name", node.text);
    const int below = y + kSvgBox;
    if (!node.label.empty()) {
      const Markup label = svg_text(kSvgArrow + 14, below + 29, "label", node.label);
      const auto id = node.edge == nullptr ? ids.end() : ids.find(&node.edge->wanted_stack);
      svg += id == ids.end() ? label : element("a", {{"href", "#" + id->second}}, label);
    }
    if (&node != &nodes.back()) svg += svg_arrow_down(kSvgArrow, below, below + kBoxGap);
    y = below + kBoxGap;
  }
  const int below = y - kBoxGap;
  return svg_drawing("Lock-order cycle: " + cycle_line(finding), 2 + count * (kSvgBox + kBoxGap),
                     svg + svg_way_back(below, below + 22, 1 + kSvgBox / 2), !ids.empty());
}

}  // namespace gridlock::internal::reports
