// SPDX-License-Identifier: Apache-2.0
//
// A program in the foreground: it has our terminal, our signals and our exit code.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace gridlock::internal {

struct WatchedProgram {
  std::string file;
  std::vector<std::string> words;  ///< argv
  /// What its environment has besides ours.
  std::vector<std::pair<std::string, std::string>> variables;
  std::string own_pid;  ///< a variable that has its own process number; empty: none
};

/// Runs it to its end, and returns the status of waitpid(2). Signals to this process are handed on to it, except
/// for those that the terminal has sent to both. `look` is called upon SIGUSR2, and every `look_ms` if that is not 0.
/// Throws UsageError if it cannot be executed.
int run_in_foreground(const WatchedProgram& program, int look_ms,
                      const std::function<void()>& look);

/// As the program ended: the exit code, or this process ends by the same signal.
int end_like(int status);

}  // namespace gridlock::internal
