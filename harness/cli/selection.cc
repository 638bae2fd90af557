// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/selection.h"

#include "harness/cli/actions.h"
#include "harness/scenario/registry.h"

#include <fnmatch.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <set>
#include <string_view>

namespace gridlock::internal {
namespace {

// Levenshtein's distance, one row at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

std::string nearest(const std::vector<Scenario>& all, const std::string& name) {
  std::string best;
  std::size_t best_distance = name.size() / 2 + 1;  // anything farther is no help
  for (const Scenario& scenario : all) {
    const std::size_t here = distance(scenario.name, name);
    if (here < best_distance) {
      best_distance = here;
      best = scenario.name;
    }
  }
  return best;
}

}  // namespace

std::vector<Scenario> select(const std::vector<Scenario>& all,
                             const std::vector<std::string>& names,
                             const std::vector<std::string>& globs) {
  if (names.empty() && globs.empty()) return all;
  std::set<std::string> selected;
  for (const std::string& name : names) {
    if (std::none_of(all.begin(), all.end(), [&](const Scenario& s) { return s.name == name; })) {
      const std::string guess = nearest(all, name);
      throw UsageError(
          "no scenario is called '" + name + "'" +
          (guess.empty() ? "; `list` shows them all" : "; did you mean '" + guess + "'?"));
    }
    selected.insert(name);
  }
  for (const std::string& glob : globs) {
    bool any = false;
    for (const Scenario& scenario : all) {
      if (fnmatch(glob.c_str(), scenario.name.c_str(), 0) != 0) continue;
      selected.insert(scenario.name);
      any = true;
    }
    if (!any)
      throw UsageError("--filter: no scenario matches '" + glob + "'; `list` shows them all");
  }
  std::vector<Scenario> result;
  for (const Scenario& scenario : all) {
    if (selected.contains(scenario.name)) result.push_back(scenario);
  }
  return result;
}

std::vector<Scenario> checked_scenarios() {
  std::vector<Scenario> all = scenarios();
  const std::vector<std::string> errors = registry_errors(all);
  if (errors.empty()) return all;
  const std::size_t more = errors.size() - 1;
  throw UsageError(errors.front() + (more > 0 ? " (and " + std::to_string(more) + " more)" : ""));
}

}  // namespace gridlock::internal
