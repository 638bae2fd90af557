// SPDX-License-Identifier: Apache-2.0
//
// A JSON report, and the documents of its parts.
#include "tests/fuzz/rendered.h"

#include <nlohmann/json.hpp>

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

using Json = nlohmann::json;

// What is written again has the values that were read. (What the reader does not know is not there; what the
// document left out may be, with its default.)
void require_kept(const Json& written, const Json& read) {
  if (written.is_object()) {
    for (const auto& [name, value] : written.items()) {
      if (const auto found = read.find(name); found != read.end()) require_kept(value, *found);
    }
  } else if (written.is_array()) {
    gridlock::fuzz::require(written.size() == read.size(), "a list became shorter or longer");
    for (std::size_t i = 0; i < written.size(); ++i) require_kept(written[i], read[i]);
  } else {
    gridlock::fuzz::require(written == read, "a value was read as another");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try_to([&] {
    const gridlock::Report report = gridlock::report_from_json(text);
    require_kept(Json::parse(to_json(report)), Json::parse(text));
    gridlock::fuzz::require_safe(report);
  });
  try_to([&] {
    require_kept(Json::parse(to_json(gridlock::finding_from_json(text))), Json::parse(text));
  });
  try_to([&] {
    require_kept(Json::parse(to_json(gridlock::dump_from_json(text))), Json::parse(text));
  });
  return 0;
}
