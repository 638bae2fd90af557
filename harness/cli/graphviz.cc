// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/graphviz.h"

#include "harness/scenario/limits.h"
#include "harness/scenario/own_environment.h"
#include "harness/scenario/spawn.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <utility>
#include <vector>

namespace gridlock::internal {
namespace {

constexpr std::string_view kEnd = "\nstop\n";  // of what is said to one graph

std::string answer_of(const std::string& dot, const std::string& graphs) {
  SpawnSpec spec;
  spec.argv = {dot, "-Tplain"};
  // A comma for a point would be no number.
  spec.environment = own_environment([](std::string_view name) { return name == "LC_ALL"; });
  spec.environment.emplace_back("LC_ALL=C");
  spec.most_memory = kGraphvizMemory;
  spec.most_written = kGraphvizAnswer;
  Answer answer = ask(std::move(spec), graphs, kGraphvizRun);
  return answer.end.exit_code == 0 && !answer.end.timed_out ? std::move(answer.text) : "";
}

std::vector<std::string> parts_of(std::string_view answer) {
  std::vector<std::string> parts;
  for (std::size_t end = 0; (end = answer.find(kEnd)) != std::string_view::npos;) {
    parts.emplace_back(answer.substr(0, end + kEnd.size()));
    answer.remove_prefix(end + kEnd.size());
  }
  return parts;
}

}  // namespace

std::string find_dot() {
  if (const char* const chosen = std::getenv("GRIDLOCK_DOT"); chosen != nullptr)
    return std::string_view(chosen) == "none" ? "" : chosen;
  for (const std::string& folder : program_folders()) {
    std::string candidate = folder + "/dot";
    if (folder.starts_with('/') && access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

void lay_out_graphs(Report& report, const std::string& dot) {
  if (dot.empty()) return;
  std::vector<std::string> graphs = graphs_to_lay_out(report);
  std::erase_if(graphs, [&](const std::string& graph) { return report.laid_out.contains(graph); });
  if (graphs.empty()) return;
  std::string all;
  for (const std::string& graph : graphs) all += graph;
  try {
    std::vector<std::string> parts = parts_of(answer_of(dot, all));
    if (parts.size() != graphs.size()) return;
    for (std::size_t i = 0; i < graphs.size(); ++i)
      report.laid_out.emplace(std::move(graphs[i]), std::move(parts[i]));
  } catch (const std::exception&) {
    return;  // no process, no memory for it: the ring needs neither
  }
}

}  // namespace gridlock::internal
