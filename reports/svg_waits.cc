// SPDX-License-Identifier: Apache-2.0
//
// Waits that are no cycle: threads, what they wait for, and its holders, in one column. An arrow to
// the next row runs straight down; one that passes other rows runs in a lane left of them.
#include "reports/frames.h"
#include "reports/svg_column.h"
#include "reports/svg_parts.h"
#include "reports/wording.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace gridlock::internal::reports {
namespace {

constexpr std::array kLanes = {22, 14, 6};  // x of each, the innermost first

struct WaitBox {
  std::string id;
  SvgRow row;
  std::vector<std::size_t> to;  // indices
  std::size_t open = 0;         // arrows to it from nodes that have no place yet
  bool placed = false;
};

/// Whether the finding is about something that nobody can give any more.
bool nobody_is_left(const Finding& finding) {
  return finding.kind == FindingKind::kStarvation || finding.kind == FindingKind::kLostWakeup ||
         finding.kind == FindingKind::kDeadlock || finding.kind == FindingKind::kOwnerDied;
}

class Graph {
 public:
  explicit Graph(const Finding& finding)
      : finding_(finding), names_(finding.threads, finding.objects) {
    for (const ThreadInfo& thread : finding.threads) {
      if (nodes_.size() == kMaxItems) break;
      if (thread.wants) add_wish(thread);
    }
    // The holders of what is waited for; a thread that neither waits nor holds blocks nobody.
    for (const ThreadInfo& thread : finding.threads) {
      for (const HeldObject& held : thread.held) add_possession(thread, held);
    }
    if (nobody_is_left(finding)) {
      const std::size_t count = nodes_.size();
      for (std::size_t i = 0; i < count; ++i) add_dead_end(i);
    }
  }

  /// Each node before those that its arrows lead to, and a chain in one piece.
  std::vector<std::size_t> order() {
    for (const WaitBox& node : nodes_) {
      for (const std::size_t to : node.to) ++nodes_[to].open;
    }
    std::vector<std::size_t> order;
    while (order.size() < nodes_.size()) {
      const std::size_t next = next_after(order);
      nodes_[next].placed = true;
      for (const std::size_t to : nodes_[next].to) --nodes_[to].open;
      order.push_back(next);
    }
    return order;
  }

  std::vector<WaitBox>& nodes() { return nodes_; }

  /// "anna (T1) waits for to ben (Q2); ...", for readers who cannot see the drawing.
  const std::string& words() const { return words_; }

 private:
  std::size_t node_of(const std::string& id) {
    const auto found = std::ranges::find(nodes_, id, &WaitBox::id);
    if (found != nodes_.end()) return static_cast<std::size_t>(found - nodes_.begin());
    const auto thread = std::ranges::find(finding_.threads, id, &ThreadInfo::id);
    const bool is_thread = thread != finding_.threads.end();
    SvgRow row{names_.of(id), home_of(finding_, id), is_thread ? "thread" : "lock", "", false};
    if (is_thread && thread->state == "ended") row.text += ", ended";
    nodes_.push_back({id, std::move(row), {}, 0, false});
    return nodes_.size() - 1;
  }

  void add_wish(const ThreadInfo& thread) {
    const std::size_t from = node_of(thread.id);
    const std::size_t to = node_of(thread.wants->object);
    if (from == to) return;
    nodes_[from].to.push_back(to);
    nodes_[from].row.label = wait_label(*thread.wants, names_, kSvgLabel);
    words_ += (words_.empty() ? "" : "; ") + names_.of(thread.id) + " waits for " +
              wanted_text(thread, names_);
  }

  void add_possession(const ThreadInfo& thread, const HeldObject& held) {
    const auto object = std::ranges::find(nodes_, held.object, &WaitBox::id);
    if (object == nodes_.end() || nodes_.size() >= 2 * kMaxItems) return;
    const auto from = static_cast<std::size_t>(object - nodes_.begin());
    const std::size_t to = node_of(thread.id);
    if (std::ranges::find(nodes_[from].to, to) != nodes_[from].to.end()) return;
    nodes_[from].to.push_back(to);
    nodes_[from].row.label =
        nodes_[from].to.size() > 1 ? "held by" : holder_label(held, names_.type(held.object));
  }

