// SPDX-License-Identifier: Apache-2.0
//
// A record of a log, for a reader that has parsed the whole line already. The string forms, for
// everybody else, are in <gridlock/finding.h> and <gridlock/report.h>.
//
// Members are named as in those headers (finding_members.h, report_members.h, log_records.h). A reader ignores
// members that it does not know and takes an absent one for its default. What it cannot read it
// names by its path: "threads[1].held[0].count: ...".
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace gridlock::internal {

/// T is Finding, ProcessDump, InfeasibleCycle, Contention, LearnedOrder, ProcessInfo or one of log_records.h. Throws
/// std::runtime_error with one line: the path of the member and what is wrong with it.
template <typename T>
T read_record(const nlohmann::ordered_json& record);

}  // namespace gridlock::internal
