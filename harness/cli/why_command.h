// SPDX-License-Identifier: Apache-2.0
//
// `gridlock why`: what a process that hangs, or the core file that it left, is waiting for.
#pragma once

#include "harness/cli/actions.h"

#include <string>
#include <vector>

namespace gridlock::internal {

struct WhyArguments {
  std::string process;        ///< its number; or, with `core`, the program's file; empty: none
  std::string core;           ///< a core file; empty: a live process
  std::string report_folder;  ///< empty: none
  std::vector<Output> outputs;
  std::vector<std::string> source_roots;
  bool verbose = false;
  ColorMode color = ColorMode::kAuto;
  std::vector<std::string> command;
};

/// Exit code 1 if it is stuck for sure, 0 if that cannot be said.
int explain_process(const WhyArguments& arguments);

}  // namespace gridlock::internal
