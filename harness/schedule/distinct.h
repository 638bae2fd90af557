// SPDX-License-Identifier: Apache-2.0
//
// How many different traces there were, in little memory: the smallest of their hashes are kept (Bar-Yossef and others,
// "Counting distinct elements in a data stream", RANDOM 2002). Exact while all of them are; then an estimate that is off by about
// three in a hundred. What two processes kept can be added to each other in any order.
#pragma once

#include "harness/platform/base.h"

namespace gridlock::internal::controlled {

class DistinctTraces {
 public:
  static constexpr u32 kKept = 1024;

  /// False: it was there, or is among those that only the estimate knows of.
  GRIDLOCK_INLINE bool add(u64 trace) noexcept { return add_kept(mix(trace)); }
  /// What another one kept.
  GRIDLOCK_INLINE bool add_kept(u64 hash) noexcept {
    if (count_ == kKept && hash >= kept_[kKept - 1]) return false;
    u32 low = 0;
    for (u32 high = count_; low < high;) {
      const u32 middle = low + (high - low) / 2;
      if (kept_[middle] < hash) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low < count_ && kept_[low] == hash) return false;
    if (count_ < kKept) ++count_;
    for (u32 i = count_ - 1; i > low; --i) kept_[i] = kept_[i - 1];
    kept_[low] = hash;
    return true;
  }

  GRIDLOCK_INLINE u64 count() const noexcept {
    if (count_ < kKept) return count_;
    const u64 largest = kept_[kKept - 1] >> 32;
    return largest == 0 ? count_ : (u64{kKept - 1} << 32) / largest;
  }
  GRIDLOCK_INLINE u32 kept() const noexcept { return count_; }
  GRIDLOCK_INLINE u64 kept(u32 index) const noexcept { return kept_[index]; }

 private:
  u32 count_ = 0;
  u64 kept_[kKept] = {};  // ascending
};

}  // namespace gridlock::internal::controlled
