// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/actions.h"
#include "harness/cli/selection.h"
#include "harness/scenario/source_text.h"

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

namespace gridlock::internal {
namespace {

std::string expects(const Scenario& scenario) {
  std::string text;
  for (const FindingKind kind : scenario.expect.kinds) {
    if (!text.empty()) text += ", ";
    text += info(kind).name;
  }
  return text.empty() ? "clean" : text;
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
    expects_width = std::max(expects_width, expects(scenario).size());
  }
  const auto row = [&](const std::string& number, const std::string& name,
                       const std::string& result, const std::string& summary) {
    std::cout << std::right << std::setw(4) << number << "  " << std::left
              << std::setw(static_cast<int>(name_width)) << name << "  "
              << std::setw(static_cast<int>(expects_width)) << result << "  " << summary << '\n';
  };
  row("CASE", "NAME", "EXPECTS", "SUMMARY");
  for (const Scenario& scenario : all) {
    row(scenario.case_number == 0 ? "-" : std::to_string(scenario.case_number), scenario.name,
        expects(scenario), scenario.summary);
  }
}

}  // namespace

int list_scenarios(const ListArguments& arguments) {
  const std::vector<Scenario> all = checked_scenarios();
  if (arguments.json) {
    print_json(all);
  } else {
    print_table(all);
  }
  return 0;
}

}  // namespace gridlock::internal
