// SPDX-License-Identifier: Apache-2.0
//
// What one thread has found settled in the rows that all threads share (SettledRows), in a form that needs no
// arithmetic to be found and one line of the processor's cache: where nearly each nest is a way of nesting that
// was not met before, this is asked at each of its locks. A row is of one wanted lock; its bits are of held ones,
// 64 neighbours a word, and each word says which neighbours they are.
//
// A cache of a cache, of one thread: what it said before anything was forgotten, or in another segment, has
// another stamp and is found no more.
#pragma once

#include "harness/analysis/lock_order_types.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class OwnGlances {
 public:
  /// A row is true of what was known when its stamp was that: RequestNews::stamp_of().
  struct alignas(64) Row {
    u64 stamp;
    u32 wanted;  // as in the keys of the shared rows
    u32 from;    // true of so many held locks, or more
    u32 neighbours[4];
    u64 bits[4];
  };
  static constexpr u32 kRows = 128;

  /// Of an entry as RequestNews is told of it: the node, and the bits that say how it is held.
  GRIDLOCK_INLINE static u32 neighbours_of(u64 entry) noexcept {
    return static_cast<u32>(entry) >> 6 | static_cast<u32>(entry >> 61) << 29;
  }
  /// Are the edges from all of these entries settled, and the request as such? By the thread that it belongs to.
  template <typename Entry>
  GRIDLOCK_INLINE bool has(u64 stamp, u32 wanted, u32 count, Entry entry) const noexcept {
    const Row& row = row_of(wanted, count);
    if (row.stamp != stamp || row.wanted != wanted || row.from > count) return false;
    u64 lacking = 0;
    u32 i = 0;
    do {
      const u64 held = entry(i);
      const u32 word = static_cast<u32>(held) >> 6 & 3;
      lacking |= row.neighbours[word] ^ neighbours_of(held);
      lacking |= ~(row.bits[word] >> (held & 63)) & 1;
    } while (++i < count);
    return lacking == 0;
  }
  /// They are, of `from` locks or more; `count` are held now, no fewer.
  template <typename Entry>
  GRIDLOCK_INLINE void add(u64 stamp, u32 wanted, u32 count, u32 from, Entry entry) noexcept {
    Row& row = row_of(wanted, count);
    if (row.stamp != stamp || row.wanted != wanted || row.from > count)
      row = {stamp, wanted, from, {}, {}};
    if (row.from < from) row.from = from;
    for (u32 i = 0; i < count; ++i) {
      const u64 held = entry(i);
      const u32 word = static_cast<u32>(held) >> 6 & 3;
      if (row.neighbours[word] != neighbours_of(held)) row.bits[word] = 0;
      row.neighbours[word] = neighbours_of(held);
      row.bits[word] |= u64{1} << (held & 63);
    }
  }
  /// nullptr: there is no memory.
  GRIDLOCK_INLINE static OwnGlances* make() noexcept {
    return static_cast<OwnGlances*>(reserve_pages(sizeof(OwnGlances)));
  }

 private:
  // What is true from two held locks on would push out what is true of one.
  GRIDLOCK_INLINE const Row& row_of(u32 wanted, u32 count) const noexcept {
    return rows_[count > 1 ? 1 : 0][wanted / 4 % kRows];
  }
  GRIDLOCK_INLINE Row& row_of(u32 wanted, u32 count) noexcept {
    return rows_[count > 1 ? 1 : 0][wanted / 4 % kRows];
  }
  Row rows_[2][kRows];
};

}  // namespace gridlock::internal
