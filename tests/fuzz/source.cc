// SPDX-License-Identifier: Apache-2.0
//
// A source file that findings point into: where a scenario in it ends, what its lines say, and the
// page that shows them.
#include "harness/scenario/source_text.h"

#include "reports/situation.h"
#include "tests/fuzz/rendered.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

gridlock::Stack at_line(int line) {
  gridlock::Frame frame;
  frame.function = "pay()";
  frame.file = "/src/a.cc";
  frame.line = line;
  return {frame};
}

gridlock::Finding cycle(int line) {
  gridlock::Finding finding;
  finding.kind = gridlock::FindingKind::kLockOrderCycle;
  finding.cycle = {"M1", "M2"};
  finding.objects.resize(2);
  finding.edges.resize(2);
  for (std::size_t i = 0; i < 2; ++i) {
    finding.objects[i].id = finding.cycle[i];
    finding.objects[i].type = "Lock";
    finding.edges[i].from = finding.cycle[i];
    finding.edges[i].to = finding.cycle[1 - i];
    finding.edges[i].thread = "T1";
    finding.edges[i].held_stack = at_line(line);
    finding.edges[i].wanted_stack = at_line(line + 1);
  }
  return finding;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gridlock;  // NOLINT(google-build-using-namespace): one function
  const std::string text(reinterpret_cast<const char*>(data), size);
  const int lines = 1 + static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  for (const int line : {-1, 0, 1, 2, 3, lines / 2, lines, lines + 1}) {
    const internal::LineRange range = internal::scenario_lines(text, line);
    fuzz::require(range.last == 0 || (range.last >= range.first && range.last <= lines),
                  "a scenario that ends outside of its file");
    Report report;
    report.sources["/src/a.cc"] = text;
    Outcome outcome;
    outcome.file = "/src/a.cc";
    outcome.first_line = range.first;
    outcome.last_line = range.last;
    outcome.verdict = Verdict::kUnexpected;
    outcome.findings = {cycle(line)};
    report.outcomes = {outcome};
    fuzz::require_safe(report);
  }
  internal::reports::locked_expression(text);
  internal::reports::wait_with_test(text);
  return 0;
}
