// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/verdict.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace gridlock::internal {
namespace {

constexpr int kRuntimeExitCode =
    1;  // of a process that the runtime ended because it could not go on
constexpr int kTsanExitCode = 66;

using Kinds = std::set<FindingKind>;

std::set<std::string> objects_of(const Finding& finding) {
  std::set<std::string> ids(finding.cycle.begin(), finding.cycle.end());
  if (ids.empty()) {
    for (const Object& object : finding.objects) ids.insert(object.id);
  }
  return ids;
}

bool is_shared_id(std::string_view id) {
  return id.starts_with('L') || id.starts_with('K') || id.starts_with('J');
}

bool foretold(const Finding& deadlock, const Finding& cycle) {
  if (deadlock.kind != FindingKind::kDeadlock || cycle.kind != FindingKind::kLockOrderCycle) {
    return false;
  }
  const std::set<std::string> objects = objects_of(deadlock);
  if (objects.empty() || objects != objects_of(cycle)) return false;
  // A forked child numbers its own objects: the same ids need not be the same locks. What processes
  // share is numbered for all of them.
  return deadlock.pid == 0 || cycle.pid == 0 || deadlock.pid == cycle.pid ||
         std::ranges::all_of(objects, is_shared_id);
}

std::string list(const Kinds& kinds) {
  if (kinds.empty()) return "no finding";
  std::string text;
  for (const FindingKind kind : kinds) {
    if (!text.empty()) text += ", ";
    text += info(kind).name;
  }
  return text;
}

Kinds without(const Kinds& all, const Kinds& removed) {
  Kinds rest;
  std::set_difference(all.begin(), all.end(), removed.begin(), removed.end(),
                      std::inserter(rest, rest.end()));
  return rest;
}

bool from_tsan(FindingKind kind) { return info(kind).source == FindingSource::kTsan; }

std::string_view line_with(std::string_view text, std::string_view what) {
  const std::size_t at = text.find(what);
  if (at == std::string_view::npos) return {};
  return text.substr(at, text.find('\n', at) - at);
}

std::string seconds_text(double seconds) {
  std::string text = std::to_string(seconds);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text + " s";
}

Kinds kinds_of(const std::vector<Finding>& findings) {
  Kinds kinds;
  for (const Finding& finding : findings) kinds.insert(finding.kind);
  return kinds;
}

// What is to be said of suppressed findings: "; suppressed: deadlock".
std::string suppressed_text(const Kinds& suppressed, const Kinds& found, int exit_code,
                            int signal) {
  if (suppressed.empty()) return {};
  std::string text = "; suppressed: " + list(suppressed);
  const bool ended = (exit_code == kRuntimeExitCode || signal == SIGABRT) &&
                     std::none_of(found.begin(), found.end(), ends_the_process) &&
                     std::any_of(suppressed.begin(), suppressed.end(), ends_the_process);
  if (ended) text += ", which ended the process: what would have come after was not tested";
  return text;
}

// "; 12 more of misuse-unlock-free were not written".
std::string left_out_text(const std::map<std::string, std::uint64_t>& left_out) {
  std::string text;
  for (const auto& [kind, count] : left_out)
    text += "; " + std::to_string(count) + " more of " + kind + " were not written";
  return text;
}

// What libstdc++ prints on stderr before it aborts: "std::runtime_error was not caught: no money".
std::string uncaught(std::string_view output) {
  constexpr std::string_view kThrown = "terminate called after throwing an instance of '";
  constexpr std::string_view kWhat = "  what():  ";
  const std::size_t at = output.rfind(kThrown);
  if (at == std::string_view::npos) return {};
  output.remove_prefix(at + kThrown.size());
  const std::size_t quote = output.find("'\n");
  if (quote == std::string_view::npos) return {};
  std::string text = std::string(output.substr(0, quote)) + " was not caught";
  output.remove_prefix(quote + 2);
  if (!output.starts_with(kWhat)) return text;
  output.remove_prefix(kWhat.size());
  return text + ": " + std::string(output.substr(0, output.find('\n')));
}

bool end_is_explained(const RunFacts& facts, const Kinds& found) {
  if (facts.signal != 0 && facts.signal != SIGABRT) return false;
  if (facts.exit_code == 0) return true;
  if (facts.signal == SIGABRT || facts.exit_code == kRuntimeExitCode) {
    return std::any_of(found.begin(), found.end(), ends_the_process);
  }
  return facts.exit_code == kTsanExitCode && std::any_of(found.begin(), found.end(), from_tsan);
}

// One of its processes crashed, and it went on. Killing one is a way of working; what a program does
// to itself is not.
std::optional<std::string> crash_in_tree(const RunFacts& facts, const Kinds& found) {
  for (const ProcessInfo& process : facts.process_tree) {
    const bool crashed = process.signal == SIGSEGV || process.signal == SIGBUS ||
                         process.signal == SIGFPE || process.signal == SIGILL ||
                         process.signal == SIGABRT || process.signal == SIGTRAP;
    const bool by_us =
        process.signal == SIGABRT && std::any_of(found.begin(), found.end(), ends_the_process);
    if (!crashed || by_us) continue;
    return process.id + (process.name.empty() ? "" : " (" + process.name + ")") + " ended by " +
           signal_name(process.signal);
  }
  return std::nullopt;
}

// Why the end of the process does not let its findings be taken as the whole story.
std::optional<std::string> crash(const RunFacts& facts, const Kinds& found) {
  if (const auto line = line_with(facts.tsan_text, "ERROR: ThreadSanitizer:"); !line.empty()) {
    return std::string(line);
  }
  if (facts.has_tsan && !facts.tsan_text.empty() &&
      facts.tsan_text.find("WARNING: ThreadSanitizer:") != std::string::npos &&
      std::none_of(found.begin(), found.end(), from_tsan)) {
    return "ThreadSanitizer reported something, but no finding reached the log: is the bridge of "
           "gridlock::main linked in?";
  }
  if (!end_is_explained(facts, found)) {
    if (facts.signal == 0) {
      return facts.exit_code == kTsanExitCode && facts.has_tsan
                 ? "exit code 66 (ThreadSanitizer's), but no finding of its kind reached the log"
                 : "ended with exit code " + std::to_string(facts.exit_code);
    }
    std::string reason = "ended by " + signal_name(facts.signal);
    if (!facts.dump_reason.empty() && facts.dump_reason != signal_name(facts.signal)) {
      reason += " (" + facts.dump_reason + ")";
    }
    if (const std::string thrown = uncaught(facts.output);
        facts.signal == SIGABRT && !thrown.empty()) {
      reason += ": " + thrown;
    }
    return reason;
  }
  if (!facts.log_error.empty()) return "its findings log is damaged";
  if (!facts.log_started) return "it wrote no findings log, so nothing is known of it";
  if (!facts.log_ended && facts.exit_code == 0) {
    return "its findings log has no last record (left by _exit, or the log could not be written): "
           "what it would have found is not known";
  }
  return crash_in_tree(facts, found);
}

Judgement compare(const Kinds& declared, const Kinds& found, bool has_tsan) {
  const Kinds missing = without(declared, found);
  const Kinds extra = without(found, declared);
  if (!extra.empty()) {
    return {Verdict::kUnexpected, "found " + list(found) + "; declared: " + list(declared)};
  }
  if (missing.empty()) {
    return {Verdict::kAsExpected, "found " + list(found) + ", as declared"};
  }
  if (!has_tsan && std::all_of(missing.begin(), missing.end(), from_tsan)) {
    return {Verdict::kNotChecked,
            list(missing) + " needs ThreadSanitizer, which this build does not have"};
  }
  return {Verdict::kMissed, "found " + list(found) + "; declared: " + list(declared)};
}

}  // namespace

