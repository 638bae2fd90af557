// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/registry.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

namespace gridlock {
namespace {

// Made on first use, because registrations in other files run in no particular order; never
// destroyed, because a scenario's threads may outlive static destruction.
std::vector<Scenario>& registry() {
  static auto* const all = new std::vector<Scenario>;
  return *all;
}

bool well_formed(std::string_view name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/.";
  return !name.empty() && name.front() != '-' &&
         name.find_first_not_of(kAllowed) == std::string_view::npos;
}

}  // namespace

ScenarioRegistration::ScenarioRegistration(const ScenarioSpec& spec, void (*body)(),
                                           std::source_location where) {
  Scenario scenario;
  scenario.name = spec.name;
  scenario.summary = spec.summary;
  scenario.story = spec.story;
  scenario.case_number = spec.case_number;
  scenario.expect = spec.expect;
  scenario.twin = spec.twin;
  scenario.file = where.file_name();
  scenario.line = static_cast<int>(where.line());
  scenario.body = body;
  registry().push_back(std::move(scenario));
}

std::vector<Scenario> scenarios() {
  std::vector<Scenario> sorted = registry();
  const auto key = [](const Scenario& scenario) {
    return std::tuple(scenario.case_number == 0, scenario.case_number,
                      std::string_view(scenario.name), std::string_view(scenario.file),
                      scenario.line);
  };
  std::sort(sorted.begin(), sorted.end(),
            [&](const Scenario& a, const Scenario& b) { return key(a) < key(b); });
  return sorted;
}

namespace internal {

std::vector<std::string> registry_errors(std::span<const Scenario> scenarios) {
  std::vector<std::string> errors;
  std::map<std::string_view, const Scenario*> by_name;
  const auto place = [](const Scenario& scenario) {
    return scenario.file + ":" + std::to_string(scenario.line);
  };
  const auto complain = [&](const Scenario& scenario, const std::string& what) {
    errors.push_back(place(scenario) + ": scenario '" + scenario.name + "': " + what);
  };
  for (const Scenario& scenario : scenarios) {
    if (!well_formed(scenario.name)) {
      complain(scenario,
               "a name is made of letters, digits, '-', '_', '/' and '.', and does not start "
               "with '-'");
    }
    const auto [first, added] = by_name.emplace(scenario.name, &scenario);
    if (!added) complain(scenario, "the name is taken by " + place(*first->second));
    if (scenario.body == nullptr) complain(scenario, "it has no body");
  }
  for (const Scenario& scenario : scenarios) {
    if (scenario.twin.empty()) continue;
    const auto found = by_name.find(scenario.twin);
    if (found == by_name.end()) {
      complain(scenario, "its twin '" + scenario.twin + "' does not exist");
      continue;
    }
    const Scenario& twin = *found->second;
    if (twin.name == scenario.name) {
      complain(scenario, "it is its own twin");
    } else if (twin.expect.kinds == scenario.expect.kinds) {
      complain(scenario, "its twin '" + twin.name + "' declares the same result");
    }
  }
  return errors;
}

}  // namespace internal
}  // namespace gridlock
