// SPDX-License-Identifier: Apache-2.0
//
// Which threads have asked for which locks, so that once more would be no news to those who wait for them:
// SettledRequests has that in full; this is the part that is asked most, eight bytes for a thread, a lock and a
// number of held locks. A cache: what is not there is looked up.
#pragma once

#include <atomic>

#include "harness/platform/base.h"

namespace gridlock::internal {

class SettledKeys {
 public:
  GRIDLOCK_INLINE static u64 key(u64 place, u32 to, u32 count) noexcept {
    const u64 many = count < kOwnKeys ? count : kOwnKeys;
    u64 key = place + (u64{to} << 32 | many) * 0x9e3779b97f4a7c15u;
    key = (key ^ key >> 32) * 0xd6e8feb86659fd93u;
    return ((key ^ key >> 32) | kFrom) - kFrom;
  }
  /// Is it true of `count` held locks? `from`: from how many on, if it was more. May be asked at any time.
  GRIDLOCK_INLINE bool has(u64 key, u32 count, u32* from) const noexcept {
    const Keys* const keys = keys_.load(std::memory_order_acquire);
    if (GRIDLOCK_UNLIKELY(keys == nullptr)) return false;
    const u64 at = key >> 24;
    u64 differs = keys->keys[at & keys->mask].load(std::memory_order_acquire) ^ key;
    if (differs >= kFrom)
      differs = keys->keys[(at ^ 1) & keys->mask].load(std::memory_order_acquire) ^ key;
    if (differs > count || differs >= kFrom) return false;
    if (differs > *from) *from = static_cast<u32>(differs);
    return true;
  }
  /// It is, of `from` or more. Thread-safe; forgotten where another thread is here at the same time.
  void add(u64 key, u32 from) noexcept;
  void release() noexcept;
  u64 bytes() const noexcept;

 private:
  static constexpr u64 kFrom = 15;
  static constexpr u32 kOwnKeys = 2;
  static constexpr u64 kFirstKeys = 1u << 9;  // 4 KiB
  static constexpr u64 kMaxKeys = 1u << 17;   // 1 MiB
  struct Keys {
    u64 mask;
    u64 unused;
    std::atomic<u64> keys[1];  // mask + 1 of them
  };
  bool grow() noexcept;

  std::atomic<Keys*> keys_{nullptr};
  std::atomic<u32> busy_{0};
  u64 taken_ = 0;
  u64 bytes_ = 0;
};

}  // namespace gridlock::internal
