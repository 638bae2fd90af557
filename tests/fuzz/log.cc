// SPDX-License-Identifier: Apache-2.0
//
// A findings log, from its bytes to everything that is shown of it.
#include "harness/runtime/findings/short_text.h"
#include "harness/scenario/program_report.h"
#include "harness/scenario/suppressions.h"
#include "tests/fuzz/rendered.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gridlock;            // NOLINT(google-build-using-namespace): one function
  using namespace gridlock::internal;  // NOLINT(google-build-using-namespace): one function
  const std::string text(reinterpret_cast<const char*>(data), size);

  std::array<char, 600> line;
  for (const std::uint32_t room : {0U, 7U, 600U})
    fuzz::require(short_text(text.data(), text.size(), line.data(), room) <= room, "no room");

  looks_like_log(text);
  Suppressions suppressions = Suppressions::parse("lock:log*\nsite:*a.cc\n", "known");
  std::vector<std::string> refused;
  const RunResult result =
      report_of_logs({{"a\x1b.jsonl", text}}, {"gridlock", "report"}, suppressions, refused);
  Report report = result.report;
  fuzz::require_safe(report);
  drop_repeated_findings(report);
  fuzz::require_safe(report);
  return 0;
}
