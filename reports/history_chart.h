// SPDX-License-Identifier: Apache-2.0
//
// What the text and the page say of a history in the same words, and how its charts are divided.
#pragma once

#include <gridlock/history.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gridlock::internal::reports {

/// One column: a run, or several that lie beside each other.
struct ChartColumn {
  std::size_t seen = 0;
  std::size_t could = 0;  ///< runs that had it or could have had it; 0: none of them says anything
};

/// Oldest first, at most `columns` of them.
std::vector<ChartColumn> chart_columns(const FindingHistory& finding, std::size_t columns);

/// "seen in 3 of 12 runs".
std::string frequency_text(std::size_t seen, std::size_t could);
std::string frequency_text(const FindingHistory& finding);
/// "Possible deadlock: lock-order cycle: accounts, journal"; printable.
std::string headline_text(const KnownFinding& finding);
/// "bank and shop, src/bank.cc:12"; printable.
std::string where_text(const FindingHistory& finding);
/// Whether it is "2026-11-29T10:00:07Z", or another moment in that form.
bool is_moment(std::string_view started);
/// "2026-11-29 10:00" of "2026-11-29T10:00:07Z"; printable, whatever it was.
std::string moment_text(std::string_view started);
/// "12 runs from 2026-11-01 10:00 to 2026-11-29 10:00".
std::string runs_text(const History& history);
/// The same of so many runs: when the first and the last one started.
std::string runs_text(std::size_t runs, std::string_view first, std::string_view last);
/// "96 as declared, 1 suppressed"; empty if there are none.
std::string others_text(const History& history);

}  // namespace gridlock::internal::reports
