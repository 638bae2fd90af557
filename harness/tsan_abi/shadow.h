// SPDX-License-Identifier: Apache-2.0
//
// Who accessed which memory, and data races: two accesses of the same bytes, one of which writes, at least
// one of which is not atomic, and neither of which happened before the other.
//
// As in FastTrack (Flanagan, Freund, "FastTrack: efficient and precise dynamic race detection", PLDI 2009) an
// access is a thread and its clock, and mostly one access is all that has to be kept: one that happened
// before a later access which covers it (the same bytes, nothing weaker) can go, since whatever would race
// with it races with the later one. Those that are left are kept all, four to each eight bytes and more where
// that is not enough, so no race of the schedule that ran is missed, and none is reported that it did not have.
#pragma once

#include "harness/tsan_abi/code_sites.h"
#include "harness/tsan_abi/engine.h"

namespace gridlock::internal::controlled {

/// kUse: a call that synchronises, by the program's own code: an atomic read of the object's first byte.
enum AccessKind : u8 { kRead = 0, kWrite = 1, kAtomic = 2, kFree = 4, kUse = 8 };

struct Access {
  u32 clock;
  u32 place;  ///< lower half of the address behind the access
  ThreadNumber thread;
  u8 mask;  ///< which of the eight bytes
  u8 kind;
};

struct Cell {
  Access accesses[4];
  u32 generation;
  u32 count;
  u32 more;    ///< index of another cell with the same bytes, 0: none
  u32 shared;  ///< mask: bytes that two threads have used, one of them writing
};

struct ShadowPage {
  u64 page;  ///< number of the page of memory, plus one; 0: the slot is free
  Cell* cells;
};
inline constexpr u32 kShadowPages = 1 << 18;
extern ShadowPage* g_shadow;

/// Called with the places of both accesses instead of ending the execution; nullptr: a race ends it.
extern void (*g_on_race)(uptr place, uptr other) noexcept;

Cell* new_shadow_page(u64 page) noexcept;
void note_slowly(Cell* cell, uptr address, u32 mask, u32 kind, uptr place) noexcept;

/// Does the first say all that the second does?
GRIDLOCK_INLINE bool covers(u32 kind, u32 other) noexcept {
  if (((kind ^ other) & kFree) != 0) return false;
  return (kind & kWrite) >= (other & kWrite) && (kind & kAtomic) <= (other & kAtomic);
}

/// nullptr: there is no memory for it.
GRIDLOCK_INLINE Cell* cell_of(uptr address) noexcept {
  const u64 page = (address >> 12) + 1;
  u64 at = (page * 0x9e3779b97f4a7c15u) >> 46;
  for (;; ++at) {
    const ShadowPage& slot = g_shadow[at % kShadowPages];
    if (GRIDLOCK_LIKELY(slot.page == page)) return &slot.cells[address >> 3 & 511];
    if (slot.page == 0) break;
  }
  Cell* const cells = new_shadow_page(page);
  return cells == nullptr ? nullptr : &cells[address >> 3 & 511];
}

/// An access of bytes within one eight-byte word. Reports a race, which ends the execution.
GRIDLOCK_INLINE void note_word(uptr address, u32 size, u32 kind, uptr place) noexcept {
  Cell* const cell = cell_of(address);
  if (GRIDLOCK_UNLIKELY(cell == nullptr)) return;
  const u32 mask = ((1u << size) - 1) << (address & 7);
  const Fiber& self = *g_engine.current;
  const Access& last = cell->accesses[0];
  if (cell->generation == g_engine.generation && cell->count != 0 && last.thread == self.number &&
      last.clock == self.clock.entries[self.number] && (mask & ~u32{last.mask}) == 0 &&
      covers(last.kind, kind)) {
    if (GRIDLOCK_UNLIKELY((cell->shared & mask) != 0)) learn(place);
    return;
  }
  note_slowly(cell, address, mask, kind, place);
}

/// A synchronisation object is used: it must not be destroyed or freed meanwhile. Only by code that is seen: what orders the
/// steps of other code may not be.
GRIDLOCK_INLINE void note_use(const void* object, uptr site, u32 kind = kRead | kAtomic) noexcept {
  if (!g_engine.limits.races || site - g_program_begin >= g_program_size) return;
  note_word(reinterpret_cast<uptr>(object), 1, kind | kUse, site);
}
GRIDLOCK_INLINE void note_destroyed(const void* object, uptr site) noexcept {
  note_use(object, site, kWrite);
}

/// Any range.
void note_range(uptr address, u64 size, u32 kind, uptr place) noexcept;
/// The memory is new: what was there before has nothing to do with it.
void forget_range(uptr address, u64 size) noexcept;
/// Memory for the table. Until then nothing may be noted.
bool make_shadow() noexcept;

}  // namespace gridlock::internal::controlled
