// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/settled_rows.h"

#include "harness/platform/pages.h"

namespace gridlock::internal {

void SettledRows::release() noexcept {
  Rows* const rows = rows_.exchange(nullptr);  // those that it replaced are left
  if (rows != nullptr) release_pages(rows, sizeof(Rows) + rows->mask * sizeof(Row));
  taken_ = bytes_ = 0;
}

u64 SettledRows::bytes() const noexcept { return bytes_; }

// Whoever has found the row as it was reads its key once more after the bits.
void SettledRows::clear(Row& row, u64 key) noexcept {
  row.key.store(0, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  for (std::atomic<u64>& bits : row.bits) bits.store(0, std::memory_order_release);
  row.asked.store(0, std::memory_order_release);
  row.key.store(key, std::memory_order_release);
}

bool SettledRows::grow() noexcept {
  Rows* const old = rows_.load(std::memory_order_relaxed);
  const u64 size = old == nullptr ? kFirstRows : (old->mask + 1) * 4;
  const u64 bytes = sizeof(Rows) + (size - 1) * sizeof(Row);
  auto* const rows = static_cast<Rows*>(reserve_pages(bytes));
  if (rows == nullptr) return false;
  rows->mask = size - 1;
  taken_ = 0;
  bytes_ += bytes;
  rows_.store(rows, std::memory_order_release);  // empty: it is a cache
  return true;
}

SettledRows::Row* SettledRows::row_for(u64 key, u64 from, u64 count) noexcept {
  Rows* rows = rows_.load(std::memory_order_relaxed);
  const bool crowded = rows == nullptr || taken_ * 2 > rows->mask;
  if (crowded && (rows == nullptr || rows->mask + 1 < kMaxRows)) {
    if (!grow() && rows == nullptr) return nullptr;
    rows = rows_.load(std::memory_order_relaxed);
  }
  const u64 at = key >> 24;
  Row* const first = &rows->rows[at & rows->mask];
  Row* const second = &rows->rows[(at ^ 1) & rows->mask];
  for (Row* const row : {first, second}) {
    const u64 found = row->key.load(std::memory_order_relaxed);
    if ((found ^ key) >= kFrom) continue;
    if ((found ^ key) > count) {
      clear(*row, key | from);  // true of fewer held locks, and so of fewer edges
    } else if ((found ^ key) < from) {
      row->key.store(key | from, std::memory_order_release);
    }
    return row;
  }
  for (Row* const row : {first, second}) {
    if (row->key.load(std::memory_order_relaxed) != 0) continue;
    ++taken_;
    clear(*row, key | from);
    return row;
  }
  ++taken_;  // two rows that push each other out would do so forever
  Row* const victim = (key >> 16 & 1) != 0 ? first : second;
  clear(*victim, key | from);
  return victim;
}

void SettledRows::add(u64 key, const u32* entries, u32 count, u32 from, u32 held,
                      bool asked) noexcept {
  if (from >= kFrom || busy_.exchange(1, std::memory_order_acquire) != 0) return;
  if (Row* const row = row_for(key, from, held)) {
    for (u32 i = 0; i < count; ++i) {
      const u32 bit = bit_of(entries[i]);
      row->bits[bit / 64].fetch_or(u64{1} << (bit % 64), std::memory_order_release);
    }
    if (asked) row->asked.store(1, std::memory_order_release);
  }
  busy_.store(0, std::memory_order_release);
}

}  // namespace gridlock::internal
