// SPDX-License-Identifier: Apache-2.0
#include "harness/scenario/text.h"

#include "harness/platform/utf8.h"

#include <charconv>
#include <cstddef>
#include <cstdint>

namespace gridlock {
namespace {

using internal::TextPiece;

constexpr std::string_view kDigits = "0123456789abcdef";

void put_shown(std::string& out, char byte) {
  const auto value = static_cast<unsigned char>(byte);
  out += "\\x";
  out += kDigits[value >> 4U];
  out += kDigits[value & 15U];
}

void put_shown(std::string& out, std::string_view bytes) {
  for (const char byte : bytes) put_shown(out, byte);
}

void put_digits(std::string& out, std::uint32_t unit) {
  out += "\\u";
  for (unsigned shift = 16; shift != 0;) out += kDigits[(unit >> (shift -= 4)) & 15U];
}

void put_unicode(std::string& out, std::uint32_t character) {
  if (character > 0xFFFF) {
    put_digits(out, 0xD800 + ((character - 0x10000) >> 10U));
    character = 0xDC00 + ((character - 0x10000) & 0x3FFU);
  }
  put_digits(out, character);
}

bool is_valid(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = internal::sequence_length(text.data(), text.size());
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

// How many characters the text begins with that are seen and ASCII: nearly all, nearly always.
std::size_t plain_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && text[length] >= ' ' && text[length] <= '~') ++length;
  return length;
}

// The four digits of a "\u" that the text begins with; -1 if there are none.
int unit_at(std::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return -1;
  int unit = 0;
  const char* const end = text.data() + 6;
  return std::from_chars(text.data() + 2, end, unit, 16).ptr == end ? unit : -1;
}

bool is_first_half(int unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_second_half(int unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// What a JSON string should have in place of half a character: its bytes, as if it were a whole one.
void put_half(std::string& out, int unit) {
  const auto half = static_cast<unsigned>(unit);
  for (const unsigned byte :
       {0xE0U | half >> 12U, 0x80U | (half >> 6U & 0x3FU), 0x80U | (half & 0x3FU)}) {
    out += '\\';
    put_shown(out, static_cast<char>(byte));
  }
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    if (const std::size_t plain = plain_length(text); plain > 0) {
      out += text.substr(0, plain);
      text.remove_prefix(plain);
      continue;
    }
    const TextPiece piece = internal::next_piece(text.data(), text.size());
    if (piece.is_plain) {
      out += text.substr(0, piece.size);
    } else {
      put_shown(out, text.substr(0, piece.size));
    }
    text.remove_prefix(piece.size);
  }
  return out;
}

std::string valid_utf8(std::string_view bytes) {
  if (is_valid(bytes)) return std::string(bytes);
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 2);
  while (!bytes.empty()) {
    std::size_t length = internal::sequence_length(bytes.data(), bytes.size());
    if (length == 0 || internal::is_shown_byte(bytes.data(), bytes.size())) {
      length = 1;
      put_shown(out, bytes.front());
    } else {
      out += bytes.substr(0, length);
    }
    bytes.remove_prefix(length);
  }
  return out;
}

std::string json_printable(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    if (const std::size_t plain = plain_length(json); plain > 0) {
      out += json.substr(0, plain);
      json.remove_prefix(plain);
      continue;
    }
    const TextPiece piece = internal::next_piece(json.data(), json.size());
    if (piece.is_plain || internal::sequence_length(json.data(), json.size()) == 0) {
      out += json.substr(0, piece.size);
    } else {
      const char* const sequence = json.data();
      put_unicode(out, internal::code_point(sequence, piece.size));
    }
    json.remove_prefix(piece.size);
  }
  return out;
}

std::string printable_line(std::string_view text) {
  std::string out = printable(text);
  for (char& c : out) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return out;
}

namespace internal {

std::string original_bytes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::size_t length = 1;
    char byte = text.front();
    if (is_shown_byte(text.data(), text.size())) {
      unsigned value = 0;
      std::from_chars(text.data() + 2, text.data() + 4, value, 16);
      byte = static_cast<char>(value);
      length = 4;
    }
    out += byte;
    text.remove_prefix(length);
  }
  return out;
}

std::string repaired_json(std::string_view json) {
  std::string out;
  out.reserve(json.size() + json.size() / 8);
  bool in_string = false;
  while (!json.empty()) {
    std::size_t length = sequence_length(json.data(), json.size());
    const char c = json.front();
    const int unit = in_string ? unit_at(json) : -1;
    if (length == 0) {
      length = 1;
      if (in_string) out += '\\';
      put_shown(out, c);
    } else if (is_first_half(unit) && is_second_half(unit_at(json.substr(6)))) {
      length = 12;
      out += json.substr(0, length);
    } else if (is_first_half(unit) || is_second_half(unit)) {
      length = 6;
      put_half(out, unit);
    } else if (in_string && static_cast<unsigned char>(c) < 0x20) {
      put_unicode(out, static_cast<unsigned char>(c));
    } else {
      if (in_string && c == '\\' && json.size() > 1) length = sequence_length(&json[1], 1) + 1U;
      if (c == '"') in_string = !in_string;
      out += json.substr(0, length);
    }
    json.remove_prefix(length);
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\v\f\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace internal
}  // namespace gridlock
