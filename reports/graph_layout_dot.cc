// SPDX-License-Identifier: Apache-2.0
//
// What is asked of Graphviz, and its answer. Only numbers go there and only numbers come back: the page is drawn from them
// by the same code as the ring.
#include "reports/graph_layout.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <set>
#include <system_error>
#include <utility>

namespace gridlock {
namespace internal::reports {
namespace {

constexpr double kInch = 72;      // in the page's units: sizes are asked for and answered in inches
constexpr double kLargest = 100;  // inches of a drawing
constexpr double kMargin = 12;    // around it, for curves that swing out
constexpr double kReach = 16;     // from an arrow's ends to the box that it belongs to
constexpr std::size_t kMaxPoints = 301;  // of one arrow

/// The words of a line, parted by blanks. dot quotes a word with blanks in it: none of those that are read here.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  std::string_view next() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    const std::string_view word = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(word.size());
    return word;
  }
  /// A number of at most `most` either way.
  std::optional<double> number(double most) {
    const std::string_view word = next();
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
    if (!std::isfinite(value) || std::abs(value) > most) return std::nullopt;
    return value;
  }
  /// "n12", with the letter.
  std::optional<std::size_t> index(char letter, std::size_t count) {
    std::string_view word = next();
    if (letter != 0) {
      if (!word.starts_with(letter)) return std::nullopt;
      word.remove_prefix(1);
    }
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size() || value >= count)
      return std::nullopt;
    return value;
  }

 private:
  std::string_view rest_;
};

/// dot sets a number beside its line, so that it may be taken for that of another. It goes to the nearest place on the line,
/// unless it would touch another number there; where that one has moved away, the second time it does not.
void put_numbers_on_lines(GraphLayout& layout) {
  constexpr double kApart = 2 * kGraphNumber;
  const auto put = [&](GraphLayout::Arrow& arrow) {
    const auto far = [&](Point at) {
      return std::hypot(at.x - arrow.number.x, at.y - arrow.number.y);
    };
    const Point place = std::ranges::min(places_on(arrow.line), {}, far);
    const bool is_free = std::ranges::none_of(layout.arrows, [&](const GraphLayout::Arrow& other) {
      return &other != &arrow && touch(place, other.number, kApart, kApart);
    });
    if (is_free) arrow.number = place;
  };
  for (int times = 0; times < 2; ++times) std::ranges::for_each(layout.arrows, put);
}

class PlainReader {
 public:
  explicit PlainReader(const LockGraph& graph) : graph_(graph) {
    layout_.boxes.resize(graph.nodes.size());
    layout_.arrows.resize(graph.edges.size());
  }

  std::optional<GraphLayout> read(std::string_view plain) {
    bool is_complete = false;
    while (!plain.empty() && !is_complete) {
      const std::size_t end = plain.find('\n');
      if (end == std::string_view::npos) return std::nullopt;
      const std::string_view line = plain.substr(0, end);
      plain.remove_prefix(end + 1);
      is_complete = line == "stop";
      if (!is_complete && !read_line(Words(line))) return std::nullopt;
    }
    const bool is_all = is_complete && plain.empty() && boxes_.size() == graph_.nodes.size() &&
                        arrows_.size() == graph_.edges.size();
    if (!is_all || has_touching_boxes(layout_) || !ends_at_boxes()) return std::nullopt;
    put_numbers_on_lines(layout_);
    return std::move(layout_);
  }

 private:
  bool read_line(Words words) {
    const std::string_view what = words.next();
    if (what == "graph") return read_size(words);
    if (layout_.height == 0) return false;
    if (what == "node") return read_box(words);
    if (what == "edge") return read_arrow(words);
    return false;
  }

  bool read_size(Words& words) {
    const std::optional<double> scale = words.number(1);
    const std::optional<double> width = words.number(kLargest);
    const std::optional<double> height = words.number(kLargest);
    if (layout_.height != 0 || scale != 1 || !width || !height || *width <= 0 || *height <= 0)
      return false;
    layout_.width = *width * kInch + 2 * kMargin;
    layout_.height = *height * kInch + 2 * kMargin;
    return true;
  }

  /// Its y runs up.
  std::optional<Point> read_point(Words& words) const {
    const std::optional<double> x = words.number(kLargest);
    const std::optional<double> y = words.number(kLargest);
    if (!x || !y) return std::nullopt;
    const Point at{*x * kInch + kMargin, layout_.height - *y * kInch - kMargin};
    if (at.x < 0 || at.y < 0 || at.x > layout_.width || at.y > layout_.height) return std::nullopt;
    return at;
  }

