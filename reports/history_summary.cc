// SPDX-License-Identifier: Apache-2.0
#include <gridlock/history.h>

#include "reports/wording.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock {

void keep_findings_of(History& history, const Report& report) {
  std::set<std::string_view> there;
  for (const Outcome& outcome : report.outcomes) {
    for (const Finding& finding : outcome.findings) there.insert(finding.fingerprint);
  }
  std::erase_if(history.findings, [&](const FindingHistory& one) {
    return !there.contains(one.finding.fingerprint);
  });
}

std::string summary_text(const History& history) {
  using internal::reports::counted;
  std::array<std::size_t, 4> counts{};
  std::size_t all = 0;
  for (const FindingHistory& one : history.findings) {
    if (one.standing != Standing::kCounts) continue;
    ++counts.at(static_cast<std::size_t>(one.state));
    ++all;
  }
  if (all == 0) return "no finding that counts";
  std::vector<std::string> parts;
  for (const HistoryState state :
       {HistoryState::kNew, HistoryState::kFlaky, HistoryState::kSteady, HistoryState::kGone}) {
    const std::size_t count = counts.at(static_cast<std::size_t>(state));
    if (count > 0) parts.push_back(std::to_string(count) + " " + std::string(name(state)));
  }
  return counted(all, "finding") + ": " + internal::reports::joined(parts, ", ");
}

}  // namespace gridlock
