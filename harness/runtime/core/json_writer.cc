// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/core/json_writer.h"

#include "harness/platform/utf8.h"
#include "harness/runtime/core/object_types.h"

namespace gridlock::internal {
namespace {

constexpr char kHex[] = "0123456789abcdef";

}  // namespace

void JsonWriter::begin(char* buffer, u64 size) noexcept {
  buffer_ = buffer;
  size_ = size;
  at_ = 0;
  process_ = 0;
  first_ = true;
  overflow_ = false;
}

void JsonWriter::put(char c) noexcept {
  if (at_ == size_) {
    overflow_ = true;
    return;
  }
  buffer_[at_++] = c;
}

void JsonWriter::put_text(const char* text) noexcept {
  for (; *text != 0; ++text) put(*text);
}

// Writes a byte as JSON has the text "\xff": with two backslashes.
void JsonWriter::put_shown(u8 byte) noexcept {
  put_text("\\\\x");
  put(kHex[byte >> 4]);
  put(kHex[byte & 15]);
}

// "\u202e"; beyond U+FFFF two of them.
void JsonWriter::put_unicode(u32 character) noexcept {
  if (character > 0xFFFF) {
    put_unicode(0xD800 + ((character - 0x10000) >> 10));
    character = 0xDC00 + ((character - 0x10000) & 0x3FF);
  }
  put_text("\\u");
  for (u32 shift = 16; shift != 0;) put(kHex[(character >> (shift -= 4)) & 15]);
}

void JsonWriter::put_piece(const char* text, u32 size, bool is_plain) noexcept {
  if (!is_plain && sequence_length(text, size) == 0) return put_shown(static_cast<u8>(*text));
  if (!is_plain || *text == '\n' || *text == '\t') return put_unicode(code_point(text, size));
  if (*text == '"' || *text == '\\') put('\\');
  for (u32 i = 0; i < size; ++i) put(text[i]);
}

void JsonWriter::put_escaped(const char* text) noexcept {
  constexpr u64 kLongestPiece = 12;
  put('"');
  u64 left = 0;
  while (text[left] != 0) ++left;
  const u64 end = at_ + room() / 2;
  while (left > 0) {
    if (at_ + kLongestPiece > end) {
      put_text("...");
      break;
    }
    const TextPiece piece = next_piece(text, left);
    if (is_shown_byte(text, left)) {
      put_shown('\\');
    } else {
      put_piece(text, piece.size, piece.is_plain);
    }
    text += piece.size;
    left -= piece.size;
  }
  put('"');
}

void JsonWriter::put_number(u64 value) noexcept {
  char digits[20];
  u32 n = 0;
  do {
    digits[n++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (n > 0) put(digits[--n]);
}

void JsonWriter::lead(const char* key) noexcept {
  if (!first_) put(',');
  first_ = false;
  if (key == nullptr) return;
  put('"');
  put_text(key);
  put_text("\":");
}

void JsonWriter::open_object(const char* key) noexcept {
  lead(key);
  put('{');
  first_ = true;
}

void JsonWriter::close_object() noexcept {
  put('}');
  first_ = false;
}

void JsonWriter::open_array(const char* key) noexcept {
  lead(key);
  put('[');
  first_ = true;
}

void JsonWriter::close_array() noexcept {
  put(']');
  first_ = false;
}

void JsonWriter::text(const char* key, const char* value) noexcept {
  lead(key);
  put_escaped(value);
}

void JsonWriter::number(const char* key, u64 value) noexcept {
  lead(key);
  put_number(value);
}

void JsonWriter::boolean(const char* key, bool value) noexcept {
  lead(key);
  put_text(value ? "true" : "false");
}

void JsonWriter::id(const char* key, char letter, u32 number) noexcept {
  id_in(key, process_, letter, number);
}

void JsonWriter::id_in(const char* key, u32 process, char letter, u32 number) noexcept {
  lead(key);
  put('"');
  if (process != 0 && !is_shared_letter(letter)) {
    put('P');
    put_number(process);
    put('.');
  }
  put(letter);
  put_number(number);
  put('"');
}

void JsonWriter::raw(const char* key, const char* value, u64 size) noexcept {
  lead(key);
  for (u64 i = 0; i < size; ++i) put(value[i]);
}

u64 JsonWriter::end_line() noexcept {
  put('\n');
  return overflow_ ? 0 : at_;
}

}  // namespace gridlock::internal
