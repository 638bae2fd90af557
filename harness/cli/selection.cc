// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/selection.h"

#include "harness/cli/actions.h"
#include "harness/cli/words.h"
#include "harness/scenario/nearest.h"
#include "harness/scenario/registry.h"

#include <fnmatch.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string_view>

namespace gridlock::internal {
namespace {

bool matches(const std::string& glob, const std::string& name) {
  return fnmatch(glob.c_str(), name.c_str(), 0) == 0;
}

std::size_t count_matches(const std::vector<Scenario>& all, const std::string& glob) {
  return static_cast<std::size_t>(std::count_if(
      all.begin(), all.end(), [&](const Scenario& one) { return matches(glob, one.name); }));
}

// "lock-order" of "lock-order/hung", each once.
std::vector<std::string> groups(const std::vector<Scenario>& all) {
  std::set<std::string> found;
  for (const Scenario& one : all) {
    const std::size_t slash = one.name.find('/');
    if (slash != std::string::npos) found.insert(one.name.substr(0, slash));
  }
  return {found.begin(), found.end()};
}

std::string scenarios_text(std::size_t count) {
  return count == 1 ? "1 scenario" : std::to_string(count) + " scenarios";
}

// A name that no scenario has: perhaps it was meant as a pattern or as a group, or has a slip.
std::string advice(const std::vector<Scenario>& all, const std::string& name) {
  if (name.find_first_of("*?[") != std::string::npos) {
    const std::size_t count = count_matches(all, name);
    return "; a pattern goes with --filter '" + name + "'" +
           (count > 0 ? " (" + scenarios_text(count) + ")" : "");
  }
  const std::vector<std::string> known = groups(all);
  const auto is_group = [&](const std::string& word) {
    return std::find(known.begin(), known.end(), word) != known.end();
  };
  const std::size_t slash = name.find('/');
  const bool could_be_group = slash == std::string::npos || slash + 1 == name.size();
  const std::string group = name.substr(0, slash);
  if (could_be_group && is_group(group)) {
    return ", but a group is: --filter '" + group + "/*' (" +
           scenarios_text(count_matches(all, group + "/*")) + ")";
  }
  std::vector<std::string> candidates;
  if (could_be_group) candidates = known;
  for (const Scenario& one : all) candidates.push_back(one.name);
  const std::string guess = nearest(name, candidates);
  if (guess.empty()) return "; `list` shows them all";
  if (is_group(guess)) {
    return "; did you mean the group '" + guess + "': --filter '" + guess + "/*'?";
  }
  return "; did you mean '" + guess + "'?";
}

// A pattern that no scenario matches: perhaps its group has a slip.
std::string advice_for_glob(const std::vector<Scenario>& all, const std::string& glob) {
  const std::vector<std::string> known = groups(all);
  const std::size_t slash = glob.find('/');
  const std::string group = glob.substr(0, slash);
  if (group.find_first_of("*?[") == std::string::npos && !group.empty()) {
    if (slash == std::string::npos && std::find(known.begin(), known.end(), glob) != known.end()) {
      return "; did you mean '" + glob + "/*'?";
    }
    const std::string guess = nearest(group, known);
    const std::string corrected = guess + (slash == std::string::npos ? "/*" : glob.substr(slash));
    if (!guess.empty() && count_matches(all, corrected) > 0) {
      return "; did you mean '" + corrected + "'?";
    }
  }
  return "; `list` shows them all";
}

}  // namespace

std::vector<Scenario> select(const std::vector<Scenario>& all,
                             const std::vector<std::string>& names,
                             const std::vector<std::string>& globs) {
  if (names.empty() && globs.empty()) return all;
  std::set<std::string> selected;
  for (const std::string& name : names) {
    if (std::none_of(all.begin(), all.end(), [&](const Scenario& s) { return s.name == name; })) {
      throw UsageError("no scenario is called " + shown(name) + advice(all, name));
    }
    selected.insert(name);
  }
  for (const std::string& glob : globs) {
    if (count_matches(all, glob) == 0) {
      throw UsageError("--filter: no scenario matches " + shown(glob) + advice_for_glob(all, glob));
    }
    for (const Scenario& scenario : all) {
      if (matches(glob, scenario.name)) selected.insert(scenario.name);
    }
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
