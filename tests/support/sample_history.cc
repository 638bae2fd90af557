// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sample_history.h"

#include "tests/support/sample_reports.h"

#include <string>
#include <string_view>

namespace gridlock::support {
namespace {

// For each finding a character a run: "1" it came; anything else: it did not.
constexpr std::string_view kCame[] = {"111111", "000001", "101011", "111000",
                                      "010000", "111111", "000011"};

Standing standing_of(std::size_t finding) {
  if (finding == 5) return Standing::kAsDeclared;
  return finding == 6 ? Standing::kSuppressed : Standing::kCounts;
}

}  // namespace

RunRecords sample_run_records() {
  RunRecords records;
  records.subjects = {"bank/transfer", "shop & <co>"};
  for (std::size_t i = 0; i < std::size(kCame); ++i) {
    records.findings.push_back({.fingerprint = "000000000000000" + std::to_string(i),
                                .kind = "lock-order-cycle",
                                .title = "Possible deadlock: lock-order cycle",
                                .names = i == 1 ? "</script>\"\x1b[31m" : "accounts, journal",
                                .place = i == 3 ? "" : "src/bank.cc:1" + std::to_string(i)});
  }
  for (std::size_t run = 0; run < kCame[0].size(); ++run) {
    RunRecord record{.id = "run" + std::to_string(run),
                     .started = "2026-01-0" + std::to_string(run + 1) + "T10:00:00Z",
                     .command = "bank run",
                     .tool_version = "0.1.0",
                     .ran = {{.subject = 0, .ended = true}},
                     .seen = {}};
    for (std::size_t finding = 0; finding < std::size(kCame); ++finding) {
      if (kCame[finding][run] == '1')
        record.seen.push_back(
            {.subject = 0, .finding = finding, .times = 1, .standing = standing_of(finding)});
    }
    records.runs.push_back(record);
  }
  records.runs.push_back({.id = "shop",
                          .started = "2026-01-03T12:00:00Z",
                          .command = "shop --fast",
                          .tool_version = "0.1.0",
                          .ran = {{.subject = 1, .ended = true}},
                          .seen = {}});
  return records;
}

History sample_history() { return history_of("ci.db", sample_run_records()); }

Report past_report() {
  const std::string zeros(15, '0');
  Finding flaky = lock_order_cycle();
  flaky.fingerprint = zeros + "2";
  Finding steady = deadlock();
  steady.fingerprint = zeros + "0";
  Finding fresh = self_deadlock();
  fresh.fingerprint = zeros + "f";  // of no run
  Report report = report_of("bank/transfer", {flaky, steady, fresh});
  report.outcomes[0].verdict = Verdict::kUnexpected;
  report.outcomes[0].reason = "expected no finding, found 3";
  report.project = "/src";
  tell_history(report, sample_history());
  return report;
}

}  // namespace gridlock::support