  void add_dead_end(std::size_t object) {
    const std::string id = nodes_[object].id;
    if (!nodes_[object].to.empty() || nodes_[object].row.css == "thread") return;
    const auto waiter = std::ranges::find_if(finding_.threads, [&](const ThreadInfo& thread) {
      return thread.wants && thread.wants->object == id;
    });
    if (waiter == finding_.threads.end()) return;
    SvgRow row{dead_end_text(*waiter->wants, names_), nodes_[object].row.process, "gap", "", false};
    nodes_[object].to.push_back(nodes_.size());
    nodes_.push_back({"", std::move(row), {}, 0, false});
  }

  std::size_t next_after(const std::vector<std::size_t>& order) const {
    if (!order.empty()) {
      for (const std::size_t to : nodes_[order.back()].to) {
        if (!nodes_[to].placed && nodes_[to].open == 0) return to;
      }
    }
    std::size_t next = nodes_.size();
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].placed) continue;
      if (nodes_[i].open == 0) return i;
      if (next == nodes_.size()) next = i;  // only in a ring, whose first row is as good as any
    }
    return next;
  }

  const Finding& finding_;
  const Names names_;
  std::vector<WaitBox> nodes_;
  std::string words_;
};

struct ArrowLane {
  std::size_t first = 0;  // rows
  std::size_t last = 0;
  std::size_t to = 0;
  std::size_t lane = 0;
};

/// Arrows to one row share a lane; arrows to different rows, side by side, do not.
std::vector<ArrowLane> lanes_of(const std::vector<std::pair<std::size_t, std::size_t>>& arrows) {
  std::vector<ArrowLane> lanes;
  for (const auto& [from, to] : arrows) {
    const auto lane = std::ranges::find(lanes, to, &ArrowLane::to);
    if (lane == lanes.end()) {
      lanes.push_back({std::min(from, to), std::max(from, to), to, 0});
    } else {
      lane->first = std::min(lane->first, from);
      lane->last = std::max(lane->last, from);
    }
  }
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    const auto taken = [&](const ArrowLane& other) {
      return other.lane == lanes[i].lane && other.first <= lanes[i].last &&
             lanes[i].first <= other.last;
    };
    while (lanes[i].lane + 1 < kLanes.size() &&
           std::any_of(lanes.begin(), lanes.begin() + static_cast<std::ptrdiff_t>(i), taken)) {
      ++lanes[i].lane;
    }
  }
  return lanes;
}

}  // namespace

Markup svg_waits(const Finding& finding) {
  Graph graph(finding);
  if (graph.words().empty()) return {};
  std::vector<std::size_t> order = graph.order();
  const std::size_t left_out = order.size() - std::min(order.size(), kMaxItems);
  order.resize(order.size() - left_out);

  std::vector<SvgRow> rows;
  std::vector<std::pair<std::size_t, std::size_t>> arrows;  // rows; those that need a lane
  for (std::size_t i = 0; i < order.size(); ++i) {
    const WaitBox& node = graph.nodes()[order[i]];
    rows.push_back(node.row);
    for (const std::size_t to : node.to) {
      const auto place = static_cast<std::size_t>(std::ranges::find(order, to) - order.begin());
      if (place == i + 1) {
        rows.back().arrow = true;
      } else if (place < order.size()) {
        arrows.emplace_back(i, place);
      }
    }
  }
  if (left_out > 0) {
    rows.push_back({std::to_string(left_out) + " more, left out here", "", "gap", "", false});
  }

  const SvgColumn column = svg_column(finding, rows);
  const auto middle = [&column](std::size_t row) { return column.tops[row] + kSvgBox / 2; };
  Markup lanes;
  for (const ArrowLane& lane : lanes_of(arrows)) {
    const int x = kLanes.at(lane.lane);
    for (const auto& [from, to] : arrows) {
      if (to == lane.to) lanes += svg_lane(x, middle(from), middle(to));
    }
  }
  return svg_drawing("Who waits for what: " + graph.words(), column.height, column.strokes + lanes);
}

}  // namespace gridlock::internal::reports
