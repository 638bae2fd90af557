// SPDX-License-Identifier: Apache-2.0
#include "reports/past.h"

#include <gridlock/history.h>

#include "reports/history_chart.h"
#include "reports/utf8.h"
#include "reports/wording.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace gridlock {
namespace {

std::set<std::string_view> fingerprints_of(const Report& report) {
  std::set<std::string_view> all;
  for (const Outcome& outcome : report.outcomes) {
    for (const Finding& finding : outcome.findings) all.insert(finding.fingerprint);
    for (const Finding& finding : outcome.suppressed) all.insert(finding.fingerprint);
  }
  if (!report.baseline) return all;
  for (const FixedFinding& fixed : report.baseline->fixed) all.insert(fixed.finding.fingerprint);
  return all;
}

}  // namespace

void tell_history(Report& report, const History& history) {
  PastRuns past;
  past.file = history.file;
  past.runs = history.runs.size();
  if (!history.runs.empty()) {
    past.first_run = history.runs.front().started;
    past.last_run = history.runs.back().started;
  }
  const std::set<std::string_view> there = fingerprints_of(report);
  for (const FindingHistory& one : history.findings) {
    if (!there.contains(one.finding.fingerprint)) continue;
    past.findings.push_back({.fingerprint = one.finding.fingerprint,
                             .state = std::string(name(one.state)),
                             .first_seen = one.first_seen,
                             .last_seen = one.last_seen,
                             .seen = one.seen,
                             .could = one.could});
  }
  std::ranges::sort(past.findings, {}, &PastFinding::fingerprint);
  report.history = std::move(past);
}

namespace internal::reports {

const PastFinding* past_of(const Finding& finding, const Report& report) {
  if (!report.history) return nullptr;
  const auto& all = report.history->findings;
  const auto at = std::ranges::lower_bound(all, finding.fingerprint, {}, &PastFinding::fingerprint);
  return at != all.end() && at->fingerprint == finding.fingerprint ? &*at : nullptr;
}

std::string past_text(const Finding& finding, const Report& report) {
  if (!report.history || finding.fingerprint.empty()) return {};
  const PastFinding* const past = past_of(finding, report);
  if (past == nullptr) {
    return "in none of the " + counted(report.history->runs, "run") + " of " +
           printable_line(report.history->file);
  }
  const std::string first = moment_text(past->first_seen);
  const std::string last = moment_text(past->last_seen);
  return printable_line(past->state) + ": " + frequency_text(past->seen, past->could) + ", " +
         (first == last ? first : "first " + first + ", last " + last);
}

std::string past_in_short(const Finding& finding, const Report& report) {
  if (!report.history || finding.fingerprint.empty()) return {};
  const PastFinding* const past = past_of(finding, report);
  if (past == nullptr) return "in no run";
  return printable_line(past->state) + ", " + std::to_string(past->seen) + " of " +
         counted(past->could, "run");
}

std::string past_runs_text(const Report& report) {
  if (!report.history) return {};
  const PastRuns& past = *report.history;
  return printable_line(past.file) + ": " + runs_text(past.runs, past.first_run, past.last_run);
}

}  // namespace internal::reports
}  // namespace gridlock
