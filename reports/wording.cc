// SPDX-License-Identifier: Apache-2.0
#include "reports/wording.h"

#include "reports/frames.h"
#include "reports/object_types.h"
#include "reports/processes.h"
#include "reports/programs.h"
#include "reports/utf8.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

namespace gridlock::internal::reports {
std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

Names::Names(const std::vector<ThreadInfo>& threads, const std::vector<Object>& objects) {
  add(threads, objects, {});
}

Names::Names(const Finding& finding) { add(finding.threads, finding.objects, finding.processes); }

void Names::add(const std::vector<ThreadInfo>& threads, const std::vector<Object>& objects,
                const std::vector<ProcessInfo>& processes) {
  const auto add_one = [this](const std::string& id, const std::string& name) {
    names_.emplace(id, name.empty() ? printable_line(id)
                                    : printable_line(name) + " (" + printable_line(id) + ")");
  };
  for (const ThreadInfo& thread : threads) {
    const ProcessInfo* process = find_process(processes, thread.process);
    std::string name = thread.name;
    if (process != nullptr && !process->name.empty() && process->name != name) {
      name = (name.empty() ? "a thread" : name) + " of " + process->name;
    }
    add_one(thread.id, name);
  }
  for (const Object& object : objects) {
    add_one(object.id, object.name);
    types_.emplace(object.id, object.type);
  }
}

std::string_view Names::type(std::string_view id) const {
  if (const auto it = types_.find(id); it != types_.end() && !it->second.empty()) return it->second;
  if (const std::string_view process = process_of(id); !process.empty()) {
    id.remove_prefix(process.size() + 1);
  }
  return id.empty() ? std::string_view{} : type_of_letter(id.front());
}

std::string Names::of(std::string_view id) const {
  if (id.empty()) return "unknown";
  const auto it = names_.find(id);
  return it == names_.end() ? printable_line(id) : it->second;
}

std::string cycle_line(const Finding& finding) {
  if (finding.cycle.empty()) return {};
  const Names names(finding);
  // A lock that one thread holds and the next wants of itself stands there once.
  std::vector<std::string> cycle = finding.cycle;
  cycle.erase(std::unique(cycle.begin(), cycle.end()), cycle.end());
  std::string line;
  const std::size_t shown = std::min(cycle.size(), kMaxItems);
  for (std::size_t i = 0; i < shown; ++i) line += names.of(cycle[i]) + " => ";
  if (const std::size_t rest = cycle.size() - shown; rest > 0) {
    line += "... " + std::to_string(rest) + " more => ";
  }
  return line + names.of(cycle.front());
}

std::string edge_label(const Finding& finding, const Names& names, std::string_view from,
                       std::string_view to) {
  const auto edge = std::ranges::find_if(
      finding.edges, [&](const LockOrderEdge& e) { return e.from == from && e.to == to; });
  return edge == finding.edges.end() ? std::string() : edge_label(*edge, names);
}

std::string edge_label(const LockOrderEdge& edge, const Names& names) {
  std::string text = names.of(edge.thread);
  if (const Frame* site = site_of(edge.wanted_stack)) text += " at " + short_place_text(*site);
  return text;
}

std::string_view label(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAsExpected:
      return "as expected";
    case Verdict::kMissed:
      return "missed";
    case Verdict::kUnexpected:
      return "unexpected";
    case Verdict::kCrashed:
      return "crashed";
    case Verdict::kTimedOut:
      return "timed out";
    case Verdict::kNotChecked:
      return "not checked";
  }
  return "?";
}

std::string expected_text(const Outcome& outcome) {
  std::vector<std::string> parts;
  for (const FindingKind kind : outcome.expected) parts.emplace_back(info(kind).name);
  return parts.empty() ? "no finding" : joined(parts, ", ");
}

std::string found_text(const Outcome& outcome) {
  std::vector<std::string> parts;
  for (const FindingKindInfo& row : finding_kinds()) {
    const auto times = std::ranges::count(outcome.findings, row.kind, &Finding::kind);
    if (times == 0) continue;
    parts.push_back((times > 1 ? std::to_string(times) + " " : "") + std::string(row.name));
  }
  return parts.empty() ? "no finding" : joined(parts, ", ");
}

