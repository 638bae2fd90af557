// SPDX-License-Identifier: Apache-2.0
//
// The options of `gridlock explore`, `replay` and `merge`.
#pragma once

#include "harness/cli/explore_command.h"

#include <functional>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}  // namespace CLI

namespace gridlock::internal {

void add_explore(CLI::App& app, ExploreArguments& values, std::function<int()>& action);
void add_replay(CLI::App& app, ReplayArguments& values, std::function<int()>& action);
void add_merge(CLI::App& app, MergeArguments& values, std::function<int()>& action);

}  // namespace gridlock::internal
