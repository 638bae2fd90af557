// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/json_writer.h"

#include <gridlock/text.h>

#include <nlohmann/json.hpp>

namespace gridlock::internal {

std::string json_number(double value) { return nlohmann::ordered_json(value).dump(); }

std::string json_text(std::string_view text) {
  return json_printable(nlohmann::ordered_json(valid_utf8(text)).dump());
}

}  // namespace gridlock::internal
