// SPDX-License-Identifier: Apache-2.0
//
// One run of a program beside the one that the user started: without its terminal, with a limit.
#pragma once

#include "harness/cli/interrupts.h"
#include "harness/scenario/spawn.h"

#include <chrono>
#include <string>

namespace gridlock::internal {

struct FreshEnd {
  ProcessEnd end;
  bool interrupted = false;
  std::string output;  ///< stdout and stderr, the last of it
};

/// Runs it, and kills what is left of its group. spec.output_fd is not used. Throws std::system_error.
FreshEnd run_aside(SpawnSpec spec, std::chrono::milliseconds at_most, Interrupts& interrupts);

/// Standard input of this process once more, from `offset` on: -1 if it is no file.
Fd reopened_input(long offset);

}  // namespace gridlock::internal
