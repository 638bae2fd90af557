// SPDX-License-Identifier: Apache-2.0
#include <gridlock/text.h>

#include "harness/cli/actions.h"
#include "harness/cli/list_markdown.h"
#include "harness/cli/selection.h"
#include "harness/cli/terminal.h"
#include "harness/scenario/source_text.h"
#include "harness/scenario/text.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace gridlock::internal {
namespace {

int first_line(const Scenario& scenario) {
  const std::optional<std::string> text = read_file(scenario.file);
  return text ? scenario_lines(*text, scenario.line).first : scenario.line;
}

void print_json(const std::vector<Scenario>& all) {
  nlohmann::ordered_json document = nlohmann::ordered_json::array();
  for (const Scenario& scenario : all) {
    nlohmann::ordered_json kinds = nlohmann::ordered_json::array();
    for (const FindingKind kind : scenario.expect.kinds) kinds.push_back(info(kind).name);
    document.push_back({{"name", valid_utf8(scenario.name)},
                        {"case", scenario.case_number},
                        {"expects", kinds},
                        {"summary", valid_utf8(scenario.summary)},
                        {"twin", valid_utf8(scenario.twin)},
                        {"file", valid_utf8(scenario.file)},
                        {"line", first_line(scenario)}});
  }
  std::cout << json_printable(document.dump(2)) << '\n';
}

struct Widths {
  std::size_t number = 0;  // 0: no scenario has one
  std::size_t name = 4;
  std::size_t expects = 7;
  std::size_t before_summary() const {
    return (number == 0 ? 0 : number + 2) + name + 2 + expects + 2;
  }
};

Widths widths_of(const std::vector<Scenario>& all) {
  Widths widths;
  for (const Scenario& scenario : all) {
    if (scenario.case_number != 0) widths.number = 4;
    widths.name = std::max(widths.name, scenario.name.size());
    widths.expects = std::max(widths.expects, expects_text(scenario).size());
  }
  return widths;
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, text.size()), ' ');
}

std::string number_text(const Widths& widths, const std::string& number) {
  if (widths.number == 0) return {};
  return std::string(widths.number - std::min(widths.number, number.size()), ' ') + number + "  ";
}

// Lines below the first, each with the same indentation.
void print_lines(const std::vector<std::string>& lines, std::size_t indent) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) std::cout << std::string(indent, ' ');
    std::cout << printable_line(lines[i]) << '\n';
  }
}

// One column below the other; the summary is broken into lines within its own.
void print_wide(const std::vector<Scenario>& all, const Widths& widths, std::size_t columns) {
  const std::size_t before = widths.before_summary();
  const auto row = [&](const std::string& number, const std::string& name,
                       const std::string& expects, const std::string& summary) {
    std::cout << number_text(widths, number) << padded(printable_line(name), widths.name) << "  "
              << padded(expects, widths.expects) << "  ";
    print_lines(columns == 0 ? std::vector{summary} : wrapped(summary, columns - before), before);
  };
  row("CASE", "NAME", "EXPECTS", "SUMMARY");
  for (const Scenario& scenario : all) {
    row(scenario.case_number == 0 ? "-" : std::to_string(scenario.case_number), scenario.name,
        expects_text(scenario), scenario.summary);
  }
}

// Where the columns leave no room for summaries: each scenario a paragraph.
void print_narrow(const std::vector<Scenario>& all, const Widths& widths, std::size_t columns) {
  constexpr std::size_t kIndent = 4;
  for (const Scenario& scenario : all) {
    const std::string number =
        scenario.case_number == 0 ? "" : std::to_string(scenario.case_number) + "  ";
    std::string head = (widths.number == 0 ? "" : number) + scenario.name;
    const std::string expects = "expects " + expects_text(scenario);
    const bool fits = head.size() + 2 + expects.size() <= columns;
    std::cout << printable_line(head) << (fits ? "  " + expects : "") << '\n';
    for (const std::string& text : {fits ? "" : expects, scenario.summary}) {
      if (text.empty()) continue;
      std::cout << std::string(kIndent, ' ');
      print_lines(wrapped(text, columns - std::min(columns, kIndent)), kIndent);
    }
  }
}

void print_table(const std::vector<Scenario>& all) {
  constexpr std::size_t kShortest = 30;  // columns that a summary can be read in
  const Widths widths = widths_of(all);
  const std::size_t columns = terminal_width(STDOUT_FILENO);
  if (columns == 0 || columns >= widths.before_summary() + kShortest) {
    print_wide(all, widths, columns);
  } else {
    print_narrow(all, widths, columns);
  }
}

}  // namespace

int list_scenarios(const ListArguments& arguments) {
  const std::vector<Scenario> known = checked_scenarios();
  if (known.empty() && !arguments.json) {
    std::cout << kNoScenarios << '\n';
    return 0;
  }
  const std::vector<Scenario> all = select(known, arguments.names, arguments.filters);
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
