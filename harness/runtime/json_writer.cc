// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/json_writer.h"

#include "harness/runtime/object_types.h"

namespace gridlock::internal {

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

// Bytes from 0x80 on are kept: names are expected in UTF-8, and the reader replaces what is not.
void JsonWriter::put_escaped(const char* text) noexcept {
  constexpr char kHex[] = "0123456789abcdef";
  put('"');
  for (; *text != 0; ++text) {
    const auto byte = static_cast<unsigned char>(*text);
    if (byte == '"' || byte == '\\') {
      put('\\');
      put(*text);
    } else if (byte < 0x20 || byte == 0x7f) {
      put_text("\\u00");
      put(kHex[byte >> 4]);
      put(kHex[byte & 15]);
    } else {
      put(*text);
    }
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
