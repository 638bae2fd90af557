// SPDX-License-Identifier: Apache-2.0
#include "reports/programs.h"

#include "reports/explored.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace gridlock::internal::reports {
namespace {

constexpr std::size_t kMaxPids = 4;

bool is_program(const Outcome& outcome) { return outcome.program.has_value(); }

bool has_crashed(const Outcome& outcome) {
  return outcome.dump && outcome.dump->reason.starts_with("SIG");
}

std::string pids_text(const std::vector<std::uint64_t>& pids) {
  if (pids.empty()) return {};
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::min(pids.size(), kMaxPids); ++i) {
    parts.push_back(std::to_string(pids[i]));
  }
  std::string text = (pids.size() == 1 ? "pid " : "pids ") + joined(parts, " ");
  if (pids.size() > kMaxPids) text += " and " + std::to_string(pids.size() - kMaxPids) + " more";
  return text;
}

std::string times_text(std::uint64_t times) {
  return times == 2 ? "twice" : std::to_string(times) + " times";
}

bool has_several_runs(const Report& report) {
  return std::ranges::any_of(report.outcomes, [](const Outcome& outcome) {
    return is_program(outcome) && outcome.program->runs > 1;
  });
}

// How many logs the runs are in.
std::size_t files(const Report& report) {
  std::set<std::string_view> names;
  for (const Outcome& outcome : report.outcomes) {
    if (!is_program(outcome)) continue;
    const std::string_view name = outcome.name;
    names.insert(outcome.program->runs > 1 ? name.substr(0, name.rfind(" (run ")) : name);
  }
  return names.size();
}

// "2 did not end normally".
void count_into(std::vector<std::string>& parts, const Report& report, std::string_view label,
                std::string_view what) {
  const auto times = std::ranges::count_if(report.outcomes, [&](const Outcome& outcome) {
    return is_program(outcome) && program_label(outcome) == label;
  });
  if (times > 0) parts.push_back(std::to_string(times) + " " + std::string(what));
}

}  // namespace

bool only_programs(const Report& report) {
  return !report.outcomes.empty() && std::ranges::all_of(report.outcomes, is_program);
}

std::string_view subject_name(const Outcome& outcome) {
  return outcome.program && !outcome.program->name.empty() ? outcome.program->name : outcome.name;
}

bool ended_by_itself(const Outcome& outcome) {
  if (outcome.verdict == Verdict::kCrashed || outcome.verdict == Verdict::kTimedOut) return false;
  return !outcome.program || (outcome.program->ended && outcome.program->damage.empty());
}

bool has_scenarios(const Report& report) {
  return !report.outcomes.empty() && !only_programs(report);
}

std::size_t findings_of(const Outcome& outcome, const Report& report) {
  std::set<std::string_view> all;
  for (const Sighting& sighting : report.sightings) {
    if (sighting.log == outcome.name) all.insert(sighting.fingerprint);
  }
  return std::max(all.size(), outcome.findings.size());
}

std::string program_found_text(const Outcome& outcome, const Report& report) {
  const std::size_t all = findings_of(outcome, report);
  if (all == 0) return "no finding";
  std::string text = counted(all, "finding");
  const std::size_t above = all - outcome.findings.size();
  if (above == 0) return text;
  if (above == all) return text + ", shown above";
  return text + ", " + std::to_string(above) + " of them shown above";
}

std::string program_facts_text(const Outcome& outcome) {
  const ProgramInfo& program = *outcome.program;
  std::vector<std::string> parts;
  if (!program.name.empty()) parts.push_back(printable_line(program.name));
  if (!program.pids.empty()) parts.push_back(pids_text(program.pids));
  if (!program.tsan) parts.emplace_back("no ThreadSanitizer: data races were not looked for");
  return joined(parts, ", ");
}

std::string_view program_label(const Outcome& outcome) {
  if (!outcome.program->damage.empty()) return "damaged";
  if (!lost_shards_text(outcome).empty() && !passed(outcome.verdict)) return "not whole";
  if (has_crashed(outcome)) return "crashed";
  if (outcome.exploration && outcome.verdict == Verdict::kCrashed) return "failed";
  if (outcome.verdict == Verdict::kTimedOut) return "hung";
  if (!outcome.program->ended) return "no end";
  return passed(outcome.verdict) ? "clean" : "findings";
}

