// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/program_report.h"

#include "harness/scenario/finish_report.h"
#include "harness/scenario/log_runs.h"
#include "harness/scenario/modules.h"
#include "harness/scenario/symbolizer.h"
#include "harness/scenario/verdict.h"
#include "harness/scenario/wire.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace gridlock::internal {
namespace {

std::string_view first_line(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
  return text.substr(0, text.find('\n'));
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// What is wrong with a log that has no record at all.
std::string refusal(const LogFile& file, const WireLog& log) {
  if (file.text.empty()) return file.path + ": is empty, no log of Gridlock";
  if (!log.error.empty()) {
    const std::size_t line_end = log.error.find(": ", file.path.size());  // behind "x.jsonl:1"
    return log.error.substr(0, line_end) + ": no log of Gridlock" + log.error.substr(line_end);
  }
  return file.path + ":1: no log of Gridlock: the line is cut";
}

struct ChosenRun {
  LogRun run;
  std::size_t number = 0;  // of its log's runs, from 1
  std::size_t of = 0;
};

// Those of a log that are asked for.
std::vector<ChosenRun> choose_runs(const LogFile& file, std::vector<std::string>& refused) {
  std::vector<LogRun> runs = runs_of_log(file.text);
  const std::size_t of = runs.size();
  std::vector<ChosenRun> chosen;
  for (std::size_t number = 1; number <= of; ++number) {
    LogRun& run = runs[number - 1];
    const bool is_asked_for = file.run.empty() || file.run == "all" || file.run == run.id ||
                              file.run == std::to_string(number) ||
                              (file.run == "last" && number == of);
    if (is_asked_for) chosen.push_back({std::move(run), number, of});
  }
  if (chosen.empty()) {
    refused.push_back(file.path + ": no run of this log is '" + file.run + "'; it has " +
                      std::to_string(of));
  }
  return chosen;
}

Outcome outcome_of(const LogFile& file, WireLog& log) {
  ProgramInfo program;
  program.name = file_name(log.program);
  if (!log.program.empty()) {
    std::vector<std::string> words{log.program};
    words.insert(words.end(), log.arguments.begin(), log.arguments.end());
    program.command = shell_quoted(words);
  }
  program.pids = log.pids;
  program.tsan = log.tsan;
  program.ended = log.ended || std::ranges::any_of(log.findings, ends_the_process, &Finding::kind);
  program.damage = log.error;

  Outcome outcome;
  outcome.name = file.path;
  outcome.summary = "Findings of a program that ran by itself";
  outcome.findings = std::move(log.findings);
  for (Finding& finding : outcome.findings) {
    if (finding.pid == 0) finding.pid = log.first_pid;
    outcome.tsan_text += finding.tsan_text;
  }
  take_extras(outcome, log);
  outcome.dump = std::move(log.dump);
  if (outcome.dump && was_requested(*outcome.dump)) outcome.dump->reason = "requested";
  outcome.program = std::move(program);
  return outcome;
}

void name_run(Outcome& outcome, const ChosenRun& run) {
  outcome.program->run = run.run.id;
  if (run.of == 1) return;
  outcome.name += " (run " + std::to_string(run.number) + " of " + std::to_string(run.of) + ")";
  outcome.program->run_number = run.number;
  outcome.program->runs = run.of;
}

// Before equal findings are merged, because then nobody knows how many there were.
void add_sightings(Report& report, const Outcome& outcome, const std::vector<Finding>& all) {
  std::set<std::string> counting;
  for (const Finding& finding : outcome.findings) counting.insert(finding.fingerprint);
  for (const Finding& finding : all) {
    if (!counting.contains(finding.fingerprint)) continue;
    const auto known = std::ranges::find_if(report.sightings, [&](const Sighting& one) {
      return one.fingerprint == finding.fingerprint && one.log == outcome.name &&
             one.pid == finding.pid;
    });
    if (known != report.sightings.end()) {
      ++known->times;
    } else {
      report.sightings.push_back(
          {finding.fingerprint, outcome.name, outcome.program->name, finding.pid, 1});
    }
  }
}

std::string kinds_text(const std::vector<Finding>& findings) {
  std::set<std::string_view> names;
  for (const Finding& finding : findings) names.insert(info(finding.kind).name);
  std::string text;
  for (const std::string_view name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

}  // namespace

bool looks_like_log(std::string_view text) { return is_record(first_line(text)); }

RunResult report_of_logs(const std::vector<LogFile>& logs, const std::vector<std::string>& command,
                         Suppressions& suppressions, std::vector<std::string>& refused,
                         SourceRoots roots) {
  RunResult result;
  const Symbolizer symbolizer(find_llvm_symbolizer(result.notes));
  result.report = report_head(command);
  Report& report = result.report;
  bool tsan = false;
  for (const LogFile& file : logs) {
    for (const ChosenRun& run : choose_runs(file, refused)) {
      WireLog log = read_wire(run.run.text, file.path, run.run.lines);
      if (log.records == 0) {
        refused.push_back(refusal(file, log));
        continue;
      }
      add_notes(report.notes, log.notes);
      const CheckedModules modules = forget_other_builds(log);
      add_notes(report.notes, modules.notes);
      for (const std::string& folder : modules.folders) roots.add_project(folder);
      for (const auto& [kind, count] : log.left_out) {
        add_notes(report.notes, {file.path + ": " + std::to_string(count) + " more of " + kind +
                                 " were not written"});
      }
      tsan = tsan || log.tsan;
      report.outcomes.push_back(outcome_of(file, log));
      name_run(report.outcomes.back(), run);
    }
  }
  report.sanitizer = tsan ? "thread" : "";
  report.compiler.clear();  // ours, which says nothing of theirs
  finish_claims(report, symbolizer, result.notes);
  for (Outcome& outcome : report.outcomes) {
    const std::vector<Finding> all = outcome.findings;
    outcome.findings = merge_findings(std::move(outcome.findings));
    suppressions.apply(outcome.findings, outcome.suppressed);
    add_sightings(report, outcome, all);
    judge_program(outcome, report);
  }
  report.suppressions = suppressions.entries();
  finish_report(report, symbolizer, result.notes, std::move(roots));
  return result;
}

void drop_repeated_findings(Report& report) {
  std::set<std::string> shown;
  for (Outcome& outcome : report.outcomes) {
    if (!outcome.program) continue;
    std::erase_if(outcome.findings, [&](const Finding& finding) {
      return !finding.fingerprint.empty() && !shown.insert(finding.fingerprint).second;
    });
  }
}

void judge_program(Outcome& outcome, const Report& report) {
  const ProgramInfo& program = *outcome.program;
  const bool found = !outcome.findings.empty() ||
                     std::ranges::any_of(report.sightings, [&](const Sighting& sighting) {
                       return sighting.log == outcome.name;
                     });
  outcome.verdict = found ? Verdict::kUnexpected : Verdict::kAsExpected;
  outcome.reason.clear();
  const auto say = [&](const std::string& what) {
    outcome.reason += (outcome.reason.empty() ? "" : "; ") + what;
  };
  const std::string dump = outcome.dump ? outcome.dump->reason : "";
  if (!program.damage.empty()) {
    outcome.verdict = Verdict::kCrashed;
    say("the log is damaged: " + program.damage);
  }
  const bool failed = outcome.exploration && !outcome.exploration->failure.empty();
  if (failed && !found && outcome.suppressed.empty()) {
    outcome.verdict = Verdict::kCrashed;
    say(outcome.exploration->failure + ": " + outcome.exploration->text);
  } else if (dump.starts_with("SIG")) {
    outcome.verdict = Verdict::kCrashed;
    say("crashed by " + dump);
  } else if (dump == "hang") {
    if (!found) outcome.verdict = Verdict::kTimedOut;
    say("did not go on for as long as the option hang says");
  } else if (dump == kOtherThreads) {
    if (!found) say("it is not stuck, or that cannot be known from outside");
  } else if (!dump.empty() && !was_requested(*outcome.dump)) {
    outcome.verdict = Verdict::kTimedOut;
    say("hung: no thread went on (" + dump + ")");
  } else if (!program.ended) {
    outcome.verdict = Verdict::kCrashed;
    say(std::string(no_end_text(outcome)));
  }
  if (found)
    say(outcome.findings.empty() ? "found what an earlier log has, too"
                                 : "found " + kinds_text(outcome.findings));
  if (!outcome.suppressed.empty()) {
    say("suppressed: " + kinds_text(outcome.suppressed));
    if (std::ranges::any_of(outcome.suppressed, ends_the_process, &Finding::kind) &&
        std::ranges::none_of(outcome.findings, ends_the_process, &Finding::kind)) {
      outcome.reason += ", which ended the process: what would have come after was not tested";
    }
  }
}

RunResult report_of_log(const std::string& path, const std::string& log_text,
                        const std::vector<std::string>& command, Suppressions suppressions) {
  std::vector<std::string> refused;
  return report_of_logs({{path, log_text}}, command, suppressions, refused);
}

}  // namespace gridlock::internal

namespace gridlock {

std::string_view no_end_text(const Outcome& outcome) noexcept {
  if (outcome.exploration)
    return "was ended before all of it was done: it was interrupted, killed, or crashed";
  return "did not end normally: it was killed, or crashed, or still runs";
}

}  // namespace gridlock
