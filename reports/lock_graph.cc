// SPDX-License-Identifier: Apache-2.0
#include "reports/lock_graph.h"

#include "reports/lock_facts.h"
#include "reports/wording.h"

#include <algorithm>
#include <optional>

namespace gridlock::internal::reports {
namespace {

constexpr std::size_t kMaxNodes = 24;
constexpr std::size_t kMaxEdges = 40;

class Builder {
 public:
  Builder(const Finding& finding, const Outcome& outcome) : finding_(finding), outcome_(outcome) {}

  LockGraph build() {
    const Names names(finding_);
    for (const std::string& id : finding_.cycle) {
      if (graph_.nodes.size() < kMaxNodes) node_of(id, names, std::nullopt);
    }
    for (const LockOrderEdge& edge : finding_.edges) {
      if (find(edge.from) && find(edge.to)) add(edge, names, LockGraph::Part::kCycle, "");
    }
    for (LockGraph::Node& node : graph_.nodes) node.on_cycle = true;
    if (graph_.edges.empty()) return {};
    for (const Finding& other : outcome_.findings) {
      if (&other != &finding_) around(other, LockGraph::Part::kElsewhere, "");
    }
    for (const Finding& other : outcome_.suppressed) around(other, LockGraph::Part::kElsewhere, "");
    for (const InfeasibleCycle& safe : outcome_.infeasible_cycles)
      around(safe.claim, LockGraph::Part::kInfeasible, infeasible_reason_text(safe));
    if (outcome_.processes.size() < 2) learned();
    return std::move(graph_);
  }

 private:
  std::optional<std::size_t> find(const std::string& id) const {
    const auto it = std::ranges::find(graph_.nodes, id, &LockGraph::Node::id);
    if (it == graph_.nodes.end()) return std::nullopt;
    return static_cast<std::size_t>(it - graph_.nodes.begin());
  }
  bool is_on_cycle(const std::string& id) const {
    const std::optional<std::size_t> node = find(id);
    return node && graph_.nodes[*node].on_cycle;
  }
  std::optional<std::size_t> node_of(const std::string& id, const Names& names,
                                     std::optional<std::size_t> beside) {
    if (const std::optional<std::size_t> known = find(id)) return known;
    if (graph_.nodes.size() == kMaxNodes) return std::nullopt;
    graph_.nodes.push_back({id, names.of(id), false, beside.value_or(0)});
    return graph_.nodes.size() - 1;
  }

  void around(const Finding& other, LockGraph::Part part, const std::string& reason) {
    if (other.pid != finding_.pid || !other.processes.empty()) return;  // ids are a process's own
    std::optional<Names> names;  // of ten thousand findings few are shown
    for (const LockOrderEdge& edge : other.edges) {
      if (!is_on_cycle(edge.from) && !is_on_cycle(edge.to)) continue;
      if (!has_room(edge.from, edge.to) || is_told(edge, part)) continue;
      if (!names) names.emplace(other);
      add(edge, *names, part, reason);
    }
  }

  void learned() {
    for (const LearnedOrder& order : outcome_.learned_order) {
      if (!is_on_cycle(order.from) && !is_on_cycle(order.to)) continue;
      const Names names(order.threads, order.objects);
      insert(order.from, order.to, names, LockGraph::Part::kElsewhere, order_place_text(order), "",
             order.wanted_stack);
    }
  }

  void add(const LockOrderEdge& edge, const Names& names, LockGraph::Part part,
           const std::string& reason) {
    insert(edge.from, edge.to, names, part, edge_label(edge, names), reason, edge.wanted_stack);
  }

  /// What a step of the cycle has shown need not be told again, whoever else does it.
  bool is_told(const LockOrderEdge& edge, LockGraph::Part part) const {
    const std::optional<std::size_t> from = find(edge.from);
    const std::optional<std::size_t> to = find(edge.to);
    return from && to && std::ranges::any_of(graph_.edges, [&](const LockGraph::Edge& known) {
             return known.from == *from && known.to == *to && known.part < part;
           });
  }

  /// Of an edge that leads somewhere: counts it if not.
  bool has_room(const std::string& from, const std::string& to) {
    if (from == to) return false;
    if (graph_.edges.size() < kMaxEdges) return true;
    ++graph_.left_out;
    return false;
  }

  void insert(const std::string& from, const std::string& to, const Names& names,
              LockGraph::Part part, std::string who, const std::string& reason,
              const Stack& wanted) {
    if (!has_room(from, to)) return;
    const std::optional<std::size_t> a = node_of(from, names, find(to));
    const std::optional<std::size_t> b = node_of(to, names, find(from));
    if (!a || !b) {
      ++graph_.left_out;
      return;
    }
    // What a step of the cycle has shown need not be told again.
    const bool is_known = std::ranges::any_of(graph_.edges, [&](const LockGraph::Edge& edge) {
      return edge.from == *a && edge.to == *b && (edge.who == who || edge.part < part);
    });
    if (!is_known) graph_.edges.push_back({*a, *b, part, std::move(who), reason, &wanted});
  }

  const Finding& finding_;
  const Outcome& outcome_;
  LockGraph graph_;
};

}  // namespace

bool LockGraph::has_neighbours() const {
  return std::ranges::any_of(edges, [](const Edge& edge) { return edge.part != Part::kCycle; });
}

LockGraph lock_graph(const Finding& finding, const Outcome& outcome) {
  if (finding.cycle.empty() || !finding.processes.empty()) return {};
  return Builder(finding, outcome).build();
}

}  // namespace gridlock::internal::reports
