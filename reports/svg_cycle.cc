// SPDX-License-Identifier: Apache-2.0
//
// The cycle as a column of locks, top to bottom, closed by an arrow that runs back up on the left.
// A column, not a ring: each arrow then has the whole width for its label, on a telephone too, and
// sixteen look as calm as two.
#include "reports/html_parts.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>
#include <vector>

namespace gridlock::internal::reports {
namespace {

constexpr int kWidth = 330;
constexpr int kLeft = 44;  // of the boxes; the way back runs left of it
constexpr int kBox = 34;   // height
constexpr int kGap = 50;   // between two boxes
constexpr int kArrow = 72;
constexpr std::size_t kLabel = 34;

std::string number(int value) { return std::to_string(value); }

std::string text_at(int x, int y, std::string_view css, const std::string& text) {
  return "<text class=\"" + std::string(css) + "\" x=\"" + number(x) + "\" y=\"" + number(y) +
         "\">" + escaped(shortened(text, kLabel)) + "</text>";
}

std::string path(std::string_view d) {
  return "<path class=\"arrow\" d=\"" + std::string(d) + "\"/>";
}

/// Arrow heads are drawn, not <marker>s: a marker needs an id that is unique in the page.
std::string head_down(int x, int y) {
  return "<path class=\"head\" d=\"M" + number(x) + " " + number(y) + "l-5 -9h10z\"/>";
}

std::string head_right(int x, int y) {
  return "<path class=\"head\" d=\"M" + number(x) + " " + number(y) + "l-9 -5v10z\"/>";
}

struct Node {
  std::string text;
  bool gap = false;   ///< stands for the locks left out
  std::string label;  ///< of the arrow that leaves it
};

std::vector<Node> nodes_of(const Finding& finding) {
  const Names names(finding.threads, finding.objects);
  const std::vector<std::string>& cycle = finding.cycle;
  std::vector<Node> nodes;
  // One lock that several threads hold and want: a node for each of them.
  if (cycle.size() == 1 && finding.edges.size() > 1) {
    for (const LockOrderEdge& edge : finding.edges) {
      if (nodes.size() == kMaxItems) break;
      nodes.push_back({names.of(edge.from), false, edge_label(edge, names)});
    }
    return nodes;
  }
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    if (cycle.size() > kMaxItems && i + 1 == kMaxItems) {
      nodes.push_back({std::to_string(cycle.size() - i) + " more locks", true, ""});
      break;
    }
    const std::string& next = cycle[(i + 1) % cycle.size()];
    nodes.push_back({names.of(cycle[i]), false, edge_label(finding, names, cycle[i], next)});
  }
  return nodes;
}

}  // namespace

std::string svg_cycle(const Finding& finding) {
  if (finding.cycle.empty()) return {};
  const std::vector<Node> nodes = nodes_of(finding);
  const int count = static_cast<int>(nodes.size());
  const int height = 2 + count * (kBox + kGap);
  const std::string alt = "Lock-order cycle: " + cycle_line(finding);
  std::string svg = "<svg class=\"cycle\" role=\"img\" aria-label=\"" + escaped(alt) +
                    "\" viewBox=\"0 0 " + number(kWidth) + " " + number(height) + "\" width=\"" +
                    number(kWidth) + "\" height=\"" + number(height) + "\"><title>" + escaped(alt) +
                    "</title>";
  int y = 1;
  for (const Node& node : nodes) {
    svg += "<rect class=\"" + std::string(node.gap ? "gap" : "lock") + "\" x=\"" + number(kLeft) +
           "\" y=\"" + number(y) + "\" width=\"" + number(kWidth - kLeft - 1) + "\" height=\"" +
           number(kBox) + "\" rx=\"8\"/>" + text_at(kLeft + 14, y + 22, "name", node.text);
    const int below = y + kBox;
    if (!node.label.empty()) svg += text_at(kArrow + 14, below + 29, "label", node.label);
    if (&node != &nodes.back()) {
      svg += path("M" + number(kArrow) + " " + number(below) + "v" + number(kGap - 8)) +
             head_down(kArrow, below + kGap);
    }
    y = below + kGap;
  }
  const int below = y - kGap;
  const int first = 1 + kBox / 2;
  svg += path("M" + number(kArrow) + " " + number(below) + "v22q0 12 -12 12H22q-12 0 -12 -12V" +
              number(first + 12) + "q0 -12 12 -12h" + number(kLeft - 30)) +
         head_right(kLeft, first);
  return svg + "</svg>";
}

}  // namespace gridlock::internal::reports
