// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/parse_errors.h"

#include "harness/cli/words.h"
#include "harness/scenario/nearest.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>
#include <vector>

namespace gridlock::internal {
namespace {

// What may stand where the user has written something that is not known.
std::vector<std::string> known_words(const CLI::App& app, bool options) {
  std::vector<std::string> words;
  if (!options) {
    for (const CLI::App* one : app.get_subcommands({})) words.push_back(one->get_name());
    return words;
  }
  const auto add = [&words](const CLI::App& one) {
    for (const CLI::Option* option : one.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        if (!option->get_group().empty()) words.push_back("--" + name);
      }
    }
  };
  for (const CLI::App* chosen : app.get_subcommands()) add(*chosen);  // of those on the line
  add(app);
  return words;
}

bool has_option(const CLI::App& app, const std::string& name) {
  return app.get_option_no_throw(name) != nullptr;
}

// An option that is known, but not where it stands; empty if it is known nowhere.
std::string known_elsewhere(const CLI::App& app, const std::string& option) {
  const std::string in_text = "the option " + shown(option);
  if (has_option(app, option)) return in_text + " stands alone, without a command";
  std::string commands;
  for (const CLI::App* one : app.get_subcommands({})) {
    if (!has_option(*one, option)) continue;
    commands += (commands.empty() ? "'" : " or '") + one->get_name() + "'";
  }
  if (commands.empty()) return {};
  return in_text + (app.get_subcommands().empty() ? " stands behind a command, " : " goes with ") +
         commands;
}

}  // namespace

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  while (!text.empty() && (text.back() == ' ' || text.back() == '.')) text.pop_back();
  return text;
}

std::string unknown_word(const CLI::App& app) {
  std::vector<std::string> rest = app.remaining(true);
  if (rest.empty()) return {};
  const bool is_option = rest.front().starts_with('-');
  const std::string word = rest.front().substr(0, rest.front().find('='));
  if (is_option) {
    if (std::string elsewhere = known_elsewhere(app, word); !elsewhere.empty()) return elsewhere;
  }
  const bool is_command = !is_option && app.get_subcommands().empty();
  const std::string what = is_option    ? "no option is called "
                           : is_command ? "no command is called "
                                        : "nothing is known to do with ";
  const std::string guess =
      is_option || is_command ? did_you_mean(word, known_words(app, is_option)) : "";
  return what + shown(word) + (guess.empty() ? "; --help shows what there is" : guess);
}

std::string wrong_number_of_values(std::string text) {
  const std::string option = text.substr(0, text.find(": "));
  if (text.find("missing") != std::string::npos) return option + ": a value is missing";
  if (text.starts_with(option + ": At Most")) return option + ": given more than once";
  if (text.ends_with("flag override"))
    return "--" + text.substr(0, text.find(' ')) + " takes no value";
  return text;
}

}  // namespace gridlock::internal
