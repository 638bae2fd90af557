// SPDX-License-Identifier: Apache-2.0
#include "reports/utf8.h"

namespace gridlock::internal::reports {
namespace {

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

}  // namespace

std::string shortened(std::string_view text, std::size_t limit) {
  std::size_t count = 0;
  std::size_t cut = 0;  // where the last code point that may stay begins
  for (std::size_t at = 0; at < text.size(); ++at) {
    if ((byte_at(text, at) & 0xC0) == 0x80) continue;
    ++count;
    if (count == limit) cut = at;
    if (count > limit) return std::string(text.substr(0, cut)) + "…";
  }
  return std::string(text);
}

}  // namespace gridlock::internal::reports
