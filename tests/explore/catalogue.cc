// SPDX-License-Identifier: Apache-2.0
//
// The catalogue under schedules that are chosen: each broken scenario has to be found, and found again from its replay
// line; each fixed one has to stay clean.
//
//   explore_catalogue [--executions N] [--search N] [--only TEXT] [--list] [--markdown]
//
//   --executions  of each scenario that is clean (200)
//   --search      at most, of each that is broken (20000)
//   --markdown    the table of docs/design/controlled_schedules.md
//
// Exit code 1: some scenario is not as it should be.
#include <gridlock/explore.h>
#include <gridlock/scenario.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

namespace gridlock {
namespace {

struct Settings {
  std::uint64_t executions = 200;
  std::uint64_t search = 20000;
  std::string only;
  bool list = false;
  bool markdown = false;
};

/// What came of one scenario.
struct Row {
  const Scenario* scenario = nullptr;
  std::string found;  ///< kinds, or "-"
  std::uint64_t executions = 0;
  double rate = 0;
  bool replayed = false;
  std::string wrong;  ///< empty: as it should be
};

using Kinds = std::set<std::string>;

/// What a kind of finding may be called by an execution that fails of it.
Kinds names_of(FindingKind kind) {
  const std::string name(info(kind).name);
  switch (kind) {
    case FindingKind::kLockOrderCycle:  // what can happen does, in some execution
      return {name, "deadlock", "self-deadlock"};
    case FindingKind::kStarvation:
    case FindingKind::kLostWakeup:
      return {name, "starvation", "lost-wakeup", "deadlock"};
    case FindingKind::kSelfDeadlock:
      return {name, "deadlock"};
    case FindingKind::kTsanReport:  // ThreadSanitizer's other reports
      return {name, "misuse", "leaked-thread", "data-race"};
    default:
      return {name};
  }
}

Kinds kinds_of(const ExploreResult& result) {
  Kinds kinds;
  for (const ExploreFinding& finding : result.findings) kinds.insert(finding.kind);
  if (result.failed &&
      (kinds.empty() || (result.kind != "misuse" && result.kind != "check-failed")))
    kinds.insert(result.kind);
  return kinds;
}

bool has_one_of(const Kinds& kinds, const Kinds& wanted) {
  return std::any_of(kinds.begin(), kinds.end(),
                     [&](const std::string& kind) { return wanted.contains(kind); });
}

std::string joined(const Kinds& kinds) {
  std::string all;
  for (const std::string& kind : kinds) all += (all.empty() ? "" : ", ") + kind;
  return all.empty() ? "-" : all;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// The replay line that shows one of the wanted kinds.
std::string line_of(const ExploreResult& result, const Kinds& wanted) {
  for (const ExploreFinding& finding : result.findings) {
    if (wanted.contains(finding.kind)) return finding.replay;
  }
  return result.replay;
}

void look_at_broken(Row& row, const ExploreResult& result) {
  const Scenario& scenario = *row.scenario;
  const Kinds kinds = kinds_of(result);
  Kinds all_wanted;
  bool found = false;
  for (const FindingKind kind : scenario.expect.kinds) {
    const Kinds wanted = names_of(kind);
    all_wanted.insert(wanted.begin(), wanted.end());
    found = found || has_one_of(kinds, wanted);
  }
  if (!found) {
    row.wrong = "expected one of " + joined(all_wanted) + "\n" + result.message;
    return;
  }
  ExploreOptions again{.quiet = true};
  again.replay = line_of(result, all_wanted);
  const ExploreResult replayed = explore(again, scenario.body);
  row.replayed = !replayed.diverged && has_one_of(kinds_of(replayed), all_wanted);
  if (!row.replayed) row.wrong = "not found again from " + again.replay + "\n" + replayed.message;
}

Row look_at(const Scenario& scenario, const Settings& settings) {
  Row row{.scenario = &scenario, .found = {}, .wrong = {}};
  const bool clean = scenario.expect.kinds.empty();
  ExploreOptions options{.executions = clean ? settings.executions : settings.search,
                         .quiet = true};
  const auto begin = std::chrono::steady_clock::now();
  const ExploreResult result = explore(options, scenario.body);
  row.executions = result.executions;
  row.rate = static_cast<double>(result.executions) / seconds_since(begin);
  row.found = joined(kinds_of(result));
  if (!clean) {
    look_at_broken(row, result);
  } else if (!kinds_of(result).empty()) {
    row.wrong = "expected nothing\n" + result.message;
    for (const ExploreFinding& finding : result.findings) row.wrong += finding.text + "\n";
  }
  return row;
}

void print(FILE* out, const Row& row, bool markdown) {
  const Scenario& scenario = *row.scenario;
  const bool clean = scenario.expect.kinds.empty();
  const char* const verdict = !row.wrong.empty() ? "WRONG" : clean ? "clean" : "replayed";
  std::fprintf(out,
               markdown ? "| %s | %s | %llu | %s | %.0f |\n" : "%-40s %-40s %8llu %-9s %8.0f/s\n",
               scenario.name.c_str(), row.found.c_str(),
               static_cast<unsigned long long>(row.executions), verdict, row.rate);
  if (!row.wrong.empty()) std::fprintf(out, "  %s\n", row.wrong.c_str());
  std::fflush(out);
}

Settings read(int count, char** words) {
  Settings settings;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const auto value = [&] { return i + 1 < count ? std::string(words[++i]) : std::string(); };
    if (word == "--executions") {
      settings.executions = std::stoull(value());
    } else if (word == "--search") {
      settings.search = std::stoull(value());
    } else if (word == "--only") {
      settings.only = value();
    } else if (word == "--list") {
      settings.list = true;
    } else if (word == "--markdown") {
      settings.markdown = true;
    } else {
      std::fprintf(stderr, "explore_catalogue: what is '%s'?\n", word.c_str());
      std::exit(2);
    }
  }
  return settings;
}

int run(int count, char** words) {
  const Settings settings = read(count, words);
  // What scenarios print is not what is asked for here.
  FILE* const out = fdopen(dup(STDOUT_FILENO), "w");
  if (freopen("/dev/null", "w", stdout) == nullptr) return 2;
  std::vector<std::string> wrong;
  std::size_t done = 0;
  const std::vector<Scenario> all = scenarios();
  if (settings.markdown) {
    std::fputs("| scenario | found | executions | | executions/s |\n|---|---|---|---|---|\n", out);
  }
  for (const Scenario& scenario : all) {
    if (scenario.name.find(settings.only) == std::string::npos) continue;
    ++done;
    if (settings.list) {
      std::fprintf(out, "%s\n", scenario.name.c_str());
      continue;
    }
    const Row row = look_at(scenario, settings);
    print(out, row, settings.markdown);
    if (!row.wrong.empty()) wrong.push_back(scenario.name);
  }
  std::fprintf(out, "\n%zu scenarios, %zu not as they should be\n", done, wrong.size());
  for (const std::string& name : wrong) std::fprintf(out, "  %s\n", name.c_str());
  std::fclose(out);
  return wrong.empty() && done != 0 ? 0 : 1;
}

}  // namespace
}  // namespace gridlock

int main(int count, char** words) { return gridlock::run(count, words); }
