// SPDX-License-Identifier: Apache-2.0
//
// The environment that a process under test gets.
#pragma once

#include <string>
#include <vector>

namespace gridlock::internal {

struct ChildPaths {
  std::string findings_log;  ///< what the runtime writes
  std::string tsan_log;      ///< what ThreadSanitizer writes, with ".PID" behind it
};

/// This process's environment with GRIDLOCK_OPTIONS and TSAN_OPTIONS made up: first the harness's
/// wishes, then the user's own (they win), then what the harness depends on (the logs, the signal
/// for a dump). `settings` (NAME=VALUE) are the user's word too, from the command line, and win
/// over the environment. `symbolizer` may be empty.
std::vector<std::string> child_environment(const ChildPaths& paths,
                                           const std::vector<std::string>& settings,
                                           const std::string& symbolizer);

/// True if a path can be the value of an option: nothing in it that separates options.
bool fits_into_an_option(const std::string& path);

}  // namespace gridlock::internal
