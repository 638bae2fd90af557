// SPDX-License-Identifier: Apache-2.0
#include <gridlock/report.h>

#include "reports/programs.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace gridlock {
namespace {

using internal::reports::ended_by_itself;
using internal::reports::subject_name;

bool is_known(const Finding& finding, const Baseline& baseline) {
  return std::ranges::binary_search(baseline.known, finding.fingerprint);
}

}  // namespace

void compare_with(Report& report, const Report& old, std::string file) {
  std::set<std::string, std::less<>> there;  // fingerprints that are found now
  std::set<std::string_view> run_again;
  for (const Outcome& outcome : report.outcomes) {
    for (const Finding& finding : outcome.findings) there.insert(finding.fingerprint);
    for (const Finding& finding : outcome.suppressed) there.insert(finding.fingerprint);
    if (ended_by_itself(outcome)) run_again.insert(subject_name(outcome));
  }
  Baseline baseline{.file = std::move(file), .started = old.started, .known = {}, .fixed = {}};
  std::set<std::string> known;
  for (const Outcome& outcome : old.outcomes) {
    for (const Finding& finding : outcome.findings) {
      const bool is_first = known.insert(finding.fingerprint).second;
      if (is_first && !there.contains(finding.fingerprint) &&
          run_again.contains(subject_name(outcome))) {
        baseline.fixed.push_back({outcome.name, finding});
      }
    }
  }
  baseline.known.assign(known.begin(), known.end());
  report.baseline = std::move(baseline);
}

std::string_view baseline_state(const Finding& finding, const Report& report) {
  if (!report.baseline) return {};
  return is_known(finding, *report.baseline) ? "unchanged" : "new";
}

bool has_news(const Report& report) {
  return std::ranges::any_of(report.outcomes, [&](const Outcome& outcome) {
    if (passed(outcome.verdict)) return false;
    if (!report.baseline || outcome.findings.empty() || !ended_by_itself(outcome)) return true;
    return !std::ranges::all_of(outcome.findings, [&](const Finding& finding) {
      return is_known(finding, *report.baseline);
    });
  });
}

}  // namespace gridlock
