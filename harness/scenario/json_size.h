// SPDX-License-Identifier: Apache-2.0
//
// How much a JSON text would become, known before it is parsed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gridlock::internal {

struct JsonSize {
  std::size_t depth = 0;    ///< the deepest array or object
  std::size_t objects = 0;  ///< and arrays
  std::size_t values = 0;   ///< at least as many as there are
};
/// Linear, and right for whatever is JSON.
JsonSize size_of_json(std::string_view text);

/// "nested deeper than 64 levels"; empty if it is within the limits (limits.h).
std::string too_much(const JsonSize& size);

}  // namespace gridlock::internal
