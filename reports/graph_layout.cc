// SPDX-License-Identifier: Apache-2.0
#include "reports/graph_layout.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <numbers>

namespace gridlock::internal::reports {
namespace {

constexpr int kSamples = 32;  // of a curve

double length(Point a) { return std::max(1.0, std::hypot(a.x, a.y)); }

/// Where a line from the middle of a box leaves it.
Point edge_of_box(Point middle, Point towards) {
  const Point way = towards - middle;
  const double by_x = way.x == 0 ? 1e9 : (kGraphBoxWidth / 2.0 + 2) / std::abs(way.x);
  const double by_y = way.y == 0 ? 1e9 : (kGraphBoxHeight / 2.0 + 2) / std::abs(way.y);
  return middle + way * std::min({by_x, by_y, 1.0});
}

std::vector<Point> ring_places(const LockGraph& graph, Point middle, Point inner, Point outer) {
  const auto on_cycle = std::ranges::count_if(graph.nodes, &LockGraph::Node::on_cycle);
  std::vector<Point> places;
  const auto put = [&](double place, Point radii) {
    const double angle =
        2 * std::numbers::pi * place / static_cast<double>(on_cycle) - std::numbers::pi / 2;
    places.push_back(middle + Point{radii.x * std::cos(angle), radii.y * std::sin(angle)});
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
  return places;
}

/// `nth` of the arrows between one pair: each further one is bent more.
GraphLayout::Arrow ring_arrow(Point from, Point to, double nth) {
  // Bent to the left, so that there and back do not lie on each other.
  const Point way = to - from;
  const Point side = Point{-way.y, way.x} * (1 / length(way));
  const Point bend = (from + to) * 0.5 + side * (34.0 + 26.0 * nth);
  const Point begin = edge_of_box(from, bend);
  const Point end = edge_of_box(to, bend);
  const Point along = (end - bend) * (1 / length(end - bend));
  const Point neck = end - along * kGraphHead;
  const Point first = begin + (bend - begin) * (2.0 / 3);
  const Point second = neck + (bend - neck) * (2.0 / 3);
  return {{begin, first, second, neck}, begin * 0.25 + bend * 0.5 + end * 0.25};
}

bool any_touch(const std::vector<Point>& middles, double width, double height) {
  for (std::size_t i = 0; i < middles.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (touch(middles[i], middles[j], width, height)) return true;
    }
  }
  return false;
}

Point on_curve(const Point* curve, double at) {
  const double rest = 1 - at;
  return curve[0] * (rest * rest * rest) + curve[1] * (3 * rest * rest * at) +
         curve[2] * (3 * rest * at * at) + curve[3] * (at * at * at);
}

bool runs_through(const GraphLayout::Arrow& arrow, Point box) {
  return std::ranges::any_of(places_on(arrow.line), [&](Point place) {
    return touch(place, box, kGraphBoxWidth / 2.0, kGraphBoxHeight / 2.0);
  });
}

}  // namespace

bool touch(Point one, Point other, double width, double height) {
  return std::abs(one.x - other.x) < width && std::abs(one.y - other.y) < height;
}

std::vector<Point> places_on(const std::vector<Point>& line) {
  std::vector<Point> places;
  for (std::size_t i = 0; i + 3 < line.size(); i += 3) {
    for (int at = 0; at <= kSamples; ++at)
      places.push_back(on_curve(&line[i], static_cast<double>(at) / kSamples));
  }
  return places;
}

GraphLayout ring_layout(const LockGraph& graph) {
  const auto on_cycle = std::ranges::count_if(graph.nodes, &LockGraph::Node::on_cycle);
  const double radius = 60 + 14.0 * static_cast<double>(on_cycle);
  const Point inner{radius * 1.7, radius};
  const Point outer = inner + Point{kGraphBoxWidth + 40.0, 74};
  const Point middle = outer + Point{kGraphBoxWidth / 2.0 + 2, kGraphBoxHeight / 2.0 + 2};
  GraphLayout layout{.width = 2 * middle.x, .height = 2 * middle.y};
  layout.boxes = ring_places(graph, middle, inner, outer);
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    const LockGraph::Edge& edge = graph.edges[i];
    const auto same =
        std::count_if(graph.edges.begin(), graph.edges.begin() + static_cast<std::ptrdiff_t>(i),
                      [&](const LockGraph::Edge& other) {
                        return other.from == edge.from && other.to == edge.to;
                      });
    layout.arrows.push_back(
        ring_arrow(layout.boxes[edge.from], layout.boxes[edge.to], static_cast<double>(same)));
  }
  return layout;
}

bool has_touching_boxes(const GraphLayout& layout) {
  return any_touch(layout.boxes, kGraphBoxWidth, kGraphBoxHeight);
}

bool is_crowded(const GraphLayout& layout, const LockGraph& graph) {
  std::vector<Point> numbers;
  for (const GraphLayout::Arrow& arrow : layout.arrows) numbers.push_back(arrow.number);
  if (has_touching_boxes(layout) || any_touch(numbers, 2 * kGraphNumber, 2 * kGraphNumber))
    return true;
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    for (std::size_t box = 0; box < layout.boxes.size(); ++box) {
      if (box == graph.edges[i].from || box == graph.edges[i].to) continue;
      if (runs_through(layout.arrows[i], layout.boxes[box])) return true;
    }
  }
  return false;
}

GraphLayout graph_layout(const LockGraph& graph, const Report& report) {
  GraphLayout ring = ring_layout(graph);
  if (report.laid_out.empty() || !is_crowded(ring, graph)) return ring;
  const auto said = report.laid_out.find(dot_source(graph));
  if (said == report.laid_out.end()) return ring;
  return layout_from_dot(said->second, graph).value_or(std::move(ring));
}

}  // namespace gridlock::internal::reports
