// SPDX-License-Identifier: Apache-2.0
//
// The words for processes, where a finding or a run has several. As wording.h: printable, without
// markup, for text and HTML.
#pragma once

#include <gridlock/finding.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal::reports {

/// "consumer (P2)", or "P2" for one without a name.
std::string process_name(const ProcessInfo& process);
/// "pid 4712, parent 4711, daemon"; what is unknown is left out.
std::string process_facts(const ProcessInfo& process);
/// "running", "ended with exit code 3", "killed by signal 9 (SIGKILL)"; empty if unknown.
std::string process_state(const ProcessInfo& process);
/// "consumer (P2), pid 4712, parent 4711, daemon: killed by signal 9 (SIGKILL)".
std::string process_line(const ProcessInfo& process);

/// The process with this id, or nullptr.
const ProcessInfo* find_process(const std::vector<ProcessInfo>& processes, std::string_view id);
/// The process that an id says it lives in: "P2" of "P2.M1"; empty for what is shared or plain.
std::string_view process_of(std::string_view id);

/// The tree, each parent before its children; a process whose parent is not among them is a root.
struct ProcessBranch {
  const ProcessInfo* process = nullptr;
  std::size_t depth = 0;  ///< 0: a root
};
std::vector<ProcessBranch> process_tree(const std::vector<ProcessInfo>& processes);

}  // namespace gridlock::internal::reports