std::string program_end_text(const Outcome& outcome) {
  std::vector<std::string> parts;
  if (!outcome.program->damage.empty()) {
    parts.push_back("the log is damaged: " + printable_line(outcome.program->damage));
  }
  if (has_crashed(outcome)) {
    parts.push_back("crashed by " + printable_line(outcome.dump->reason));
  } else if (outcome.exploration && !outcome.exploration->failure.empty() &&
             outcome.findings.empty()) {
    parts.push_back(printable_line(outcome.exploration->failure) + ": " +
                    printable_line(outcome.exploration->text));
  } else if (outcome.verdict == Verdict::kTimedOut && outcome.dump) {
    parts.push_back("hung: no thread went on (" + printable_line(outcome.dump->reason) + ")");
  } else if (!outcome.program->ended) {
    parts.emplace_back(no_end_text(outcome));
  }
  if (const std::string lost = lost_shards_text(outcome); !lost.empty() && !passed(outcome.verdict))
    parts.push_back(lost);
  return joined(parts, "; ");
}

std::string sightings_text(const Finding& finding, const Report& report) {
  std::uint64_t all = 0;
  std::vector<std::pair<std::string, std::vector<std::string>>> programs;  // and their processes
  std::size_t shown = 0;
  std::size_t left_out = 0;
  for (const Sighting& sighting : report.sightings) {
    if (sighting.fingerprint != finding.fingerprint) continue;
    all += sighting.times;
    if (shown == kMaxItems) {
      ++left_out;
      continue;
    }
    ++shown;
    const std::string name =
        printable_line(sighting.program.empty() ? sighting.log : sighting.program);
    std::string process = sighting.pid == 0 ? "pid unknown" : "pid " + std::to_string(sighting.pid);
    if (sighting.times > 1) process += " " + times_text(sighting.times);
    auto program =
        std::ranges::find_if(programs, [&](const auto& one) { return one.first == name; });
    if (program == programs.end()) program = programs.insert(program, {name, {}});
    program->second.push_back(std::move(process));
  }
  if (all < 2) return {};
  std::vector<std::string> parts;
  for (const auto& [name, processes] : programs) {
    parts.push_back("in " + name + " (" + joined(processes, ", ") + ")");
  }
  std::string text = "found " + times_text(all) + ": " + joined(parts, ", ");
  if (left_out > 0) text += " and in " + std::to_string(left_out) + " more processes";
  return text;
}

std::string programs_summary(const Report& report) {
  const auto logs = static_cast<std::size_t>(std::ranges::count_if(report.outcomes, is_program));
  if (logs == 0) return {};
  if (std::string explored = explored_summary(report); !explored.empty()) return explored;
  std::set<std::string_view> different;
  std::set<std::string_view> in_logs;
  std::uint64_t times = 0;
  for (const Sighting& sighting : report.sightings) {
    different.insert(sighting.fingerprint);
    in_logs.insert(sighting.log);
    times += sighting.times;
  }
  std::vector<std::string> parts;
  if (different.empty()) {
    parts.emplace_back("no finding");
  } else {
    std::string found = counted(different.size(), "finding");
    if (times > different.size()) found += " (" + times_text(times) + ")";
    if (logs > 1) found += " in " + std::to_string(in_logs.size()) + " of them";
    parts.push_back(std::move(found));
  }
  count_into(parts, report, "crashed", "crashed");
  count_into(parts, report, "hung", "hung");
  count_into(parts, report, "no end", "did not end normally");
  count_into(parts, report, "damaged", "damaged");
  std::string heading = counted(logs, "log");
  if (has_several_runs(report))
    heading = counted(logs, "run") + " in " + counted(files(report), "log");
  return heading + ": " + joined(parts, ", ");
}

std::string unseen_races_text(const Report& report) {
  if (!has_scenarios(report) || report.sanitizer == "thread") return {};
  return "built without ThreadSanitizer: data races were not looked for (build with "
         "-fsanitize=thread)";
}

std::string dump_heading(const ProcessDump& dump) {
  const std::string reason = printable_line(dump.reason);
  if (reason == "requested") return "Every thread when a dump was requested";
  if (reason == "why") return "The other threads";
  if (reason.starts_with("SIG")) return "Every thread when it crashed (" + reason + ")";
  return "Every thread" + (reason.empty() ? "" : " at the " + reason);
}

}  // namespace gridlock::internal::reports
