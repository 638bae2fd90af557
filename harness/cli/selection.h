// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gridlock/scenario.h>

#include <string>
#include <vector>

namespace gridlock::internal {

/// The scenarios that are named or that match a glob ('*' any characters, '/' too, '?' one, "[ab]"
/// one of these), each once, in the order of `all`. Neither names nor globs: all. Throws UsageError
/// for a name that does not exist (with the nearest one that does) and for a glob that matches
/// nothing.
std::vector<Scenario> select(const std::vector<Scenario>& all,
                             const std::vector<std::string>& names,
                             const std::vector<std::string>& globs);

/// What an executable without scenarios, such as the installed command, says of itself.
inline constexpr const char* kNoScenarios =
    "this gridlock has no scenarios of its own: link yours with gridlock::main and run that "
    "program; `gridlock report FILE` reads what any program found";

/// All registered scenarios; throws UsageError with the first mistake of the registry, if there is
/// one.
std::vector<Scenario> checked_scenarios();

}  // namespace gridlock::internal
