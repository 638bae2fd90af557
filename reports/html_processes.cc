// SPDX-License-Identifier: Apache-2.0
#include "reports/html_parts.h"
#include "reports/processes.h"
#include "reports/wording.h"

#include <algorithm>

namespace gridlock::internal::reports {

namespace {

Markup process_item(const ProcessInfo& process) {
  Markup line = process_name(process);
  if (const std::string facts = process_facts(process); !facts.empty())
    line += " " + classed("span", "quiet", facts);
  if (const std::string state = process_state(process); !state.empty()) line += " " + Markup(state);
  return line;
}

// From `at` on, as long as they are this deep; `at` ends up behind them.
Markup branches(const std::vector<ProcessBranch>& tree, std::size_t& at, std::size_t end) {
  const std::size_t depth = tree[at].depth;
  Markup all;
  while (at < end && tree[at].depth == depth) {
    Markup item = process_item(*tree[at].process);
    ++at;
    if (at < end && tree[at].depth > depth) item += "\n" + element("ul", branches(tree, at, end));
    all += element("li", item) + "\n";
  }
  return all;
}

}  // namespace

Markup html_processes(const std::vector<ProcessInfo>& processes) {
  if (processes.empty()) return {};
  const std::vector<ProcessBranch> tree = process_tree(processes);
  const std::size_t shown = std::min(tree.size(), 4 * kMaxItems);
  std::size_t at = 0;
  Markup all = classed("ul", "processes", branches(tree, at, shown)) + "\n";
  if (tree.size() > shown) {
    all += html_quiet(std::to_string(tree.size() - shown) + " more processes.");
  }
  return all;
}

}  // namespace gridlock::internal::reports