  bool read_box(Words& words) {
    const std::optional<std::size_t> node = words.index('n', graph_.nodes.size());
    if (!node || !boxes_.insert(*node).second) return false;
    const std::optional<Point> middle = read_point(words);
    if (middle) layout_.boxes[*node] = *middle;
    return middle.has_value();
  }

  bool read_arrow(Words& words) {
    const std::optional<std::size_t> from = words.index('n', graph_.nodes.size());
    const std::optional<std::size_t> to = words.index('n', graph_.nodes.size());
    const std::optional<std::size_t> count = words.index(0, kMaxPoints + 1);
    if (!from || !to || !count || *count < 4 || *count % 3 != 1) return false;
    GraphLayout::Arrow arrow;
    for (std::size_t i = 0; i < *count; ++i) {
      const std::optional<Point> point = read_point(words);
      if (!point) return false;
      arrow.line.push_back(*point);
    }
    const std::optional<std::size_t> number = words.index(0, graph_.edges.size() + 1);
    const std::optional<Point> middle = read_point(words);
    if (!number || *number == 0 || !middle) return false;
    const LockGraph::Edge& edge = graph_.edges[*number - 1];
    if (edge.from != *from || edge.to != *to || !arrows_.insert(*number).second) return false;
    arrow.number = *middle;
    layout_.arrows[*number - 1] = std::move(arrow);
    return true;
  }

  bool ends_at_boxes() const {
    const auto is_at = [](Point end, Point box) {
      return std::abs(end.x - box.x) < kGraphBoxWidth / 2.0 + kReach &&
             std::abs(end.y - box.y) < kGraphBoxHeight / 2.0 + kReach;
    };
    for (std::size_t i = 0; i < graph_.edges.size(); ++i) {
      const LockGraph::Edge& edge = graph_.edges[i];
      const std::vector<Point>& line = layout_.arrows[i].line;
      if (!is_at(line.front(), layout_.boxes[edge.from]) ||
          !is_at(line.back(), layout_.boxes[edge.to]))
        return false;
    }
    return true;
  }

  const LockGraph& graph_;
  GraphLayout layout_;
  std::set<std::size_t> boxes_;
  std::set<std::size_t> arrows_;
};

}  // namespace

std::string dot_source(const LockGraph& graph) {
  // Boxes are five times as wide as high: with the ranks from left to right a page has room for them.
  std::string source =
      "digraph { rankdir=LR nodesep=0.2 ranksep=0.6 node [shape=box fixedsize=true label=\"\" "
      "width=" +
      std::to_string(kGraphBoxWidth / kInch) +
      " height=" + std::to_string(kGraphBoxHeight / kInch) + "] edge [fontsize=18 arrowsize=0.9]";
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) source += " n" + std::to_string(i);
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    const LockGraph::Edge& edge = graph.edges[i];
    source += " n" + std::to_string(edge.from) + "->n" + std::to_string(edge.to) +
              "[label=" + std::to_string(i + 1) + "]";
  }
  return source + " }\n";
}

std::optional<GraphLayout> layout_from_dot(std::string_view plain, const LockGraph& graph) {
  return PlainReader(graph).read(plain);
}

}  // namespace internal::reports

namespace {

using namespace internal::reports;  // NOLINT(google-build-using-namespace): its other half

constexpr std::size_t kLookedAt = 150;  // findings: the page has as many in full
constexpr std::size_t kLaidOut = 30;    // some ten milliseconds each

}  // namespace

std::vector<std::string> graphs_to_lay_out(const Report& report) {
  std::vector<std::string> sources;
  std::size_t looked_at = 0;
  for (const Outcome& outcome : report.outcomes) {
    if (passed(outcome.verdict)) continue;  // of those the page has no such drawing
    for (const Finding& finding : outcome.findings) {
      if (looked_at == kLookedAt || sources.size() == kLaidOut) return sources;
      ++looked_at;
      const LockGraph graph = lock_graph(finding, outcome);
      if (!graph.has_neighbours() || !is_crowded(ring_layout(graph), graph)) continue;
      std::string source = dot_source(graph);
      if (std::ranges::find(sources, source) == sources.end()) sources.push_back(std::move(source));
    }
  }
  return sources;
}

}  // namespace gridlock
