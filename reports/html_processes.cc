// SPDX-License-Identifier: Apache-2.0
#include "reports/html_parts.h"
#include "reports/processes.h"
#include "reports/wording.h"

#include <algorithm>

namespace gridlock::internal::reports {

std::string html_processes(const std::vector<ProcessInfo>& processes) {
  if (processes.empty()) return {};
  const std::vector<ProcessBranch> tree = process_tree(processes);
  const std::size_t shown = std::min(tree.size(), 4 * kMaxItems);
  std::string html = "<ul class=\"processes\">";
  for (std::size_t i = 0; i < shown; ++i) {
    const ProcessInfo& process = *tree[i].process;
    html += "<li>" + escaped(process_name(process));
    if (const std::string facts = process_facts(process); !facts.empty()) {
      html += " <span class=\"quiet\">" + escaped(facts) + "</span>";
    }
    if (const std::string state = process_state(process); !state.empty()) {
      html += " " + escaped(state);
    }
    const std::size_t next = i + 1 < shown ? tree[i + 1].depth : 0;
    if (next > tree[i].depth) {
      html += "\n<ul>";
      continue;
    }
    html += "</li>\n";
    for (std::size_t depth = tree[i].depth; depth > next; --depth) html += "</ul></li>\n";
  }
  html += "</ul>\n";
  if (tree.size() > shown) {
    html += "<p class=\"quiet\">" + std::to_string(tree.size() - shown) + " more processes.</p>\n";
  }
  return html;
}

}  // namespace gridlock::internal::reports
