// SPDX-License-Identifier: Apache-2.0
//
// The command line of `gridlock history`.
#pragma once

#include "harness/cli/history_command.h"

#include <functional>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}  // namespace CLI

namespace gridlock::internal {

struct HistoryCommandArguments {
  HistoryArguments show;
  HistoryAddArguments add;
};

/// `action` is set to what the command line asks for.
void add_history(CLI::App& app, HistoryCommandArguments& arguments, std::function<int()>& action);

}  // namespace gridlock::internal
