// SPDX-License-Identifier: Apache-2.0
#include "reports/utf8.h"

namespace gridlock::internal::reports {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

/// Length of the well-formed sequence that starts the text (table 3-7 of the Unicode standard), 0
/// if there is none.
std::size_t sequence_length(std::string_view text) {
  const unsigned lead = byte_at(text, 0);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  unsigned low = 0x80;  // bounds of the second byte; they rule out overlong forms, surrogates, and
                        // beyond U+10FFFF
  unsigned high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  }
  if (length == 0 || text.size() < length) return 0;
  if (byte_at(text, 1) < low || byte_at(text, 1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte_at(text, i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

/// U+202A to U+202E and U+2066 to U+2069 reorder what is displayed, so that code can read as what
/// it is not.
bool reorders(std::string_view sequence) {
  if (sequence.size() != 3 || byte_at(sequence, 0) != 0xE2) return false;
  const unsigned second = byte_at(sequence, 1);
  const unsigned third = byte_at(sequence, 2);
  return (second == 0x80 && third >= 0xAA && third <= 0xAE) ||
         (second == 0x81 && third >= 0xA6 && third <= 0xA9);
}

bool is_control(std::string_view sequence) {
  const unsigned lead = byte_at(sequence, 0);
  if (sequence.size() == 1) return (lead < 0x20 && lead != '\n' && lead != '\t') || lead == 0x7F;
  return lead == 0xC2 && byte_at(sequence, 1) < 0xA0;  // C1
}

void append_escaped(std::string& out, unsigned code) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\x";
  out += kDigits[code >> 4U & 0xFU];
  out += kDigits[code & 0xFU];
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const std::string_view sequence = text.substr(0, length);
    if (length == 0 || reorders(sequence)) {
      out += kReplacement;
    } else if (is_control(sequence)) {
      append_escaped(out, byte_at(sequence, length - 1));
    } else {
      out += sequence;
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::string one_line(std::string_view text) {
  std::string out = printable(text);
  for (char& c : out) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return out;
}

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
