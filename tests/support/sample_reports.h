// SPDX-License-Identifier: Apache-2.0
//
// Hand-built reports for the tests of the renderers: each shows what one kind of outcome looks
// like.
#pragma once

#include <gridlock/report.h>

#include <string>
#include <vector>

namespace gridlock::testing {

struct Sample {
  std::string name;  ///< of the approved files
  Report report;
};

/// The reports that have an approved text and an approved page.
std::vector<Sample> samples();

Finding lock_order_cycle();
Finding deadlock();
Finding self_deadlock();
/// Every name in it would break a page, or a terminal, that is not careful.
Finding hostile_data_race();
Finding misuse();
Finding starvation();
ProcessDump sample_dump();

/// A cycle of `locks` locks and as many threads.
Finding long_cycle(int locks);
/// A finding of this kind with nothing but its kind.
Finding bare(FindingKind kind);

/// A report without outcomes.
Report empty_report();
/// A report of one outcome, which has these findings and expects them.
Report report_of(std::string name, std::vector<Finding> findings);

}  // namespace gridlock::testing
