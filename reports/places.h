// SPDX-License-Identifier: Apache-2.0
//
// What the formats for programs have in common: all findings of a report in one list, and places as they name them.
#pragma once

#include <gridlock/report.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal::reports {

/// A finding and what it was found in.
struct Found {
  const Outcome* outcome;
  const Finding* finding;
};
/// Those that count, in the order of the report; new ones first if it was compared with a baseline.
std::vector<Found> all_found(const Report& report);

/// What a finding is about, in one frame: a request of a cycle, the wrong act, the write of a race. Nothing if no line of
/// the user's is known.
std::optional<Frame> main_place(const Finding& raw);
/// The same of one that is in_reading_order() already; nullptr if no line of the user's is known.
const Frame* main_frame(const Finding& finding);

/// Relative to the project's folder if it lies below it: "src/bank.cc".
std::string path_in_project(std::string_view file, const Report& report);
/// The first sentence: what the finding claims.
std::string claim_text(const Finding& finding, const Report& report);
/// The same, and in a second line what to try.
std::string claim_and_fix_text(const Finding& finding, const Report& report);

}  // namespace gridlock::internal::reports
