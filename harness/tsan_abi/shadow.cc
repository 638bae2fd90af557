// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/shadow.h"

#include "harness/tsan_abi/facts.h"
#include "harness/tsan_abi/own_pages.h"

namespace gridlock::internal::controlled {
namespace {

constexpr u32 kCellsOfAPage = 512;
constexpr u32 kMoreCells = 1 << 20;

char* g_chunk = nullptr;  // shadow of pages to come
u64 g_chunk_left = 0;
u32 g_page_count = 0;
Cell* g_more = nullptr;  // what does not fit into a cell; its first is not used
u32 g_more_count = 0;
u32 g_more_generation = 0;

const char* name_of(u32 kind) noexcept {
  if ((kind & kFree) != 0) return "frees";
  if ((kind & kAtomic) != 0) return (kind & kWrite) != 0 ? "atomically writes" : "atomically reads";
  return (kind & kWrite) != 0 ? "writes" : "reads";
}

u32 bytes_of(u32 mask) noexcept { return static_cast<u32>(__builtin_popcount(mask)); }

/// "reads 4 bytes"
Text& describe(Text& text, u32 kind, u32 mask) noexcept {
  if ((kind & kUse) != 0) {
    return text.text((kind & kWrite) != 0 ? "destroys" : "uses").text(" a synchronisation object");
  }
  return text.text(name_of(kind)).text(" ").number(bytes_of(mask)).text(" bytes");
}

[[noreturn]] GRIDLOCK_NOINLINE void report_race(uptr address, u32 mask, u32 kind, uptr place,
                                                const Access& other) noexcept {
  const u32 common = mask & other.mask;
  Text text = failing();
  text.text("  ").thread(g_engine.current->number).text(" ");
  describe(text, kind, mask).text(" at ").site(place).text("\n  ").thread(other.thread).text(" ");
  describe(text, other.kind, other.mask)
      .text(" at ")
      .site(whole_address(other.place))
      .text("\n  nothing orders one before the other; the memory they share is at ")
      .hex((address & ~uptr{7}) + static_cast<u32>(__builtin_ctz(common)))
      .text("\n");
  const uptr whole = (address & ~uptr{7}) + static_cast<u32>(__builtin_ctz(common));
  Facts& facts = *g_engine.shared->facts;
  facts.accesses[0] = {g_engine.current->number, kind, bytes_of(mask), whole, place};
  facts.accesses[1] = {other.thread, other.kind, bytes_of(other.mask), whole,
                       whole_address(other.place)};
  facts.access_count = 2;
  fail(Failure::kDataRace);
}

Cell* add_more(Cell* cell) noexcept {
  if (g_more == nullptr) g_more = static_cast<Cell*>(own_pages(u64{kMoreCells} * sizeof(Cell)));
  if (g_more == nullptr) return nullptr;
  if (g_more_generation != g_engine.generation) {
    g_more_generation = g_engine.generation;
    g_more_count = 1;
  }
  if (g_more_count == kMoreCells) return nullptr;
  Cell* const more = &g_more[g_more_count];
  more->count = more->more = 0;
  cell->more = g_more_count++;
  return more;
}

}  // namespace

void (*g_on_race)(uptr place, uptr other) noexcept = nullptr;

ShadowPage* g_shadow = nullptr;

bool make_shadow() noexcept {
  if (g_shadow == nullptr) {
    g_shadow = static_cast<ShadowPage*>(own_pages(u64{kShadowPages} * sizeof(ShadowPage)));
  }
  return g_shadow != nullptr;
}

Cell* new_shadow_page(u64 page) noexcept {
  constexpr u64 kSize = kCellsOfAPage * sizeof(Cell);
  if (g_page_count == kShadowPages / 2) return nullptr;
  if (g_chunk_left < kSize) {
    constexpr u64 kChunk = 64 * kSize;
    g_chunk = static_cast<char*>(own_pages(kChunk));
    if (g_chunk == nullptr) return nullptr;
    g_chunk_left = kChunk;
  }
  auto* const cells = reinterpret_cast<Cell*>(g_chunk);
  g_chunk += kSize;
  g_chunk_left -= kSize;
  ++g_page_count;
  u64 at = (page * 0x9e3779b97f4a7c15u) >> 46;
  while (g_shadow[at % kShadowPages].page != 0) ++at;
  g_shadow[at % kShadowPages] = {page, cells};
  return cells;
}

void note_slowly(Cell* cell, uptr address, u32 mask, u32 kind, uptr place) noexcept {
  const Fiber& self = *g_engine.current;
  const Access access{self.clock.entries[self.number], static_cast<u32>(place), self.number,
                      static_cast<u8>(mask), static_cast<u8>(kind)};
  if (cell->generation != g_engine.generation) {
    cell->generation = g_engine.generation;
    cell->count = 1;
    cell->more = 0;
    cell->shared = 0;
    cell->accesses[0] = access;
    return;
  }
  if ((cell->shared & mask) != 0) learn(place);
  Cell* room = nullptr;
  for (Cell* part = cell;; part = &g_more[part->more]) {
    for (u32 i = 0; i < part->count;) {
      Access& other = part->accesses[i];
      const bool ordered =
          other.thread == self.number || other.clock <= self.clock.of(other.thread);
      if (other.thread != self.number && (other.mask & mask) != 0 &&
          ((other.kind | kind) & kWrite) != 0 && (other.kind & kind & kAtomic) == 0) {
        learn(place);
        learn(whole_address(other.place));
        cell->shared |= other.mask & mask;
        if (!ordered && g_engine.limits.races) {
          if (g_on_race == nullptr) report_race(address, mask, kind, place, other);
          g_on_race(place, whole_address(other.place));
        }
      }
      if (ordered && (other.mask & ~mask) == 0 && covers(kind, other.kind)) {
        other = part->accesses[--part->count];
      } else {
        ++i;
      }
    }
    if (part->count < 4 && room == nullptr) room = part;
    if (part->more == 0) {
      if (room == nullptr) room = add_more(part);
      break;
    }
  }
  if (room == nullptr) return;
  // The latest access comes first in the first cell, where it is found again at once.
  room->accesses[room->count++] = cell->accesses[0];
  cell->accesses[0] = access;
}

void note_range(uptr address, u64 size, u32 kind, uptr place) noexcept {
  const uptr end = address + size;
  while (address < end) {
    const uptr word_end = (address | 7) + 1;
    const u32 part = static_cast<u32>((end < word_end ? end : word_end) - address);
    note_word(address, part, kind, place);
    address += part;
  }
}

void forget_range(uptr address, u64 size) noexcept {
  if (g_shadow == nullptr || g_page_count == 0 || size == 0) return;
  const uptr end = address + size;
  for (uptr at = address & ~uptr{7}; at < end;) {
    const u64 page = (at >> 12) + 1;
    const uptr page_end = page << 12;
    const uptr stop = end < page_end ? end : page_end;
    u64 slot = (page * 0x9e3779b97f4a7c15u) >> 46;
    while (g_shadow[slot % kShadowPages].page != page && g_shadow[slot % kShadowPages].page != 0) {
      ++slot;
    }
    Cell* const cells = g_shadow[slot % kShadowPages].cells;
    for (; at < stop; at += 8) {
      if (cells != nullptr) cells[at >> 3 & 511].generation = 0;
    }
  }
}

}  // namespace gridlock::internal::controlled
