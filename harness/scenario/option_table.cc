// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/option_table.h"

#include "harness/scenario/nearest.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

namespace gridlock::internal {
namespace {

constexpr std::size_t kLongestText = 1023;

// As written in the table, so quoted for a Text and with the enumeration's name for OnDeadlock.
struct RawRow {
  std::string_view type, name, default_value, description;
};
constexpr std::array kRaw{
#define GRIDLOCK_OPTION(type, name, default_value, description) \
  RawRow{#type, #name, #default_value, description},
#include <gridlock/options.def>
};

struct Range {
  std::string_view name;
  std::uint64_t lowest;
  std::uint64_t highest;
  std::string_view shown;
};
constexpr std::array kRanges{
#define GRIDLOCK_OPTION_RANGE(name, lowest, highest) \
  Range{#name, lowest, highest, #lowest " to " #highest},
#include <gridlock/options.def>
};

const Range* range_of(std::string_view name) {
  const auto* const found = std::ranges::find(kRanges, name, &Range::name);
  return found == kRanges.end() ? nullptr : found;
}

std::string_view default_of(const RawRow& raw) {
  std::string_view text = raw.default_value;
  if (raw.type == "Text") return text.substr(1, text.size() - 2);
  if (raw.type == "OnDeadlock") return "report";
  return text;
}
static_assert(std::ranges::all_of(kRaw, [](const RawRow& raw) {
  return raw.type != "OnDeadlock" || raw.default_value == "OnDeadlock::kReport";
}));

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

std::optional<std::string> number_error(std::string_view name, std::string_view value) {
  if (value.empty() || value.find_first_not_of("0123456789") != std::string_view::npos) {
    return "not a number: " + in_quotes(value);
  }
  const std::size_t first = std::min(value.find_first_not_of('0'), value.size());
  const std::string digits(value.substr(first));
  const std::uint64_t number =
      digits.size() > 10 ? UINT64_MAX : std::strtoull(digits.c_str(), nullptr, 10);
  if (number > UINT32_MAX) return "number too large: " + in_quotes(value);
  const Range* const range = range_of(name);
  if (range == nullptr || (number >= range->lowest && number <= range->highest)) return {};
  return "not between " + std::to_string(range->lowest) + " and " + std::to_string(range->highest) +
         ": " + in_quotes(value);
}

std::optional<std::string> value_error(const OptionRow& row, std::string_view value) {
  if (value.find(':') != std::string_view::npos) {
    return "':' parts options, and cannot be in a value: " + in_quotes(value);
  }
  if (row.type == "Number") return number_error(row.name, value);
  if (row.type == "Flag" && value != "0" && value != "1")
    return "neither 0 nor 1: " + in_quotes(value);
  if (row.type == "Text" && value.size() > kLongestText)
    return "text too long: " + in_quotes(value);
  if (row.type == "OnDeadlock" && value != "report" && value != "throw" && value != "abort") {
    return "neither report nor throw nor abort: " + in_quotes(value);
  }
  return {};
}

// The value that one NAME=VALUE gives, if it is about `name`.
std::optional<std::string_view> value_in(std::string_view setting, std::string_view name) {
  if (!setting.starts_with(name) || setting.substr(name.size(), 1) != "=") return {};
  return setting.substr(name.size() + 1);
}

}  // namespace

std::string value_text(const OptionRow& row) {
  if (row.type == "Flag") return "0 or 1";
  if (row.type == "OnDeadlock") return "report, throw or abort";
  if (row.type == "Text") return "text";
  return row.range.empty() ? "number" : std::string(row.range);
}

std::span<const OptionRow> option_rows() {
  static const std::vector<OptionRow> rows = [] {
    std::vector<OptionRow> made;
    for (const RawRow& raw : kRaw) {
      const Range* const range = range_of(raw.name);
      made.push_back({raw.type, raw.name, default_of(raw),
                      range == nullptr ? std::string_view() : range->shown, raw.description});
    }
    return made;
  }();
  return rows;
}

std::optional<std::string> setting_error(std::string_view setting) {
  const std::size_t equals = setting.find('=');
  const std::string_view name = setting.substr(0, equals);
  const auto rows = option_rows();
  const auto row = std::ranges::find(rows, name, &OptionRow::name);
  if (row == rows.end()) {
    std::vector<std::string> names;
    for (const OptionRow& known : rows) names.emplace_back(known.name);
    return "unknown option " + in_quotes(name) +
           did_you_mean(name, names, "; --help-options lists them");
  }
  if (equals == std::string_view::npos) return "no value for " + in_quotes(name);
  const std::optional<std::string> error = value_error(*row, setting.substr(equals + 1));
  if (!error) return {};
  return std::string(name) + ": " + *error;
}

std::string option_value(std::string_view name, const std::vector<std::string>& settings) {
  std::string result;
  const char* const variable = std::getenv("GRIDLOCK_OPTIONS");
  std::string_view rest = variable != nullptr ? variable : "";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (const auto value = value_in(rest.substr(0, end), name)) result = *value;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  for (const std::string& setting : settings) {
    if (const auto value = value_in(setting, name)) result = *value;
  }
  return result;
}

std::string options_text() {
  std::string text =
      "Options of the runtime, in GRIDLOCK_OPTIONS=name=value:name=value or with --set "
      "name=value\n";
  for (const OptionRow& row : option_rows()) {
    text += "  " + std::string(row.name) + " (" + value_text(row) + "; default " +
            (row.default_value.empty() ? "none" : std::string(row.default_value)) + ")\n      " +
            std::string(row.description) + "\n";
  }
  return text;
}

std::string options_markdown() {
  std::string text =
      "# Options\n\n"
      "What the runtime inside a process under test reads from the environment variable\n"
      "`GRIDLOCK_OPTIONS`, written `name=value:name=value`. `gridlock run --set name=value` (as "
      "often as\n"
      "needed) sets them for the scenarios and wins over the variable; a bad one is one line and "
      "exit\n"
      "code 2 before anything starts. The last value of an option counts.\n\n"
      "This page is made from [`options.def`](../harness/include/gridlock/options.def), the table "
      "that\n"
      "the runtime is made from too: `gridlock --help-options-markdown > docs/options.md`.\n\n"
      "| option | value | default | what it does |\n|---|---|---|---|\n";
  for (const OptionRow& row : option_rows()) {
    text += "| `" + std::string(row.name) + "` | " + value_text(row) + " | " +
            (row.default_value.empty() ? "none" : "`" + std::string(row.default_value) + "`") +
            " | " + std::string(row.description) + " |\n";
  }
  return text;
}

}  // namespace gridlock::internal
