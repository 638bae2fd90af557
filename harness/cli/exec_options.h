// SPDX-License-Identifier: Apache-2.0
//
// The options of the commands for programs that were not built for it: `exec` and `why`.
#pragma once

#include "harness/cli/exec_command.h"
#include "harness/cli/why_command.h"

#include <functional>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}

namespace gridlock::internal {

/// Adds the command to the parser; `action` is what it does, once it was parsed.
void add_exec(CLI::App& app, ExecArguments& values, std::function<int()>& action);
void add_why(CLI::App& app, WhyArguments& values, std::function<int()>& action);

}  // namespace gridlock::internal
