// SPDX-License-Identifier: Apache-2.0
//
// A set of small numbers, a bit for each.
#pragma once

#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class IdSet {
 public:
  /// For numbers below `limit`. False when there is no address space.
  GRIDLOCK_INLINE bool init(u32 limit) noexcept { return words_.reserve(limit / 64 + 1); }
  GRIDLOCK_INLINE void release() noexcept { words_.release(); }
  /// Empty again.
  GRIDLOCK_INLINE void clear() noexcept { words_.clear(); }
  /// False when there is no memory.
  GRIDLOCK_INLINE bool add(u32 id) noexcept {
    const u32 at = id / 64;
    if (at >= words_.size() && (at >= words_.capacity() || !words_.resize(at + 1))) return false;
    words_[at] |= u64{1} << (id % 64);
    return true;
  }
  GRIDLOCK_INLINE bool has(u32 id) const noexcept {
    return id / 64 < words_.size() && (words_[id / 64] >> (id % 64) & 1) != 0;
  }

 private:
  Table<u64> words_;
};

}  // namespace gridlock::internal
