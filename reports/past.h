// SPDX-License-Identifier: Apache-2.0
//
// What a file of many runs says of a finding, in the words that all formats share.
#pragma once

#include <gridlock/report.h>

#include <string>

namespace gridlock::internal::reports {

/// nullptr if no file was asked, or none of its runs has the finding.
const PastFinding* past_of(const Finding& finding, const Report& report);
/// "flaky: seen in 3 of 12 runs, first 2026-11-01 10:00, last 2026-11-29 10:00", "in none of the 12 runs of ci.db";
/// printable, and empty if no file was asked.
std::string past_text(const Finding& finding, const Report& report);
/// The same for a cell: "flaky, 3 of 12 runs", "in no run".
std::string past_in_short(const Finding& finding, const Report& report);
/// "ci.db: 12 runs from 2026-11-01 10:00 to 2026-11-29 10:00"; empty if no file was asked.
std::string past_runs_text(const Report& report);

}  // namespace gridlock::internal::reports
