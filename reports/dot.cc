// SPDX-License-Identifier: Apache-2.0
//
// The orders in which locks were taken, for Graphviz: those of the findings, and dashed those of cycles that were judged
// safe.
#include "reports/formats.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <set>
#include <string>
#include <string_view>

namespace gridlock::internal::reports {
namespace {

std::string in_quotes(std::string_view text) {
  std::string all = "\"";
  for (const char c : printable_line(text)) {
    if (c == '"' || c == '\\') all += '\\';
    all += c;
  }
  return all + "\"";
}

/// One outcome's locks, in a box.
class Cluster {
 public:
  Cluster(std::size_t index, const Outcome& outcome)
      : index_(std::to_string(index)), name_(outcome.name) {}

  void add(const Finding& finding, std::string_view style) {
    const Names names(finding);
    for (const LockOrderEdge& edge : finding.edges) {
      const std::string text = node(edge.from, names) + " -> " + node(edge.to, names) +
                               " [label=" + in_quotes(edge_label(edge, names)) + style_text(style) +
                               "];\n";
      if (edges_.insert(text).second) body_ += "    " + text;
    }
  }

  std::string take() const {
    if (body_.empty()) return {};
    return "  subgraph cluster_" + index_ + " {\n    label=" + in_quotes(name_) + ";\n" + body_ +
           "  }\n";
  }

 private:
  static std::string style_text(std::string_view style) {
    return style.empty() ? "" : ", style=" + std::string(style);
  }

  // Ids are those of a process: each outcome has its own.
  std::string node(const std::string& id, const Names& names) {
    std::string key = in_quotes(index_ + "." + id);
    if (nodes_.insert(id).second)
      body_ += "    " + key + " [label=" + in_quotes(names.of(id)) + "];\n";
    return key;
  }

  std::string index_;
  std::string name_;
  std::string body_;
  std::set<std::string> nodes_;
  std::set<std::string> edges_;
};

}  // namespace

std::string render_dot(const Report& report) {
  std::string all = "digraph gridlock {\n  node [shape=box, style=rounded];\n";
  for (std::size_t i = 0; i < report.outcomes.size(); ++i) {
    const Outcome& outcome = report.outcomes[i];
    Cluster cluster(i, outcome);
    for (const Finding& finding : outcome.findings) cluster.add(finding, "bold");
    for (const Finding& finding : outcome.suppressed) cluster.add(finding, "dotted");
    for (const InfeasibleCycle& safe : outcome.infeasible_cycles) cluster.add(safe.claim, "dashed");
    all += cluster.take();
  }
  return all + "}\n";
}

}  // namespace gridlock::internal::reports
