// SPDX-License-Identifier: Apache-2.0
//
// A cycle that lies among so many other orders that a ring of them is crowded, and what a `dot` may say to it.
#include "tests/support/sample_lock_graph.h"

#include "tests/support/sample_reports.h"

#include <array>
#include <cstddef>
#include <utility>

namespace gridlock::support {
namespace {

using internal::reports::LockGraph;

LearnedOrder order(const std::string& from, const std::string& to) {
  static constexpr std::array<const char*, 11> kNames = {
      "",        "accounts", "journal",  "audit log", "mail queue", "disk",
      "session", "login",    "currency", "rates",     "statements"};
  const auto object = [](const std::string& id) {
    return Object{.id = id, .type = "Lock", .name = kNames.at(std::stoul(id.substr(1)))};
  };
  LearnedOrder learned{.from = from, .to = to, .thread = "T1"};
  learned.wanted_stack = lock_order_cycle().edges[0].wanted_stack;
  learned.objects = {object(from), object(to)};
  learned.threads = {{.id = "T1", .name = "payer"}};
  return learned;
}

std::string inches(double units) { return " " + std::to_string(units / 72); }

}  // namespace

Report crowded_report() {
  Report report = report_of("bank/two", {lock_order_cycle()});
  Outcome& outcome = report.outcomes[0];
  outcome.verdict = Verdict::kUnexpected;
  outcome.expected = {};
  outcome.reason = "expected no finding, found lock-order-cycle";
  outcome.learned_order = {order("M1", "M3"), order("M1", "M4"), order("M2", "M5"),
                           order("M6", "M1"), order("M7", "M1"), order("M7", "M2"),
                           order("M8", "M2"), order("M6", "M2"), order("M1", "M5"),
                           order("M2", "M9"), order("M8", "M1"), order("M2", "M4")};
  InfeasibleCycle safe{.reason = "gate", .object = "M10", .length = 2};
  safe.claim.cycle = {"M2", "M9"};
  safe.claim.edges = {{.from = "M2", .to = "M9", .thread = "T1"},
                      {.from = "M9", .to = "M2", .thread = "T2"}};
  safe.claim.objects = order("M9", "M10").objects;
  outcome.infeasible_cycles = {std::move(safe)};
  return report;
}

std::string plain_answer(const LockGraph& graph) {
  constexpr double kStep = 60;
  const double height = kStep * static_cast<double>(graph.nodes.size());
  const auto y_of = [&](std::size_t node) { return kStep * (static_cast<double>(node) + 0.5); };
  std::string text = "graph 1" + inches(400) + inches(height) + "\n";
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    text += "node n" + std::to_string(i) + inches(200) + inches(y_of(i)) +
            " 2.0556 0.38889 \"\" solid box black lightgrey\n";
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    const LockGraph::Edge& edge = graph.edges[i];
    const double from = y_of(edge.from);
    const double to = y_of(edge.to);
    text += "edge n" + std::to_string(edge.from) + " n" + std::to_string(edge.to) + " 4" +
            inches(270) + inches(from) + inches(330) + inches(from) + inches(330) + inches(to) +
            inches(280) + inches(to) + " " + std::to_string(i + 1) + inches(320) +
            inches((from + to) / 2) + " solid black\n";
  }
  return text + "stop\n";
}

}  // namespace gridlock::support
