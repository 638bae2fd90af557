// SPDX-License-Identifier: Apache-2.0
//
// Several runs may have appended to one log: one after the other, or at the same time. What each of
// them says is read as if it had a log of its own.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal {

/// What one run wrote.
struct LogRun {
  std::string id;                  ///< empty for all records of a version that wrote none
  std::string text;                ///< its lines
  std::vector<std::size_t> lines;  ///< where each of them is in the log, 1-based
};

/// The runs in the order in which they began. A line that does not say whose it is (a damaged one, or of
/// a version that wrote no runs) belongs to the run of the line before it; all `start`s that do not
/// say it are of one run. At least one run, and at most `most`: the records of
/// later ones count to the last. Never throws on bad input.
std::vector<LogRun> runs_of_log(std::string_view text, std::size_t most = 10'000);

}  // namespace gridlock::internal
