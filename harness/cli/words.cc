// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/words.h"

#include "harness/scenario/option_table.h"
#include "harness/scenario/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <iomanip>
#include <sstream>

namespace gridlock::internal {
namespace {

constexpr std::size_t kLongestWord = 120;
constexpr std::size_t kLongestShown = 600;

bool in_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Two thirds of `at_most` bytes from the start and the rest from the end; cuts no character.
std::string without_middle(std::string_view text, std::size_t at_most) {
  if (text.size() <= at_most) return std::string(text);
  std::size_t first = at_most * 2 / 3;
  std::size_t second = text.size() - at_most / 3;
  while (first > 0 && in_character(text[first])) --first;
  while (second < text.size() && in_character(text[second])) ++second;
  return std::string(text.substr(0, first)) + "..." + std::string(text.substr(second));
}

std::string number_text(double number) {
  constexpr int kDigits = 10;  // no exponent
  std::ostringstream text;
  text << std::setprecision(kDigits) << number;
  return std::move(text).str();
}

}  // namespace

std::string shown(std::string_view word) {
  return "'" + printable_line(without_middle(word, kLongestWord)) + "'";
}

std::string shortened(std::string_view message) { return without_middle(message, kLongestShown); }

std::string whole_number_error(const std::string& word, int lowest, int highest) {
  int number = 0;
  const char* const end = word.data() + word.size();
  const std::from_chars_result result = std::from_chars(word.data(), end, number);
  const bool leading_zero = word.size() > 1 && word.front() == '0';
  if (result.ec == std::errc() && result.ptr == end && !leading_zero && number >= lowest &&
      number <= highest) {
    return {};
  }
  return shown(word) + " is not a whole number from " + std::to_string(lowest) + " to " +
         std::to_string(highest);
}

std::string seconds_error(const std::string& word, double lowest, double highest) {
  double number = 0;
  const char* const end = word.data() + word.size();
  const std::from_chars_result result = std::from_chars(word.data(), end, number);
  if (result.ec == std::errc() && result.ptr == end && std::isfinite(number) && number >= lowest &&
      number <= highest) {
    return {};
  }
  return shown(word) + " is not a number of seconds from " + number_text(lowest) + " to " +
         number_text(highest);
}

std::string path_error(const std::string& word) {
  if (word.empty()) return "the name is empty";
  if (word.front() == '-') {
    return shown(word) + " looks like an option; write ./" + word + " if it is a name";
  }
  return {};
}

std::string choice_error(const std::string& word, const std::vector<std::string>& choices) {
  if (std::ranges::find(choices, word) != choices.end()) return {};
  std::string all;
  for (const std::string& choice : choices) all += (all.empty() ? "" : ", ") + choice;
  return shown(word) + " is none of " + all;
}

std::string settings_error(const std::vector<std::string>& settings,
                           const std::vector<std::pair<std::string_view, std::string_view>>& ours) {
  for (const std::string& setting : settings) {
    if (const auto error = setting_error(setting)) return *error;
    for (const auto& [name, said] : ours) {
      if (setting.starts_with(name))
        return setting.substr(0, setting.find('=')) + ": " + std::string(said);
    }
  }
  return {};
}

std::string option_without_value(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") break;
    if (word.starts_with("--") && word.find('=') == word.size() - 1) {
      return std::string(word.substr(0, word.size() - 1));
    }
  }
  return {};
}

}  // namespace gridlock::internal
