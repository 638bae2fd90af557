// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/settled_keys.h"

#include "harness/platform/pages.h"

namespace gridlock::internal {

void SettledKeys::release() noexcept {
  Keys* const keys = keys_.exchange(nullptr);  // those that it replaced are left
  if (keys != nullptr) release_pages(keys, sizeof(Keys) + keys->mask * sizeof(u64));
  taken_ = bytes_ = 0;
}

u64 SettledKeys::bytes() const noexcept { return bytes_; }

bool SettledKeys::grow() noexcept {
  const Keys* const old = keys_.load(std::memory_order_relaxed);
  const u64 size = old == nullptr ? kFirstKeys : (old->mask + 1) * 4;
  const u64 bytes = sizeof(Keys) + (size - 1) * sizeof(u64);
  auto* const keys = static_cast<Keys*>(reserve_pages(bytes));
  if (keys == nullptr) return false;
  keys->mask = size - 1;
  taken_ = 0;
  bytes_ += bytes;
  keys_.store(keys, std::memory_order_release);  // empty: it is a cache
  return true;
}

void SettledKeys::add(u64 key, u32 from) noexcept {
  if (from >= kFrom || busy_.exchange(1, std::memory_order_acquire) != 0) return;
  const Keys* const old = keys_.load(std::memory_order_relaxed);
  if (old == nullptr || (taken_ * 2 > old->mask && old->mask + 1 < kMaxKeys)) grow();
  if (Keys* const keys = keys_.load(std::memory_order_relaxed)) {
    const u64 at = key >> 24;
    std::atomic<u64>& first = keys->keys[at & keys->mask];
    std::atomic<u64>& second = keys->keys[(at ^ 1) & keys->mask];
    std::atomic<u64>* place = (key >> 16 & 1) != 0 ? &first : &second;
    bool there = false;
    for (std::atomic<u64>* const each : {&first, &second}) {
      const u64 found = each->load(std::memory_order_relaxed);
      if (!there && found == 0) place = each;
      if ((found ^ key) >= kFrom) continue;
      place = each;
      there = true;
    }
    if (!there) ++taken_;  // two that push each other out would do so forever
    place->store(key | from, std::memory_order_release);
  }
  busy_.store(0, std::memory_order_release);
}

}  // namespace gridlock::internal
