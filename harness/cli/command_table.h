// SPDX-License-Identifier: Apache-2.0
//
// The commands and options as data, read from the parser that they were told to: what the man page and the completions of
// shells are made of.
#pragma once

#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}  // namespace CLI

namespace gridlock::internal {

struct OptionText {
  enum class Value { kNone, kText, kChoice, kFile, kFolder };

  std::vector<std::string> names;  ///< with their dashes, short ones first
  Value value = Value::kNone;
  std::string shown_as;              ///< "N", "FILE"; empty for kNone
  std::vector<std::string> choices;  ///< of kChoice
  bool repeatable = false;
  std::string description;
};

/// A word of the command line that is no option.
struct WordText {
  std::string name;  ///< "FILE"
  std::string description;
  bool required = false;
  bool several = false;
};

struct CommandText {
  std::string name;
  std::string description;
  std::vector<OptionText> options;
  std::vector<WordText> words;
  std::vector<CommandText> commands;
};

/// What is hidden from --help is left out.
CommandText command_text(const CLI::App& app);

/// How a value is marked for the reader above (CLI::Option::type_name; --help shows another text).
inline constexpr const char* kPathMark = "path";
inline constexpr const char* kChoiceMark = "one of:";

}  // namespace gridlock::internal
