// SPDX-License-Identifier: Apache-2.0
//
// Rows below one another, with a labelled box around those of each process. What the processes
// share stands between the boxes. A process that is left and entered again gets a box a visit.
#pragma once

#include <gridlock/finding.h>

#include "reports/html_element.h"

#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal::reports {

struct SvgRow {
  std::string text;
  std::string process;            ///< id; empty for what is shared
  std::string_view css = "lock";  ///< or "thread", "gap"
  std::string label;              ///< below it: of what leaves it
  bool arrow = true;              ///< straight down to the row below, if there is one
};

struct SvgColumn {
  Markup strokes;
  std::vector<int> tops;  ///< of the rows
  int below = 0;          ///< the lower edge of the last row
  int height = 0;         ///< of all, with room for an arrow that leaves the last row
};

SvgColumn svg_column(const Finding& finding, const std::vector<SvgRow>& rows);

/// The process that a thread or an object lives in; empty if it is shared, or there is one only.
std::string home_of(const Finding& finding, const std::string& id);

}  // namespace gridlock::internal::reports
