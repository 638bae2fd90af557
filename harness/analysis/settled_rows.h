// SPDX-License-Identifier: Apache-2.0
//
// The part of SettledRequests that is asked most, in a form that needs one line of the processor's cache
// for all that is held: a row for each thread (in its segment) and wanted lock has a bit for each held lock
// whose edge is settled, whatever else is held, from so many locks on. A cache of a cache: a row that is not
// there, or that somebody else's has replaced, is made again.
#pragma once

#include <atomic>

#include "harness/platform/base.h"

namespace gridlock::internal {

class SettledRows {
 public:
  /// So many entries of a held set (HeldNode) have a bit in a row: locks of neighbouring numbers, all held in the
  /// same way.
  static constexpr u32 kEntries = 256;

  struct alignas(64) Row {
    std::atomic<u64>
        key;  // of the thread, the lock and the block of entries; the low bits: from how many
              // held locks on it is true
    std::atomic<u64> bits[kEntries / 64];
    std::atomic<u64> asked;
  };

  GRIDLOCK_INLINE static u32 block_of(u32 entry) noexcept {
    return (entry / (2 * kEntries)) << 1 | (entry & 1);
  }
  /// Each small number of held locks has rows of its own: what is true from more of them on would push out the rest.
  GRIDLOCK_INLINE static u64 key(u64 place, u32 to, u32 block, u32 count) noexcept {
    const u64 many = u64{count < kOwnRows ? count : kOwnRows} << 28;
    u64 key = place + (u64{to} << 32 | many | block) * 0x9e3779b97f4a7c15u;
    key = (key ^ key >> 32) * 0xd6e8feb86659fd93u;
    return ((key ^ key >> 32) | kFrom) - kFrom;
  }
  /// The row, if there is one that is true of `count` held locks. May be asked at any time.
  GRIDLOCK_INLINE const Row* find(u64 key, u32 count) const noexcept {
    const Rows* const rows = rows_.load(std::memory_order_acquire);
    if (GRIDLOCK_UNLIKELY(rows == nullptr)) return nullptr;
    const u64 at = key >> 24;
    const Row* row = &rows->rows[at & rows->mask];
    u64 differs = row->key.load(std::memory_order_acquire) ^ key;
    if (differs > kFrom) {
      row = &rows->rows[(at ^ 1) & rows->mask];
      differs = row->key.load(std::memory_order_acquire) ^ key;
    }
    return differs <= count && differs < kFrom ? row : nullptr;
  }
  GRIDLOCK_INLINE static bool has(const Row& row, u32 entry) noexcept {
    return has_node(row, entry / 2);
  }
  GRIDLOCK_INLINE static bool has_node(const Row& row, u32 node) noexcept {
    const u32 bit = node % kEntries;
    return (row.bits[bit / 64].load(std::memory_order_acquire) >> (bit % 64) & 1) != 0;
  }
  GRIDLOCK_INLINE static bool is_asked(const Row& row) noexcept {
    return row.asked.load(std::memory_order_acquire) != 0;
  }
  /// To be asked after the bits: it is still the row that was found. `from`: from how many held locks on what was
  /// seen in it is true, if it was more.
  GRIDLOCK_INLINE static bool is_still(const Row& row, u64 key, u32 count, u32* from) noexcept {
    const u64 differs = row.key.load(std::memory_order_relaxed) ^ key;
    if (differs > *from) *from = static_cast<u32>(differs);
    return differs <= count && differs < kFrom;
  }

  /// From `from` held locks on (`held` are held now) the edges from these entries are settled, which lie in one block; and the
  /// request as such, if `asked`. Thread-safe; forgotten where another thread is here at the same time.
  void add(u64 key, const u32* entries, u32 count, u32 from, u32 held, bool asked) noexcept;
  void release() noexcept;
  u64 bytes() const noexcept;

 private:
  static constexpr u64 kFrom = 15;
  static constexpr u32 kOwnRows = 2;
  static constexpr u64 kFirstRows = 1u << 6;  // 4 KiB
  static constexpr u64 kMaxRows = 1u << 15;   // 2 MiB
  struct Rows {
    u64 mask;
    u64 unused[7];
    Row rows[1];  // mask + 1 of them
  };
  GRIDLOCK_INLINE static u32 bit_of(u32 entry) noexcept { return entry / 2 % kEntries; }
  Row* row_for(u64 key, u64 from, u64 count) noexcept;
  bool grow() noexcept;
  static void clear(Row& row, u64 key) noexcept;

  std::atomic<Rows*> rows_{nullptr};
  std::atomic<u32> busy_{0};
  u64 taken_ = 0;
  u64 bytes_ = 0;
};

}  // namespace gridlock::internal