bool ends_the_process(FindingKind kind) {
  return kind == FindingKind::kDeadlock || kind == FindingKind::kSelfDeadlock ||
         kind == FindingKind::kStarvation || kind == FindingKind::kLostWakeup;
}

std::vector<Finding> merge_findings(std::vector<Finding> findings) {
  for (const Finding& cycle : std::vector<Finding>(findings)) {
    const auto deadlock = std::find_if(findings.begin(), findings.end(),
                                       [&](Finding& finding) { return foretold(finding, cycle); });
    if (deadlock != findings.end() && deadlock->edges.empty()) deadlock->edges = cycle.edges;
  }
  std::vector<Finding> merged;
  std::map<std::string, std::size_t> seen;  // by fingerprint: which of `merged`
  for (const Finding& finding : findings) {
    if (std::any_of(findings.begin(), findings.end(),
                    [&](const Finding& other) { return foretold(other, finding); })) {
      continue;
    }
    const auto [first, is_new] = seen.emplace(finding.fingerprint, merged.size());
    if (is_new || finding.fingerprint.empty()) {
      merged.push_back(finding);
    } else if (!finding.accesses.empty()) {
      Finding& known = merged[first->second];
      const auto times = [](const Finding& one) { return std::max<std::uint64_t>(one.reports, 1); };
      known.reports = times(known) + times(finding);
    }
  }
  return merged;
}

