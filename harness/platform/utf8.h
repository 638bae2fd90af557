// SPDX-License-Identifier: Apache-2.0
//
// Bytes of unknown origin as text. A byte that is not UTF-8, and each byte of a character that is not
// seen or that moves others, is shown as four characters: "\xe2". Everybody here shows it so
// (docs/design/wire.md).
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

/// Bytes of the well-formed sequence that the text begins with (table 3-7 of the Unicode standard):
/// no overlong form, no surrogate, nothing beyond U+10FFFF. 0: it begins with none, or is empty.
u32 sequence_length(const char* text, u64 size) noexcept;
/// The character of a well-formed sequence.
u32 code_point(const char* sequence, u32 length) noexcept;
/// A character that draws nothing, ends a line, or reorders what is around it, so that a text can
/// read as what it is not: controls, separators, U+202E and its like, and what Unicode calls
/// ignorable, but for the two selectors behind an emoji. A newline and a tab are none.
bool is_hidden(u32 character) noexcept;
/// Does the text begin with what a byte is shown as: a backslash, 'x', two digits of 0-9a-f?
bool is_shown_byte(const char* text, u64 size) noexcept;
/// Length of the text without the character at its end that was cut in the middle, if one was.
u64 without_cut_character(const char* text, u64 size) noexcept;

/// One piece of a text: `size` bytes that may stand as they are, or one byte that may not.
struct TextPiece {
  u32 size;
  bool is_plain;
};
/// The piece that a text that is not empty begins with, all of a character that is hidden in one.
TextPiece next_piece(const char* text, u64 size) noexcept;

/// Writes a text to standard error as one line that cannot steer a terminal: newlines are shown as
/// bytes, too.
void say_shown(const char* text, u64 size) noexcept;
GRIDLOCK_INLINE void say_shown(const char* text) noexcept { say_shown(text, length_of(text)); }

}  // namespace gridlock::internal
