// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/explored_reports.h"

#include "harness/scenario/finish_report.h"
#include "harness/scenario/program_report.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

namespace gridlock::internal {
namespace {

constexpr std::size_t kMostTraces = 1024;

void sort_unique(auto& list) {
  std::ranges::sort(list);
  const auto rest = std::ranges::unique(list);
  list.erase(rest.begin(), rest.end());
}

// Of two findings that are the same defect the one of which any order of the reports keeps the same.
bool comes_first(const Finding& a, const Finding& b) {
  const auto key = [](const Finding& finding) {
    const bool chosen = finding.execution.has_value();
    return std::pair(chosen ? finding.execution->number : 0,
                     chosen ? finding.execution->replay : "");
  };
  return key(a) < key(b);
}

void add_findings(std::vector<Finding>& all, std::vector<Finding> more) {
  for (Finding& finding : more) {
    const auto known = std::ranges::find(all, finding.fingerprint, &Finding::fingerprint);
    if (known == all.end()) {
      all.push_back(std::move(finding));
    } else if (comes_first(finding, *known)) {
      *known = std::move(finding);
    }
  }
  std::ranges::sort(all, [](const Finding& a, const Finding& b) {
    return std::pair(a.kind, a.fingerprint) < std::pair(b.kind, b.fingerprint);
  });
}

void add_shards(std::vector<ExploredShard>& all, const std::vector<ExploredShard>& more,
                bool are_jobs) {
  for (const ExploredShard& shard : more) {
    const auto known = std::ranges::find(all, shard.shard, &ExploredShard::shard);
    if (known == all.end()) {
      all.push_back(shard);
    } else if (are_jobs) {
      known->executions += shard.executions;
      known->whole = known->whole && shard.whole;
    } else if (std::pair(shard.whole, shard.executions) >
               std::pair(known->whole, known->executions)) {
      *known = shard;
    }
  }
  std::ranges::sort(all, {}, &ExploredShard::shard);
}

void add_exploration(Exploration& all, const Exploration& more, bool are_jobs) {
  add_shards(all.shards, more.shards, are_jobs);
  all.traces.insert(all.traces.end(), more.traces.begin(), more.traces.end());
  sort_unique(all.traces);
  if (all.traces.size() > kMostTraces) all.traces.resize(kMostTraces);
  all.seconds = std::max(all.seconds, more.seconds);
  all.steps = std::max(all.steps, more.steps);
  all.exhausted = std::max(all.exhausted, more.exhausted);
  const auto failure = [](const Exploration& one) {
    return std::tuple(one.failure.empty(), one.failure, one.replay, one.text);
  };
  if (failure(more) < failure(all)) {
    all.failure = more.failure;
    all.replay = more.replay;
    all.text = more.text;
  }
}

void add_outcome(Outcome& all, Outcome more, bool are_jobs) {
  // The dump belongs to the failure that is kept.
  const bool other_fails_first = more.dump && (!all.dump || more.dump->reason < all.dump->reason);
  if (other_fails_first) all.dump = std::move(more.dump);
  add_findings(all.findings, std::move(more.findings));
  add_findings(all.suppressed, std::move(more.suppressed));
  all.seconds = std::max(all.seconds, more.seconds);
  all.tsan_text.clear();
  all.watching.reset();
  ProgramInfo& program = *all.program;
  program.pids.insert(program.pids.end(), more.program->pids.begin(), more.program->pids.end());
  sort_unique(program.pids);
  program.tsan = program.tsan && more.program->tsan;
  program.ended = program.ended && more.program->ended;
  if (more.program->damage < program.damage || program.damage.empty())
    program.damage = more.program->damage;
  program.command = std::min(program.command, more.program->command);
  program.name = std::min(program.name, more.program->name);
  program.run.clear();
  program.run_number = program.runs = 0;
  add_exploration(*all.exploration, *more.exploration, are_jobs);
}

void add_facts(Report& all, Report& more) {
  all.started = all.started.empty() ? more.started : std::min(all.started, more.started);
  all.seconds = std::max(all.seconds, more.seconds);
  all.tool_version = std::max(all.tool_version, more.tool_version);
  all.sanitizer = std::max(all.sanitizer, more.sanitizer);
  if (all.project != more.project) all.project = std::min(all.project, more.project);
  all.notes.insert(all.notes.end(), more.notes.begin(), more.notes.end());
  sort_unique(all.notes);
  for (auto& [file, text] : more.sources) {
    const auto [known, is_new] = all.sources.emplace(file, text);
    if (!is_new && text < known->second) known->second = text;
  }
  for (const Suppression& entry : more.suppressions) {
    const auto known = std::ranges::find_if(all.suppressions, [&](const Suppression& one) {
      return std::tie(one.file, one.line, one.text) == std::tie(entry.file, entry.line, entry.text);
    });
    if (known == all.suppressions.end()) {
      all.suppressions.push_back(entry);
    } else {
      known->uses = std::max(known->uses, entry.uses);
    }
  }
}

Report combined(std::vector<Report> reports, bool are_jobs) {
  Report all;
  std::map<std::string, Outcome> outcomes;
  for (Report& report : reports) {
    if (&report == reports.data()) {
      all = report;
      all.outcomes.clear();
    } else {
      add_facts(all, report);
    }
    for (Outcome& outcome : report.outcomes) {
      const auto known = outcomes.find(outcome.name);
      if (known == outcomes.end()) {
        outcomes.emplace(outcome.name, std::move(outcome));
      } else {
        add_outcome(known->second, std::move(outcome), are_jobs);
      }
    }
  }
  all.sightings.clear();
  for (auto& [name, outcome] : outcomes) {
    judge_program(outcome, all);
    all.outcomes.push_back(std::move(outcome));
  }
  return all;
}

// What makes two reports parts of one search.
void require_one_search(const Exploration& one, const Exploration& other, const std::string& file) {
  const auto refuse = [&](const std::string& what) {
    throw std::runtime_error(file + ": " + (other.name.empty() ? "it" : other.name) +
                             " is of another search than the reports before: " + what);
  };
  if (one.of != other.of)
    refuse(std::to_string(other.of) + " shards, and not " + std::to_string(one.of));
  if (one.seed != other.seed)
    refuse("seed " + std::to_string(other.seed) + ", and not " + std::to_string(one.seed));
  if (one.strategy != other.strategy)
    refuse("strategy " + other.strategy + ", and not " + one.strategy);
  if (one.asked != other.asked)
    refuse(std::to_string(other.asked) + " executions, and not " + std::to_string(one.asked));
}

}  // namespace

void name_explored(Report& report, const std::string& program, std::uint64_t shard,
                   std::uint64_t of) {
  std::map<std::string, int> known;
  std::erase_if(report.outcomes, [](const Outcome& outcome) { return !outcome.exploration; });
  for (Outcome& outcome : report.outcomes) {
    Exploration& exploration = *outcome.exploration;
    outcome.name = exploration.name.empty() ? program : exploration.name;
    const int times = ++known[outcome.name];  // a second search of that name
    if (times > 1) outcome.name += " #" + std::to_string(times);
    outcome.summary = "Schedules that were chosen";
    outcome.seconds = exploration.seconds;
    exploration.of = of;
    for (ExploredShard& one : exploration.shards) one.shard = shard;
    outcome.program->run_number = outcome.program->runs = 0;
  }
  report.sightings.clear();
}

Report add_up_jobs(std::vector<Report> reports) { return combined(std::move(reports), true); }

Report merge_shards(std::vector<Report> reports, const std::vector<std::string>& names) {
  std::map<std::string, Exploration> known;
  std::uint64_t of = 1;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    for (const Outcome& outcome : reports[i].outcomes) {
      if (!outcome.exploration || !outcome.program) {
        throw std::runtime_error(
            names[i] + ": " + outcome.name +
            " is no test whose schedules were chosen: gridlock report shows several reports");
      }
      const auto [first, is_new] = known.emplace(outcome.name, *outcome.exploration);
      if (!is_new) require_one_search(first->second, *outcome.exploration, names[i]);
      of = std::max(of, outcome.exploration->of);
    }
  }
  Report all = combined(std::move(reports), false);
  for (Outcome& outcome : all.outcomes) {
    const std::size_t lost = lost_shards(*outcome.exploration).size();
    if (lost == 0) continue;
    if (outcome.verdict == Verdict::kAsExpected) outcome.verdict = Verdict::kCrashed;
    outcome.reason += (outcome.reason.empty() ? "" : "; ") + std::to_string(lost) + " of " +
                      std::to_string(outcome.exploration->of) +
                      (lost == 1 ? " shards is lost" : " shards are lost");
  }
  return all;
}

}  // namespace gridlock::internal

namespace gridlock {

std::uint64_t distinct_schedules(const Exploration& exploration) noexcept {
  constexpr std::size_t kKept = 1024;  // harness/schedule/distinct.h
  if (exploration.traces.size() < kKept) return exploration.traces.size();
  const std::uint64_t largest = exploration.traces[kKept - 1] >> 32U;
  if (largest == 0) return exploration.traces.size();
  return (std::uint64_t{kKept - 1} << 32U) / largest;
}

std::vector<std::uint64_t> lost_shards(const Exploration& exploration) {
  std::vector<std::uint64_t> lost;
  constexpr std::uint64_t kMost = 100'000;
  for (std::uint64_t number = 1; number <= std::min(exploration.of, kMost); ++number) {
    const bool known = std::ranges::any_of(exploration.shards, [&](const ExploredShard& shard) {
      return shard.shard == number && shard.whole;
    });
    if (!known) lost.push_back(number);
  }
  return lost;
}

}  // namespace gridlock
