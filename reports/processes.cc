// SPDX-License-Identifier: Apache-2.0
#include "reports/processes.h"

#include "reports/utf8.h"

#include <cstring>

namespace gridlock::internal::reports {
namespace {

// Pids are used again: the parent is the latest before it that had this one.
std::size_t parent_of(const std::vector<ProcessInfo>& processes, std::size_t child) {
  if (processes[child].parent_pid == 0) return child;
  for (std::size_t i = child; i-- > 0;) {
    if (processes[i].pid == processes[child].parent_pid) return i;
  }
  return child;
}

}  // namespace

std::string process_name(const ProcessInfo& process) {
  const std::string id = printable_line(process.id);
  return process.name.empty() ? id : printable_line(process.name) + " (" + id + ")";
}

std::string process_facts(const ProcessInfo& process) {
  std::string text;
  const auto add = [&text](const std::string& fact) {
    if (!text.empty()) text += ", ";
    text += fact;
  };
  if (process.pid != 0) add("pid " + std::to_string(process.pid));
  if (process.parent_pid != 0) add("parent " + std::to_string(process.parent_pid));
  if (process.daemon) add("daemon");
  return text;
}

std::string process_state(const ProcessInfo& process) {
  if (process.signal > 0) {
    const char* const name = sigabbrev_np(process.signal);
    return "killed by signal " + std::to_string(process.signal) +
           (name == nullptr ? "" : " (SIG" + std::string(name) + ")");
  }
  if (process.exit_code >= 0) return "ended with exit code " + std::to_string(process.exit_code);
  return printable_line(process.state);
}

std::string process_line(const ProcessInfo& process) {
  std::string text = process_name(process);
  if (const std::string facts = process_facts(process); !facts.empty()) text += ", " + facts;
  if (const std::string state = process_state(process); !state.empty()) text += ": " + state;
  return text;
}

const ProcessInfo* find_process(const std::vector<ProcessInfo>& processes, std::string_view id) {
  for (const ProcessInfo& process : processes) {
    if (process.id == id) return &process;
  }
  return nullptr;
}

std::string_view process_of(std::string_view id) {
  const std::size_t dot = id.find('.');
  return id.starts_with('P') && dot != std::string_view::npos ? id.substr(0, dot)
                                                              : std::string_view();
}

std::vector<ProcessBranch> process_tree(const std::vector<ProcessInfo>& processes) {
  std::vector<std::vector<std::size_t>> children(processes.size());
  std::vector<ProcessBranch> tree;
  std::vector<std::pair<std::size_t, std::size_t>> open;  // index and depth; a stack, last first
  for (std::size_t i = processes.size(); i-- > 0;) {
    const std::size_t parent = parent_of(processes, i);
    if (parent == i) {
      open.emplace_back(i, 0);
    } else {
      children[parent].push_back(i);
    }
  }
  while (!open.empty()) {
    const auto [index, depth] = open.back();
    open.pop_back();
    tree.push_back({&processes[index], depth});
    for (const std::size_t child : children[index]) open.emplace_back(child, depth + 1);
  }
  return tree;
}

}  // namespace gridlock::internal::reports
