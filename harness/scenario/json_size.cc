// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/json_size.h"

#include "harness/scenario/limits.h"

#include <gridlock/text.h>

#include <algorithm>
#include <stdexcept>

namespace gridlock::internal {

JsonSize size_of_json(std::string_view text) {
  JsonSize size;
  size.values = 1;
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++size.objects;
      ++size.values;
      size.depth = std::max(size.depth, ++depth);
    } else if (c == '}' || c == ']') {
      depth -= depth > 0 ? 1 : 0;
    } else if (c == ',') {
      ++size.values;
    }
  }
  return size;
}

std::string too_much(const JsonSize& size) {
  if (size.depth > kDeepestJson)
    return "nested deeper than " + std::to_string(kDeepestJson) + " levels";
  if (size.objects > kMaxJsonObjects)
    return "more than " + std::to_string(kMaxJsonObjects) + " objects and lists";
  if (size.values > kMaxJsonValues)
    return "more than " + std::to_string(kMaxJsonValues) + " values";
  return {};
}

void require_readable_json(std::string_view text) {
  if (text.size() > kLargestInput)
    throw std::runtime_error("larger than " + std::to_string(kLargestInput >> 20U) + " MiB");
  if (const std::string what = too_much(size_of_json(text)); !what.empty())
    throw std::runtime_error(what);
}

}  // namespace gridlock::internal
