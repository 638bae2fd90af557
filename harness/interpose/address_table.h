// SPDX-License-Identifier: Apache-2.0
//
// The identity of an object that has no byte left for one: a table by its address. It is read without a lock, and an address that
// is in it stays.
#pragma once

#include <atomic>

#include "harness/platform/pages.h"

namespace gridlock::internal {

/// An Entry has `std::atomic<uptr> address`; all else in it is zero at first.
template <typename Entry, u32 Capacity>
class AddressTable {
 public:
  /// nullptr: it is not there. `adds`: then it is put in; nullptr: there is no room.
  Entry* find(const void* object, bool adds) noexcept {
    Entry* const entries = adds ? table() : entries_.load(std::memory_order_acquire);
    if (entries == nullptr) return nullptr;
    const auto address = reinterpret_cast<uptr>(object);
    u64 at = mix(address);
    for (u32 probe = 0; probe < kProbes; ++probe, ++at) {
      Entry& entry = entries[at % Capacity];
      uptr seen = entry.address.load(std::memory_order_acquire);
      if (seen == address) return &entry;
      if (seen != 0) continue;
      if (!adds) return nullptr;
      if (entry.address.compare_exchange_strong(seen, address) || seen == address) return &entry;
    }
    return nullptr;
  }

  /// Nothing was ever put in. A relaxed load.
  GRIDLOCK_INLINE bool empty() const noexcept {
    return entries_.load(std::memory_order_relaxed) == nullptr;
  }

  /// Does that lie in one of its entries?
  bool contains(const void* word) const noexcept {
    const auto first = reinterpret_cast<uptr>(entries_.load(std::memory_order_acquire));
    const auto at = reinterpret_cast<uptr>(word);
    return first != 0 && at >= first && at < first + kBytes;
  }

  /// For all that are in it.
  template <typename Visit>
  void each(Visit visit) noexcept {
    Entry* const entries = entries_.load(std::memory_order_acquire);
    for (u32 i = 0; entries != nullptr && i < Capacity; ++i)
      if (entries[i].address.load(std::memory_order_acquire) != 0) visit(entries[i]);
  }

 private:
  static constexpr u32 kProbes = 32;
  static constexpr u64 kBytes = u64{Capacity} * sizeof(Entry);

  Entry* table() noexcept {
    Entry* entries = entries_.load(std::memory_order_acquire);
    if (entries != nullptr) return entries;
    auto* const fresh = static_cast<Entry*>(reserve_pages(kBytes));
    if (fresh == nullptr || entries_.compare_exchange_strong(entries, fresh)) return fresh;
    release_pages(fresh, kBytes);
    return entries;
  }

  std::atomic<Entry*> entries_{nullptr};
};

}  // namespace gridlock::internal