Judgement judge(const Expectation& expected, const RunFacts& facts) {
  const Kinds found = kinds_of(facts.findings);
  const Kinds suppressed = kinds_of(facts.suppressed);
  Kinds all = found;
  all.insert(suppressed.begin(), suppressed.end());
  const Kinds declared(expected.kinds.begin(), expected.kinds.end());

  Judgement judgement;
  std::string_view fatal = tsan_fatal_line(facts.tsan_text);
  if (fatal.empty() && facts.has_tsan) fatal = tsan_fatal_line(facts.output);
  if (!fatal.empty()) {
    return {Verdict::kCrashed, "ThreadSanitizer cannot run here (" + std::string(fatal) +
                                   "); try: setarch -R, or sysctl vm.mmap_rnd_bits=28"};
  }
  const std::string also = found.empty() ? "" : "; found " + list(found);
  if (facts.timed_out) {
    judgement = {Verdict::kTimedOut,
                 "still running after " + seconds_text(facts.deadline_seconds) + also};
  } else if (facts.dump_reason == "hang" && all.empty()) {
    judgement = {
        Verdict::kTimedOut,
        "hung: no thread went on in the time of the option hang, and nobody can tell that one "
        "never will"};
  } else {
    judgement = compare(declared, found, facts.has_tsan);
    // A crash is one of the things that a data race does, and nobody here can see the race.
    const bool may_be_the_race = judgement.verdict == Verdict::kNotChecked &&
                                 declared.contains(FindingKind::kDataRace) &&
                                 facts.log_error.empty();
    const auto reason = crash(facts, all);
    if (reason && may_be_the_race) {
      judgement.reason += "; " + *reason;
    } else if (reason) {
      judgement = {Verdict::kCrashed, *reason + also};
    }
  }
  judgement.reason += suppressed_text(suppressed, found, facts.exit_code, facts.signal);
  judgement.reason += left_out_text(facts.left_out);
  if (!facts.log_error.empty()) judgement.reason += "; " + facts.log_error;
  return judgement;
}

Judgement judge_again(const Outcome& outcome, bool has_tsan) {
  const Kinds found = kinds_of(outcome.findings);
  Judgement judgement{outcome.verdict, outcome.reason};
  if (outcome.verdict != Verdict::kCrashed && outcome.verdict != Verdict::kTimedOut) {
    judgement = compare({outcome.expected.begin(), outcome.expected.end()}, found, has_tsan);
  }
  judgement.reason.resize(
      std::min(judgement.reason.size(), judgement.reason.find("; suppressed: ")));
  judgement.reason +=
      suppressed_text(kinds_of(outcome.suppressed), found, outcome.exit_code, outcome.signal);
  return judgement;
}

std::string_view tsan_fatal_line(std::string_view text) {
  return line_with(text, "FATAL: ThreadSanitizer");
}

// "timeout" is what logs of version 0.1.0 say of it.
bool was_requested(const ProcessDump& dump) {
  return dump.reason == "requested" || dump.reason == "timeout";
}

std::string signal_name(int signal) {
  const char* const abbreviation = sigabbrev_np(signal);
  return abbreviation != nullptr ? std::string("SIG") + abbreviation
                                 : "signal " + std::to_string(signal);
}

}  // namespace gridlock::internal
