// SPDX-License-Identifier: Apache-2.0
//
// Writes JSON into a fixed buffer, without libc. Commas are its business; nesting is the caller's.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal {

class JsonWriter {
 public:
  constexpr JsonWriter() = default;
  /// Starts again in this memory.
  void begin(char* buffer, u64 size) noexcept;
  /// Ids of what lives in one process are written with its number from now on ("P2.M3"); 0: plain.
  GRIDLOCK_INLINE void set_process(u32 number) noexcept { process_ = number; }
  GRIDLOCK_INLINE u32 process() const noexcept { return process_; }

  void open_object(const char* key = nullptr) noexcept;
  void close_object() noexcept;
  void open_array(const char* key = nullptr) noexcept;
  void close_array() noexcept;
  /// A string of any bytes: those that are not UTF-8 are written as the text "\xff" (utf8.h), and a
  /// backslash that already stands before such a text as "\x5c", so that each can be told from the
  /// other and the bytes be had again. It takes half of the room that is left at most: what is longer
  /// is cut between two characters, with "..." behind. key is nullptr inside an array.
  void text(const char* key, const char* value) noexcept;
  void number(const char* key, u64 value) noexcept;
  void boolean(const char* key, bool value) noexcept;
  /// A string made of a letter and a number: "M3".
  void id(const char* key, char letter, u32 number) noexcept;
  /// The same for something of a certain process of the tree.
  void id_in(const char* key, u32 process, char letter, u32 number) noexcept;
  /// A value that is JSON already.
  void raw(const char* key, const char* value, u64 size) noexcept;
  /// Ends the line. Returns its length, newline included; 0 when it did not fit.
  u64 end_line() noexcept;

  GRIDLOCK_INLINE const char* data() const noexcept { return buffer_; }
  GRIDLOCK_INLINE u64 size() const noexcept { return at_; }
  GRIDLOCK_INLINE bool overflowed() const noexcept { return overflow_; }
  /// A comma is due before what comes next, or is not.
  GRIDLOCK_INLINE void restart_list() noexcept { first_ = true; }
  /// Bytes left; what may be left out is left out when this gets small.
  GRIDLOCK_INLINE u64 room() const noexcept { return size_ - at_; }

 private:
  void put(char c) noexcept;
  void put_text(const char* text) noexcept;
  void put_escaped(const char* text) noexcept;
  void put_piece(const char* text, u32 size, bool is_plain) noexcept;
  void put_shown(u8 byte) noexcept;
  void put_unicode(u32 character) noexcept;
  void put_number(u64 value) noexcept;
  void lead(const char* key) noexcept;

  char* buffer_ = nullptr;
  u64 size_ = 0;
  u64 at_ = 0;
  u32 process_ = 0;
  bool first_ = true;
  bool overflow_ = false;
};

}  // namespace gridlock::internal
