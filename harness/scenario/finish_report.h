// SPDX-License-Identifier: Apache-2.0
//
// What turns raw outcomes into a report: symbols, fingerprints, source text, and the facts about
// the run.
#pragma once

#include <gridlock/report.h>

#include "harness/scenario/source_roots.h"
#include "harness/scenario/symbolizer.h"
#include "harness/scenario/wire.h"

#include <string>
#include <vector>

namespace gridlock::internal {

/// A report without outcomes: version, time, command, compiler, sanitizer.
Report report_head(const std::vector<std::string>& command);

/// Fills in symbols and fingerprints, and merges what is about the same defect: what has to be done
/// before suppressions can be applied. finish_report() does it for whatever was left.
void finish_findings(std::vector<Finding>& findings, const Symbolizer& symbolizer,
                     std::vector<std::string>& notes);

/// Symbols and fingerprints of all findings of a report, in one go; none is merged.
void finish_claims(Report& report, const Symbolizer& symbolizer, std::vector<std::string>& notes);

/// What a log says besides findings and dump.
void take_extras(Outcome& outcome, WireLog& log);

/// Adds the lines that are not there yet.
void add_notes(std::vector<std::string>& all, std::vector<std::string> more);

/// Fills in symbols (all outcomes in one go), fingerprints, the text of the sources that user
/// frames and scenarios point to, and each scenario's last line; merges findings that are about the
/// same defect, and drops an infeasible cycle that came true; most contended locks first. `symbolizer` may
/// be empty. Of the sources only those below `roots` are read.
void finish_report(Report& report, const Symbolizer& symbolizer, std::vector<std::string>& notes,
                   SourceRoots roots = SourceRoots::everything());

}  // namespace gridlock::internal
