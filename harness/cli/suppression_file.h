// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/cli/actions.h"
#include "harness/scenario/suppressions.h"

#include <string>
#include <vector>

namespace gridlock::internal {

/// The suppressions that the command line names, else those that --set or GRIDLOCK_OPTIONS names,
/// else none. Throws UsageError with one line.
Suppressions load_suppressions(const SuppressionArguments& arguments,
                               const std::vector<std::string>& settings);

/// Says on stderr which entries matched nothing; true if that is to change the exit code.
bool complain_of_unused(const SuppressionArguments& arguments, const Report& report);

}  // namespace gridlock::internal
