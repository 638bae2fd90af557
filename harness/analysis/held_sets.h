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

  /// A set that is interned soon, in any order: step 1, then step 2.
  GRIDLOCK_INLINE void prefetch(const HeldNode* held, u32 length, u32 step) const noexcept {
    const u64 hash = hash_of(held, length);
    if (step == 1) {
      index_.prefetch(hash);
    } else {
      prefetch(index_.first(hash));
    }
  }

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
  /// Of a set: how many are in it, up to 255, and a bit for each node, of 24. Where may_be_part() says no, subset() does;
  /// but that costs no look at the sets themselves.
  using Signs = u32;
  GRIDLOCK_INLINE Signs signs_of(u32 set) const noexcept {
    const View held = view(set);
    u32 nodes = 0;
    for (u32 i = 0; i < held.size(); ++i)
      nodes |= 256u << ((node_of(held[i]) * 0x9e3779b9u >> 16) % 24);
    return nodes | (held.size() < kMany ? held.size() : kMany);
  }
  GRIDLOCK_INLINE static bool may_be_part(Signs small_set, Signs large_set) noexcept {
    return ((small_set & ~large_set) >> 8) == 0 && (small_set & kMany) <= (large_set & kMany);
  }
  /// How many are in it; kMany: that, or more.
  static constexpr u32 kMany = 255;
  GRIDLOCK_INLINE static u32 count_of(Signs signs) noexcept { return signs & kMany; }
  /// Is all of small_set in large_set, as often, and no more exclusively?
  bool subset(u32 small_set, u32 large_set) const noexcept;

  /// For forgetting: first mark every set that is still referred to, then forget_unmarked(), which calls
  /// each(node) for every node in a marked set. Linear in the room.
  void mark(u32 set) noexcept;
  template <typename Each>
  GRIDLOCK_INLINE void forget_unmarked(Each each) noexcept {
    for (u32 set = 1; set < words_.size(); set += 2 + length_of(set)) {
      if ((words_[set + 1] & kFree) != 0) continue;
      if ((words_[set + 1] & kMarked) == 0) {
        free(set);
        continue;
      }
      words_[set + 1] &= ~kMarked;
      for (u32 i = 0; i < words_[set + 1]; ++i) each(node_of(words_[set + 2 + i]));
    }
  }
  u64 bytes() const noexcept;

  // For the index.
  GRIDLOCK_INLINE u32& link(u32 set) noexcept { return words_[set]; }
  u64 hash(u32 set) const noexcept;
  GRIDLOCK_INLINE void prefetch(u32 set) const noexcept { __builtin_prefetch(&words_[set]); }

 private:
  static constexpr u32 kSingle = 1u << 31;  // the one element follows
  // Beside the length, of a set that nobody refers to, and of one that is marked.
  static constexpr u32 kFree = 1u << 31;
  static constexpr u32 kMarked = 1u << 30;
  static constexpr u32 kFreeLists = 65;  // by length; longer ones share the last
  GRIDLOCK_INLINE u32 length_of(u32 set) const noexcept {
    return words_[set + 1] & ~(kFree | kMarked);
  }
  void free(u32 set) noexcept;
  u32 take_free(u32 length) noexcept;
  // A sum, so the order does not matter.
  GRIDLOCK_INLINE static u64 hash_of(const HeldNode* held, u32 length) noexcept {
    u64 hash = length;
    for (u32 i = 0; i < length; ++i) hash += mix(held[i] + 1);
    return hash;
  }
  Table<u32> words_;  // link, length, elements
  GrowingIndex index_;
  u32 free_[kFreeLists] = {};  // linked as in the index
};

}  // namespace gridlock::internal
