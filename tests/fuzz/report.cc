// SPDX-License-Identifier: Apache-2.0
//
// A JSON report, and the documents of its parts.
#include "tests/fuzz/rendered.h"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

// Whatever it throws is one line, a std::runtime_error.
template <typename Read>
void try_to(Read read) {
  try {
    read();
  } catch (const std::runtime_error& error) {
    gridlock::fuzz::require(!std::string_view(error.what()).empty(), "an error without words");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try_to([&] { gridlock::fuzz::require_safe(gridlock::report_from_json(text)); });
  try_to([&] {
    const std::string finding = to_json(gridlock::finding_from_json(text));
    gridlock::fuzz::require(to_json(gridlock::finding_from_json(finding)) == finding,
                            "another finding");
  });
  try_to([&] { to_json(gridlock::dump_from_json(text)); });
  return 0;
}
