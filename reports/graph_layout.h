// SPDX-License-Identifier: Apache-2.0
//
// Where the boxes and arrows of a lock graph stand: as a ring, which we make ourselves, or as Graphviz's `dot` says.
#pragma once

#include <gridlock/report.h>

#include "reports/lock_graph.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal::reports {

inline constexpr int kGraphBoxWidth = 148;
inline constexpr int kGraphBoxHeight = 28;
inline constexpr int kGraphHead = 9;     ///< length of an arrow's head
inline constexpr int kGraphNumber = 10;  ///< radius of an arrow's number

struct Point {
  double x = 0;
  double y = 0;
};
inline Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
inline Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
inline Point operator*(Point a, double by) { return {a.x * by, a.y * by}; }

struct GraphLayout {
  struct Arrow {
    std::vector<Point>
        line;  ///< where it begins, then three points for each cubic Bézier curve; the head comes after it
    Point number;  ///< the middle of its number
  };
  double width = 0;
  double height = 0;
  std::vector<Point> boxes = {};   ///< their middles, in the order of LockGraph::nodes
  std::vector<Arrow> arrows = {};  ///< in the order of LockGraph::edges
};

/// Whether two rectangles of this size around these middles touch.
bool touch(Point one, Point other, double width, double height);
/// Places on a line, in order and near to each other.
std::vector<Point> places_on(const std::vector<Point>& line);

/// The cycle inside, what is taken beside it outside.
GraphLayout ring_layout(const LockGraph& graph);

/// Two boxes touch.
bool has_touching_boxes(const GraphLayout& layout);
/// Two boxes or two numbers touch, or an arrow runs through a box at which it neither begins nor ends.
bool is_crowded(const GraphLayout& layout, const LockGraph& graph);

/// The graph in Graphviz's language: numbers only, no text of the report. Graphs of one shape have one source.
std::string dot_source(const LockGraph& graph);
/// What `dot -Tplain` said to that; nothing unless it is a layout of just this graph, with each box and arrow in its place.
std::optional<GraphLayout> layout_from_dot(std::string_view plain, const LockGraph& graph);

/// What the page draws: the ring, or where that is crowded what the report has from Graphviz (Report::laid_out).
GraphLayout graph_layout(const LockGraph& graph, const Report& report);

}  // namespace gridlock::internal::reports
