// SPDX-License-Identifier: Apache-2.0
//
// The locks around a cycle as a ring: the cycle inside, what is taken beside it outside. Each arrow has a number, which
// leads to its line in the table below.
#include "reports/frames.h"
#include "reports/html_parts.h"
#include "reports/lock_graph.h"
#include "reports/svg_parts.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>
#include <vector>

namespace gridlock::internal::reports {
namespace {

constexpr int kBoxWidth = 148;
constexpr int kBoxHeight = 28;
constexpr std::size_t kNameLetters = 18;

struct Point {
  double x = 0;
  double y = 0;
};

Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
Point operator*(Point a, double by) { return {a.x * by, a.y * by}; }
double length(Point a) { return std::max(1.0, std::hypot(a.x, a.y)); }

int rounded(double value) { return static_cast<int>(std::lround(value)); }
std::string text_of(Point at) {
  return std::to_string(rounded(at.x)) + " " + std::to_string(rounded(at.y));
}

/// Where a line from the middle of a box leaves it.
Point edge_of_box(Point middle, Point towards) {
  const Point way = towards - middle;
  const double by_x = way.x == 0 ? 1e9 : (kBoxWidth / 2.0 + 2) / std::abs(way.x);
  const double by_y = way.y == 0 ? 1e9 : (kBoxHeight / 2.0 + 2) / std::abs(way.y);
  return middle + way * std::min({by_x, by_y, 1.0});
}

class Ring {
 public:
  explicit Ring(const LockGraph& graph) : graph_(graph) {
    const auto on_cycle = std::ranges::count_if(graph.nodes, &LockGraph::Node::on_cycle);
    const double radius = 60 + 14.0 * static_cast<double>(on_cycle);
    const Point inner{radius * 1.7, radius};
    const Point outer = inner + Point{kBoxWidth + 40.0, 74};
    middle_ = outer + Point{kBoxWidth / 2.0 + 2, kBoxHeight / 2.0 + 2};
    const auto angle_of = [&](double place) {
      return 2 * std::numbers::pi * place / static_cast<double>(on_cycle) - std::numbers::pi / 2;
    };
    const auto put = [&](double place, Point radii) {
      places_.push_back(middle_ + Point{radii.x * std::cos(angle_of(place)),
                                        radii.y * std::sin(angle_of(place))});
    };
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      const LockGraph::Node& node = graph.nodes[i];
      if (node.on_cycle) {
        put(static_cast<double>(i), inner);
        continue;
      }
      // Those of one node of the cycle share its sector.
      const auto of_same = [&](const LockGraph::Node& other) {
        return !other.on_cycle && other.beside == node.beside;
      };
      const auto all = std::ranges::count_if(graph.nodes, of_same);
      const auto before = std::count_if(
          graph.nodes.begin(), graph.nodes.begin() + static_cast<std::ptrdiff_t>(i), of_same);
      const double share = (static_cast<double>(before) + 0.5) / static_cast<double>(all) - 0.5;
      put(static_cast<double>(node.beside) + share * 0.9, outer);
    }
  }

  Markup draw(const std::string& id, const std::string& alt) const {
    Markup strokes;
    for (std::size_t i = 0; i < graph_.edges.size(); ++i) strokes += arrow(i, id);
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) strokes += box(i);
    const int width = rounded(2 * middle_.x);
    const int height = rounded(2 * middle_.y);
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
    const int x = rounded(places_[index].x - kBoxWidth / 2.0);
    const int y = rounded(places_[index].y - kBoxHeight / 2.0);
    return svg_rect(node.on_cycle ? MarkupValue("lock") : MarkupValue("gap"), x, y, kBoxWidth,
                    kBoxHeight, 8) +
           svg_text(x + 10, y + 19, node.on_cycle ? MarkupValue("name") : MarkupValue(), node.name,
                    static_cast<int>(kNameLetters));
  }

  Markup arrow(std::size_t index, const std::string& id) const {
    const LockGraph::Edge& edge = graph_.edges[index];
    const Point from = places_[edge.from];
    const Point to = places_[edge.to];
    // Bent to the left, so that there and back do not lie on each other.
    const Point way = to - from;
    const Point side = Point{-way.y, way.x} * (1 / length(way));
    // Between one pair each further arrow is bent more.
    const auto same = std::count_if(graph_.edges.begin(),
                                    graph_.edges.begin() + static_cast<std::ptrdiff_t>(index),
                                    [&](const LockGraph::Edge& other) {
                                      return other.from == edge.from && other.to == edge.to;
                                    });
    const Point bend = (from + to) * 0.5 + side * (34.0 + 26.0 * static_cast<double>(same));
    const Point begin = edge_of_box(from, bend);
    const Point end = edge_of_box(to, bend);
    const Point along = (end - bend) * (1 / length(end - bend));
    const Point across{-along.y * 5, along.x * 5};
    const Point neck = end - along * 9;
    const MarkupValue css = edge.part == LockGraph::Part::kCycle       ? MarkupValue("arrow")
                            : edge.part == LockGraph::Part::kElsewhere ? MarkupValue("arrow thin")
                                                                       : MarkupValue("arrow cut");
    Markup strokes =
        svg_path(css, "M" + text_of(begin) + "Q" + text_of(bend) + " " + text_of(neck)) +
        svg_path("head", "M" + text_of(end) + "L" + text_of(neck + across) + "L" +
                             text_of(neck - across) + "z");
    const Point label = begin * 0.25 + bend * 0.5 + end * 0.25;
    const std::string number = std::to_string(index + 1);
    const Markup sign =
        svg_element(
            "circle",
            {{"class", "number"}, {"cx", rounded(label.x)}, {"cy", rounded(label.y)}, {"r", 10}}) +
        svg_text(rounded(label.x) - (number.size() > 1 ? 8 : 4), rounded(label.y) + 5, "label",
                 number);
    if (id.empty()) return strokes + sign;
    return strokes +
           element("a", {{"href", "#" + id + "-o" + number}, {"aria-label", "Order " + number}},
                   sign);
  }

  const LockGraph& graph_;
  Point middle_;
  std::vector<Point> places_;
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
  const std::string alt =
      "The locks of the cycle and those around it; the table below says the same";
  Markup all = element("h5", "Locks around the cycle") + "\n" +
               html_scroll("Drawing of the locks", Ring(graph).draw(id, alt)) + "\n" +
               table(graph, report, id);
  if (graph.left_out > 0) all += html_quiet(std::to_string(graph.left_out) + " more are left out.");
  return all;
}

}  // namespace gridlock::internal::reports
