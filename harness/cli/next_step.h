// SPDX-License-Identifier: Apache-2.0
//
// The last line of what is printed about programs: the command that says most of what is not known yet.
#pragma once

#include "harness/cli/actions.h"
#include "harness/cli/exec_command.h"

#include <string>

namespace gridlock::internal {

/// "next: gridlock exec --confirm ./bank\n", for a cycle of which nobody knows whether it can happen; for a process that is
/// left in its hang `gridlock why`, and else the log or the page. Empty if all is well, or there is nothing to add.
std::string next_step(const ExecArguments& arguments, const Report& report, bool is_running);
/// The same after `gridlock report`, if only programs are in it: scenarios have a line of their own.
std::string next_step(const ReportArguments& arguments, const Report& report);

}  // namespace gridlock::internal
