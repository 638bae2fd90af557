// SPDX-License-Identifier: Apache-2.0
//
// The locks around a cycle, drawn. Each arrow has a number, which leads to its line in the table below.
#include "reports/frames.h"
#include "reports/graph_layout.h"
#include "reports/html_parts.h"
#include "reports/lock_graph.h"
#include "reports/svg_parts.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace gridlock::internal::reports {
namespace {

constexpr std::size_t kNameLetters = 18;

int rounded(double value) { return static_cast<int>(std::lround(value)); }
std::string text_of(Point at) {
  return std::to_string(rounded(at.x)) + " " + std::to_string(rounded(at.y));
}

class Drawing {
 public:
  Drawing(const LockGraph& graph, const GraphLayout& layout) : graph_(graph), layout_(layout) {}

  Markup draw(const std::string& id, const std::string& alt) const {
    Markup strokes;
    for (std::size_t i = 0; i < graph_.edges.size(); ++i) strokes += line(i);
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) strokes += box(i);
    for (std::size_t i = 0; i < graph_.edges.size(); ++i) strokes += number(i, id);
    const int width = rounded(layout_.width);
    const int height = rounded(layout_.height);
    return element("svg",
                   {{"class", "cycle ring"},
                    {"role", "group"},
                    {"aria-label", alt},
                    {"viewBox", "0 0 " + std::to_string(width) + " " + std::to_string(height)},
                    {"width", width},
                    {"height", height}},
                   strokes);
  }

 private:
  Markup box(std::size_t index) const {
    const LockGraph::Node& node = graph_.nodes[index];
    const int x = rounded(layout_.boxes[index].x - kGraphBoxWidth / 2.0);
    const int y = rounded(layout_.boxes[index].y - kGraphBoxHeight / 2.0);
    return svg_rect(node.on_cycle ? MarkupValue("lock") : MarkupValue("gap"), x, y, kGraphBoxWidth,
                    kGraphBoxHeight, 8) +
           svg_text(x + 10, y + 19, node.on_cycle ? MarkupValue("name") : MarkupValue(), node.name,
                    static_cast<int>(kNameLetters));
  }

  Markup line(std::size_t index) const {
    const std::vector<Point>& line = layout_.arrows[index].line;
    const LockGraph::Part part = graph_.edges[index].part;
    const MarkupValue css = part == LockGraph::Part::kCycle       ? MarkupValue("arrow")
                            : part == LockGraph::Part::kElsewhere ? MarkupValue("arrow thin")
                                                                  : MarkupValue("arrow cut");
    std::string way = "M" + text_of(line.front()) + "C";
    for (std::size_t i = 1; i < line.size(); ++i) way += (i > 1 ? " " : "") + text_of(line[i]);
    const Point neck = line.back();
    const Point last = neck - line[line.size() - 2];
    const Point along = last * (1 / std::max(1.0, std::hypot(last.x, last.y)));
    const Point across{-along.y * 5, along.x * 5};
    return svg_path(css, way) +
           svg_path("head", "M" + text_of(neck + along * kGraphHead) + "L" +
                                text_of(neck + across) + "L" + text_of(neck - across) + "z");
  }

  Markup number(std::size_t index, const std::string& id) const {
    const int x = rounded(layout_.arrows[index].number.x);
    const int y = rounded(layout_.arrows[index].number.y);
    const std::string number = std::to_string(index + 1);
    Markup sign =
        svg_element("circle", {{"class", "number"}, {"cx", x}, {"cy", y}, {"r", kGraphNumber}}) +
        svg_text(x - (number.size() > 1 ? 8 : 4), y + 5, "label", number);
    if (id.empty()) return sign;
    return element("a", {{"href", "#" + id + "-o" + number}, {"aria-label", "Order " + number}},
                   sign);
  }

  const LockGraph& graph_;
  const GraphLayout& layout_;
};

std::string part_text(const LockGraph::Edge& edge) {
  switch (edge.part) {
    case LockGraph::Part::kCycle:
      return "of this cycle";
    case LockGraph::Part::kElsewhere:
      return "seen as well";
    case LockGraph::Part::kInfeasible:
      return "of a cycle that cannot happen: " + edge.reason;
  }
  return {};
}

Markup by_html(const LockGraph::Edge& edge, const Report& report) {
  const Frame* site = site_of(*edge.wanted);
  return site == nullptr ? Markup(edge.who) : html_place(*site, edge.who, report);
}

Markup table(const LockGraph& graph, const Report& report, const std::string& id) {
  Markup rows;
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    const LockGraph::Edge& edge = graph.edges[i];
    const std::string number = std::to_string(i + 1);
    rows += element("tr", {{"id", id.empty() ? MarkupValue() : MarkupValue(id + "-o" + number)}},
                    element("th", {{"scope", "row"}}, number) +
                        element("td", graph.nodes[edge.from].name + " before " +
                                          graph.nodes[edge.to].name) +
                        element("td", by_html(edge, report)) + element("td", part_text(edge)) +
                        element("td", html_stack(*edge.wanted, report))) +
            "\n";
  }
  return html_table("Orders of locks", "wide",
                    html_column("Number") + html_column("Order") + html_column("By") +
                        html_column("What it is") + html_column("Stack"),
                    rows) +
         "\n";
}

}  // namespace

Markup html_lock_graph(const Finding& finding, const Outcome& outcome, const Report& report,
                       const std::string& id) {
  const LockGraph graph = lock_graph(finding, outcome);
  if (!graph.has_neighbours()) return {};
  const GraphLayout layout = graph_layout(graph, report);
  const std::string alt =
      "The locks of the cycle and those around it; the table below says the same";
  Markup all = element("h5", "Locks around the cycle") + "\n" +
               html_scroll("Drawing of the locks", Drawing(graph, layout).draw(id, alt)) + "\n" +
               table(graph, report, id);
  if (graph.left_out > 0) all += html_quiet(std::to_string(graph.left_out) + " more are left out.");
  return all;
}

}  // namespace gridlock::internal::reports
