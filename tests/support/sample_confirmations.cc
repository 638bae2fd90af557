// SPDX-License-Identifier: Apache-2.0
//
// Possible deadlocks, and what `gridlock exec --confirm` made of them.
#include "tests/support/sample_reports.h"

#include <string>
#include <utility>
#include <vector>

namespace gridlock::support {
namespace {

Finding with(std::string verdict, std::uint64_t runs, std::vector<std::string> tried) {
  Finding finding = lock_order_cycle();
  finding.confirmation =
      Confirmation{.verdict = std::move(verdict), .runs = runs, .tried = std::move(tried)};
  return finding;
}

}  // namespace

Report confirmations_report() {
  Finding confirmed = with("confirmed", 2,
                           {"fresh run 2, in which threads were held at these places until all of "
                            "them were there, hung in it"});
  const Finding hang = deadlock();
  confirmed.confirmation->cycle = hang.cycle;
  confirmed.confirmation->threads = hang.threads;
  confirmed.confirmation->objects = hang.objects;
  return report_of(
      "bank/confirmed",
      {std::move(confirmed),
       with("not-confirmed", 5,
            {"tried 5 fresh runs, in which threads were held at these places",
             "T1's request of journal (bank.cc:9) with accounts held was reached 12 times",
             "T2's request of <accounts> (bank.cc:13) with journal held was never reached",
             "2 fresh runs did not end within 12 s"}),
       with("not-tried", 0, {"it goes through several processes"})});
}

}  // namespace gridlock::support
