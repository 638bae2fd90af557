// SPDX-License-Identifier: Apache-2.0
//
// The runtime's options as seen from outside: the same table (options.def) as the process under
// test reads, so that a mistake on the command line is found before anything starts.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal {

struct OptionRow {
  std::string_view type;  ///< "Flag", "Number", "Text", "OnDeadlock"
  std::string_view name;
  std::string_view default_value;  ///< as it is written in GRIDLOCK_OPTIONS
  std::string_view range;          ///< "1 to 64"; empty if every number will do
  std::string_view description;
};

/// In the order of the table.
std::span<const OptionRow> option_rows();

/// Which values it may have, for people: "0 or 1", "1 to 64".
std::string value_text(const OptionRow& row);

/// What is wrong with NAME=VALUE, in the words of the runtime; nothing if it is good.
std::optional<std::string> setting_error(std::string_view setting);

/// The value that the last of the settings gives an option, else the one in this process's
/// GRIDLOCK_OPTIONS; empty if neither has one.
std::string option_value(std::string_view name, const std::vector<std::string>& settings);

/// For --help-options.
std::string options_text();
/// docs/options.md.
std::string options_markdown();

}  // namespace gridlock::internal
