// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/command_table.h"

#include <CLI/CLI.hpp>
#include <sstream>

namespace gridlock::internal {
namespace {

std::vector<std::string> choices_in(const std::string& mark) {
  std::istringstream words(mark.substr(std::string(kChoiceMark).size()));
  std::vector<std::string> choices;
  for (std::string word; words >> word;) choices.push_back(word);
  return choices;
}

OptionText option_text(const CLI::Option& option) {
  OptionText text;
  for (const std::string& name : option.get_snames()) text.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) text.names.push_back("--" + name);
  text.description = option.get_description();
  if (option.get_items_expected_max() == 0) return text;
  text.shown_as = option.get_option_text();
  text.repeatable = option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
  const std::string mark = option.get_type_name();
  if (mark.starts_with(kChoiceMark)) {
    text.value = OptionText::Value::kChoice;
    text.choices = choices_in(mark);
  } else if (mark == kPathMark) {
    text.value = text.shown_as == "DIR" ? OptionText::Value::kFolder : OptionText::Value::kFile;
  } else {
    text.value = OptionText::Value::kText;
  }
  return text;
}

}  // namespace

CommandText command_text(const CLI::App& app) {
  CommandText text;
  text.name = app.get_name();
  text.description = app.get_description();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    if (option->nonpositional()) {
      text.options.push_back(option_text(*option));
    } else {
      text.words.push_back({.name = option->get_name(true),
                            .description = option->get_description(),
                            .required = option->get_required(),
                            .several = option->get_items_expected_max() > 1});
    }
  }
  for (const CLI::App* command : app.get_subcommands({})) {
    if (!command->get_group().empty()) text.commands.push_back(command_text(*command));
  }
  return text;
}

}  // namespace gridlock::internal
