// SPDX-License-Identifier: Apache-2.0
//
// The body of a broken scenario beside that of its fixed twin.
#pragma once

#include <gridlock/report.h>

#include <optional>
#include <string_view>
#include <vector>

namespace gridlock::internal::reports {

/// Lines of a file of Report::sources, both inclusive.
struct Lines {
  std::string_view file;
  int first = 0;
  int last = 0;
};

/// The body of the outcome's twin, if the outcome is the broken one of the two: as the report has it if the twin was run,
/// too, else as its declaration is found in the same source. Nothing if there is none.
std::optional<Lines> fixed_twin(const Outcome& outcome, const Report& report);

/// From the line behind the declaration, which the page tells, to the last one; the same lines if no declaration is seen.
Lines body_of_scenario(const Report& report, Lines lines);

/// One line of both forms.
struct DiffLine {
  enum class Side : unsigned char { kBoth, kBroken, kFixed };
  Side side = Side::kBoth;
  int line = 0;  ///< in the source of the broken form; of kFixed in that of the fixed one
};
/// The fewest lines that differ, blanks at their ends apart; those that are gone before those that are new. Costs the
/// product of both lengths.
std::vector<DiffLine> diff_of(const Report& report, const Lines& broken, const Lines& fixed);

}  // namespace gridlock::internal::reports
