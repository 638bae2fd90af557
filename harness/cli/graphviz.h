// SPDX-License-Identifier: Apache-2.0
//
// The larger drawings of a page, laid out by Graphviz where it is installed.
#pragma once

#include <gridlock/report.h>

#include <string>

namespace gridlock::internal {

/// The `dot` to use: GRIDLOCK_DOT if that is set ("none" for none at all), else the first one in an absolute folder of PATH.
/// Empty if there is none.
std::string find_dot();

/// Fills Report::laid_out, all at once by one run of `dot`. If that fails in any way, or takes longer than two seconds,
/// nothing is filled in, and the page lays out its drawings itself.
void lay_out_graphs(Report& report, const std::string& dot);

}  // namespace gridlock::internal