std::string ending_text(const Outcome& outcome) {
  if (outcome.verdict == Verdict::kTimedOut) return {};  // whatever ended it then was the runner
  std::string ending;
  if (outcome.signal != 0) {
    const char* const name = sigabbrev_np(outcome.signal);
    const std::string number = "signal " + std::to_string(outcome.signal);
    if (outcome.reason.find(number) != std::string::npos) return {};
    ending = name == nullptr ? number : "SIG" + std::string(name);
  } else if (outcome.exit_code > 0) {
    ending = "exit code " + std::to_string(outcome.exit_code);
  }
  if (ending.empty() || outcome.reason.find(ending) != std::string::npos) return {};
  return outcome.signal != 0 ? "ended by " + ending : ending;
}

std::string seconds_text(double seconds) {
  const auto hundredths = std::llround(std::max(seconds, 0.0) * 100);
  const std::string rest = std::to_string(hundredths % 100);
  return std::to_string(hundredths / 100) + "." + (rest.size() < 2 ? "0" : "") + rest + " s";
}

std::string summary_text(const Report& report) {
  constexpr std::array kOrder = {Verdict::kAsExpected, Verdict::kMissed,   Verdict::kUnexpected,
                                 Verdict::kCrashed,    Verdict::kTimedOut, Verdict::kNotChecked};
  std::string programs = programs_summary(report);
  if (only_programs(report)) return programs;
  std::vector<std::string> parts;
  std::size_t all = 0;
  for (const Verdict verdict : kOrder) {
    const auto times = std::ranges::count_if(report.outcomes, [&](const Outcome& outcome) {
      return !outcome.program && outcome.verdict == verdict;
    });
    all += static_cast<std::size_t>(times);
    if (times > 0) parts.push_back(std::to_string(times) + " " + std::string(label(verdict)));
  }
  if (report.not_run > 0) parts.push_back(std::to_string(report.not_run) + " not run");
  std::string text = counted(all + report.not_run, "scenario");
  if (!parts.empty()) text += ": " + joined(parts, ", ");
  std::size_t findings = 0;
  for (const Outcome& outcome : report.outcomes) {
    if (!outcome.program) findings += outcome.findings.size();
  }
  if (findings != 0) text += " (" + counted(findings, "finding") + ")";
  return programs.empty() ? text : text + "; " + programs;
}

std::string run_text(const Report& report) {
  std::vector<std::string> parts;
  if (report.seconds > 0) {
    const auto tenths = std::max(std::llround(report.seconds * 10), 1LL);
    parts.push_back(std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s");
  }
  // "clang 19.1.7": what follows the first point is for bug reports.
  std::string build = printable_line(report.compiler.substr(0, report.compiler.find('.')));
  const std::string_view sanitizer = report.sanitizer == "thread"    ? "ThreadSanitizer"
                                     : report.sanitizer == "address" ? "AddressSanitizer"
                                                                     : std::string_view{};
  if (!sanitizer.empty()) build += (build.empty() ? "" : " + ") + std::string(sanitizer);
  if (!build.empty()) parts.push_back(build);
  return joined(parts, ", ");
}

std::string compared_text(const Report& report) {
  if (!report.baseline) return {};
  std::size_t fresh = 0;
  std::size_t all = 0;
  for (const Outcome& outcome : report.outcomes) {
    all += outcome.findings.size();
    fresh += static_cast<std::size_t>(std::ranges::count_if(
        outcome.findings,
        [&](const Finding& finding) { return baseline_state(finding, report) == "new"; }));
  }
  return printable_line(report.baseline->file) + ": " + std::to_string(fresh) + " new, " +
         std::to_string(all - fresh) + " unchanged, " +
         std::to_string(report.baseline->fixed.size()) + " fixed";
}

const Outcome* worth_a_rerun(const Report& report) {
  const auto differs = std::ranges::find_if(
      report.outcomes, [](const Outcome& o) { return !o.rerun.empty() && !passed(o.verdict); });
  return differs == report.outcomes.end() ? nullptr : &*differs;
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string counted(std::size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace gridlock::internal::reports
