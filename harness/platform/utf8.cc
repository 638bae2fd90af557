// SPDX-License-Identifier: Apache-2.0
#include "harness/platform/utf8.h"

#include "harness/platform/raw_io.h"

namespace gridlock::internal {
namespace {

struct Range {
  u32 first;
  u32 last;
};

// From Unicode 15: general categories Cc, Zl and Zp, interlinear annotations, and the property
// Default_Ignorable_Code_Point without U+FE0E and U+FE0F.
constexpr Range kHidden[] = {
    {0x00, 0x1F},     {0x7F, 0x9F},       {0xAD, 0xAD},       {0x34F, 0x34F},     {0x61C, 0x61C},
    {0x115F, 0x1160}, {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},
    {0x2060, 0x206F}, {0x3164, 0x3164},   {0xFE00, 0xFE0D},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

GRIDLOCK_INLINE u8 byte_at(const char* text, u64 at) noexcept { return static_cast<u8>(text[at]); }
GRIDLOCK_INLINE bool is_continuation(u8 byte) noexcept { return (byte & 0xC0) == 0x80; }
GRIDLOCK_INLINE bool is_digit(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

// What the first byte promises; 0: no sequence begins so.
u32 promised_length(u8 lead) noexcept {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

// Bounds of the second byte rule out overlong forms, surrogates, and what is beyond U+10FFFF.
bool may_follow(u8 lead, u8 second) noexcept {
  if (!is_continuation(second)) return false;
  if (lead == 0xE0) return second >= 0xA0;
  if (lead == 0xED) return second <= 0x9F;
  if (lead == 0xF0) return second >= 0x90;
  return lead != 0xF4 || second <= 0x8F;
}

}  // namespace

u32 sequence_length(const char* text, u64 size) noexcept {
  if (size == 0) return 0;
  const u32 length = promised_length(byte_at(text, 0));
  if (length <= 1) return length;
  if (size < length || !may_follow(byte_at(text, 0), byte_at(text, 1))) return 0;
  for (u32 i = 2; i < length; ++i) {
    if (!is_continuation(byte_at(text, i))) return 0;
  }
  return length;
}

u32 code_point(const char* sequence, u32 length) noexcept {
  constexpr u8 kLeadBits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  u32 code = byte_at(sequence, 0) & kLeadBits[length];
  for (u32 i = 1; i < length; ++i) code = (code << 6) | (byte_at(sequence, i) & 0x3Fu);
  return code;
}

bool is_hidden(u32 character) noexcept {
  if (character == '\n' || character == '\t') return false;
  for (const Range& range : kHidden) {
    if (character <= range.last) return character >= range.first;
  }
  return false;
}

bool is_shown_byte(const char* text, u64 size) noexcept {
  return size >= 4 && text[0] == '\\' && text[1] == 'x' && is_digit(text[2]) && is_digit(text[3]);
}

u64 without_cut_character(const char* text, u64 size) noexcept {
  for (u64 back = 1; back <= 3 && back <= size; ++back) {
    const u8 byte = byte_at(text, size - back);
    if (is_continuation(byte)) continue;
    const bool is_cut = promised_length(byte) > back &&
                        (back == 1 || may_follow(byte, byte_at(text, size - back + 1)));
    return is_cut ? size - back : size;
  }
  return size;
}

TextPiece next_piece(const char* text, u64 size) noexcept {
  const u32 length = sequence_length(text, size);
  if (length == 0) return {1, false};
  return {length, !is_hidden(code_point(text, length))};
}

void say_shown(const char* text, u64 size) noexcept {
  constexpr char kDigits[] = "0123456789abcdef";
  char line[512];
  u32 used = 0;
  while (size > 0) {
    const TextPiece piece = next_piece(text, size);
    if (used + 16 > sizeof line) {
      say(&line[0], used);
      used = 0;
    }
    const bool is_plain = piece.is_plain && *text != '\n' && *text != '\t';
    for (u32 i = 0; i < piece.size; ++i) {
      if (!is_plain) {
        line[used++] = '\\';
        line[used++] = 'x';
        line[used++] = kDigits[byte_at(text, i) >> 4];
        line[used++] = kDigits[byte_at(text, i) & 15];
      } else {
        line[used++] = text[i];
      }
    }
    text += piece.size;
    size -= piece.size;
  }
  say(&line[0], used);
}

}  // namespace gridlock::internal
