// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/actions.h"
#include "harness/cli/list_markdown.h"
#include "harness/cli/selection.h"
#include "harness/scenario/source_text.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

namespace gridlock::internal {
namespace {

// Summaries are nearly always ASCII; one that is not may be cut a little early, never inside a
// character.
std::string cut(const std::string& text, std::size_t columns) {
  if (text.size() <= columns) return text;
  std::size_t end = columns < 1 ? 0 : columns - 1;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "…";
}

// Columns of the terminal; 0 where the output is none, and is then not shortened.
std::size_t terminal_width() {
  winsize size{};
  return isatty(STDOUT_FILENO) != 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col
                                                                                    : 0;
}

int first_line(const Scenario& scenario) {
  const std::optional<std::string> text = read_file(scenario.file);
  return text ? scenario_lines(*text, scenario.line).first : scenario.line;
}

void print_json(const std::vector<Scenario>& all) {
  nlohmann::ordered_json document = nlohmann::ordered_json::array();
  for (const Scenario& scenario : all) {
    nlohmann::ordered_json kinds = nlohmann::ordered_json::array();
    for (const FindingKind kind : scenario.expect.kinds) kinds.push_back(info(kind).name);
    document.push_back({{"name", scenario.name},
                        {"case", scenario.case_number},
                        {"expects", kinds},
                        {"summary", scenario.summary},
                        {"twin", scenario.twin},
                        {"file", scenario.file},
                        {"line", first_line(scenario)}});
  }
  std::cout << document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

void print_table(const std::vector<Scenario>& all) {
  std::size_t name_width = 4;
  std::size_t expects_width = 7;
  for (const Scenario& scenario : all) {
    name_width = std::max(name_width, scenario.name.size());
    expects_width = std::max(expects_width, expects_text(scenario).size());
  }
  // Only the summary gives way; where even a short one has no room, it has a line of its own.
  constexpr std::size_t kShortest = 20;
  const std::size_t width = terminal_width();
  const std::size_t before = 4 + 2 + name_width + 2 + expects_width + 2;
  const bool narrow = width != 0 && width < before + kShortest;
  const auto row = [&](const std::string& number, const std::string& name,
                       const std::string& result, const std::string& summary) {
    std::cout << std::right << std::setw(4) << number << "  " << std::left
              << std::setw(static_cast<int>(name_width)) << name << "  "
              << std::setw(static_cast<int>(expects_width)) << result
              << (narrow ? "\n      " : "  ")
              << (width == 0 ? summary : cut(summary, width - std::min(narrow ? 6 : before, width)))
              << '\n';
  };
  row("CASE", "NAME", "EXPECTS", "SUMMARY");
  for (const Scenario& scenario : all) {
    row(scenario.case_number == 0 ? "-" : std::to_string(scenario.case_number), scenario.name,
        expects_text(scenario), scenario.summary);
  }
}

}  // namespace

int list_scenarios(const ListArguments& arguments) {
  const std::vector<Scenario> all = checked_scenarios();
  if (arguments.json) {
    print_json(all);
  } else if (arguments.markdown) {
    std::cout << list_markdown(all);
  } else {
    print_table(all);
  }
  return 0;
}

}  // namespace gridlock::internal
