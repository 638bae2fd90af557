// SPDX-License-Identifier: Apache-2.0
//
// A broken scenario and its fixed form, with a source in which both stand.
#include "tests/support/sample_reports.h"

#include <string>

namespace gridlock::support {
namespace {

constexpr const char* kTwins = R"(GRIDLOCK_SCENARIO(a, {.name = "x/broken",
                       .twin = "x/fixed"}) {
  first();
  wrong();
  last();
}

GRIDLOCK_SCENARIO(b, {.name = "x/fixed",
                      .twin = "x/broken"}) {
  first();
    right(<b>);
  last();
}
)";

}  // namespace

Report twins_report(bool both) {
  Report report = report_of("x/broken", {lock_order_cycle()});
  Outcome& broken = report.outcomes[0];
  broken.file = "/src/x.cc";
  broken.first_line = 1;
  broken.last_line = 6;
  broken.twin = "x/fixed";
  report.sources["/src/x.cc"] = kTwins;
  if (!both) return report;
  Outcome fixed = broken;
  fixed.name = "x/fixed";
  fixed.twin = "x/broken";
  fixed.findings.clear();
  fixed.expected.clear();
  fixed.first_line = 8;
  fixed.last_line = 13;
  report.outcomes.push_back(fixed);
  return report;
}

}  // namespace gridlock::support
