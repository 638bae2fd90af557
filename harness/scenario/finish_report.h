// SPDX-License-Identifier: Apache-2.0
//
// What turns raw outcomes into a report: symbols, fingerprints, source text, and the facts about
// the run.
#pragma once

#include <gridlock/report.h>

#include <string>
#include <vector>

namespace gridlock::internal {

/// A report without outcomes: version, time, command, compiler, sanitizer.
Report report_head(const std::vector<std::string>& command);

/// Fills in symbols (all outcomes in one go), fingerprints, the text of the sources that user
/// frames and scenarios point to, and each scenario's last line; merges findings that are about the
/// same defect. `symbolizer` may be empty.
void finish_report(Report& report, const std::string& symbolizer, std::vector<std::string>& notes);

}  // namespace gridlock::internal
