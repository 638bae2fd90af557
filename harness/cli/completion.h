// SPDX-License-Identifier: Apache-2.0
//
// What a shell completes behind `gridlock`, made from the table of options.
#pragma once

#include "harness/cli/command_table.h"

#include <string>
#include <vector>

namespace gridlock::internal {

/// "bash", "zsh", "fish".
std::vector<std::string> completion_shells();
/// The script for one of them.
std::string completion(const CommandText& gridlock, const std::string& shell);

// One file each.
std::string bash_completion(const CommandText& gridlock);
std::string zsh_completion(const CommandText& gridlock);
std::string fish_completion(const CommandText& gridlock);

/// Runs a program, whose words follow: what is completed there is not ours.
inline bool runs_a_program(const CommandText& command) {
  return command.name == "exec" || command.name == "explore" || command.name == "replay";
}

}  // namespace gridlock::internal
