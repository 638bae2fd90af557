// SPDX-License-Identifier: Apache-2.0
//
// Sets of held locks as small numbers, so that a context of an edge needs four bytes for one.
#pragma once

#include "harness/analysis/growing_index.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class HeldSets {
 public:
  /// Room for `words` of four bytes: two for a set and one for each of its elements. False when
  /// there is no address space.
  bool init(u32 words) noexcept;
  void release() noexcept;
  /// A list that ascends by node, a node twice only for several permits; the same list gives the same number, which is not
  /// 0. 0 when full. A set of one costs nothing. Linear in the length.
  u32 intern(const HeldNode* sorted, u32 length) noexcept;

  /// What a set holds; 0 holds nothing.
  class View {
   public:
    GRIDLOCK_INLINE u32 size() const noexcept { return size_; }
    GRIDLOCK_INLINE HeldNode operator[](u32 i) const noexcept {
      return first_ == nullptr ? single_ : first_[i];
    }

   private:
    friend class HeldSets;
    const HeldNode* first_ = nullptr;
    HeldNode single_ = 0;
    u32 size_ = 0;
  };
  GRIDLOCK_INLINE View view(u32 set) const noexcept {
    View view;
    if (set >= kSingle) {
      view.single_ = set - kSingle;
      view.size_ = 1;
    } else if (set != 0) {
      view.size_ = words_[set + 1];
      view.first_ = &words_[set + 2];
    }
    return view;
  }
  /// Is all of small_set in large_set, as often, and no more exclusively?
  bool subset(u32 small_set, u32 large_set) const noexcept;
  u64 bytes() const noexcept;

  // For the index.
  GRIDLOCK_INLINE u32& link(u32 set) noexcept { return words_[set]; }
  u64 hash(u32 set) const noexcept;

 private:
  static constexpr u32 kSingle = 1u << 31;  // the one element follows
  static u64 hash_of(const HeldNode* sorted, u32 length) noexcept;
  Table<u32> words_;  // link, length, elements
  GrowingIndex index_;
};

}  // namespace gridlock::internal
