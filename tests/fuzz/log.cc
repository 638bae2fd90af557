// SPDX-License-Identifier: Apache-2.0
//
// A findings log, from its bytes to everything that is shown of it.
#include "harness/runtime/core/json_writer.h"
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

namespace {

// The line on stderr of a finding whose texts are these bytes, as the runtime writes both.
void check_line_of(const std::string& text) {
  using namespace gridlock::internal;  // NOLINT(google-build-using-namespace): one function
  std::vector<char> record(8 * text.size() + 4096);
  JsonWriter json;
  json.begin(record.data(), record.size());
  json.open_object();
  json.text("record", "finding");
  json.text("kind", "deadlock");
  json.text("detail", text.c_str());
  json.open_array("cycle");
  json.id(nullptr, 'M', 1);
  json.close_array();
  json.open_array("objects");
  json.open_object();
  json.id("id", 'M', 1);
  json.text("name", text.c_str());
  json.close_object();
  json.close_array();
  json.close_object();
  const std::size_t size = json.end_line();
  if (size == 0) return;
  std::array<char, 600> line;
  // Every cut near the name: one of them is in the middle of a character.
  for (std::uint32_t room = 10; room <= line.size(); room += room < 80 ? 1 : line.size() - 80) {
    const std::string_view shown(line.data(), short_text(record.data(), size, line.data(), room));
    gridlock::fuzz::require_printable(shown, "the line on stderr can steer a terminal");
    gridlock::fuzz::require(shown.find_first_of("\n\t") == std::string_view::npos,
                            "a line on stderr that is not one");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gridlock;            // NOLINT(google-build-using-namespace): one function
  using namespace gridlock::internal;  // NOLINT(google-build-using-namespace): one function
  const std::string text(reinterpret_cast<const char*>(data), size);

  std::array<char, 600> line;
  for (const std::uint32_t room : {0U, 7U, 600U})
    fuzz::require(short_text(text.data(), text.size(), line.data(), room) <= room, "no room");

  check_line_of(text);

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
