// SPDX-License-Identifier: Apache-2.0
//
// A hash index that never stops to grow: Litwin, "Linear hashing: a new tool for file and table
// addressing" (1980). With n buckets, buckets are split one by one in their order, so that the
// table follows its entries at one bucket an insertion; nothing is ever rehashed as a whole, which
// for ten million entries would be a pause of half a second. The entries are chained through a word
// of their own, and keys are compared where they lie, so an entry costs 8 bytes.
#pragma once

#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

/// `Entries` has  u32& link(u32 entry),  u64 hash(u32 entry)  and  void prefetch(u32 entry). Entry 0 is none.
class GrowingIndex {
 public:
  /// False when there is no address space.
  GRIDLOCK_INLINE bool init(u32 most_entries) noexcept {
    if (!heads_.reserve(most_entries < kFirst ? kFirst : most_entries)) return false;
    heads_.resize(kFirst);
    base_ = kFirst;
    return true;
  }
  GRIDLOCK_INLINE void release() noexcept { heads_.release(); }
  /// The first entry that may be the one with this hash; go on along link().
  GRIDLOCK_INLINE u32 first(u64 hash) const noexcept { return heads_[bucket(hash)]; }
  /// Of what is looked up soon: the heads of all, then their entries, while the processor does something else.
  GRIDLOCK_INLINE void prefetch(u64 hash) const noexcept {
    __builtin_prefetch(&heads_[bucket(hash)]);
  }
  /// Constant time, and never more than the walk along one bucket.
  template <typename Entries>
  GRIDLOCK_INLINE void insert(u32 entry, u64 hash, Entries& entries) noexcept {
    u32& head = heads_[bucket(hash)];
    entries.link(entry) = head;
    head = entry;
    if (++entries_ > heads_.size() && !heads_.full()) split(entries);
  }
  /// Takes out an entry that is there.
  template <typename Entries>
  GRIDLOCK_INLINE void erase(u32 entry, u64 hash, Entries& entries) noexcept {
    u32* link = &heads_[bucket(hash)];
    while (*link != entry) link = &entries.link(*link);
    *link = entries.link(entry);
    --entries_;
  }
  GRIDLOCK_INLINE u64 bytes() const noexcept { return u64{heads_.size()} * sizeof(u32); }

 private:
  static constexpr u32 kFirst = 1024;
  static constexpr u32 kAhead = 4;  // splits

  GRIDLOCK_INLINE u32 bucket(u64 hash) const noexcept {
    const u32 at = static_cast<u32>(hash) & (base_ * 2 - 1);
    return at < heads_.size() ? at : at - base_;
  }
  template <typename Entries>
  GRIDLOCK_INLINE void split(Entries& entries) noexcept {
    const u32 source = heads_.size() - base_;
    const u32 added = heads_.add();
    u32 entry = heads_[source];
    heads_[source] = 0;
    while (entry != 0) {
      const u32 next = entries.link(entry);
      u32& head = heads_[bucket(entries.hash(entry))];
      entries.link(entry) = head;
      head = entry;
      entry = next;
    }
    if (added + 1 == base_ * 2) base_ *= 2;
    // What the next ones look at: the first of a bucket, and once that is there the second.
    const u32 next = heads_.size() - base_;
    entries.prefetch(heads_[next + kAhead < base_ ? next + kAhead : next]);
    if (heads_[next + 1] != 0) entries.prefetch(entries.link(heads_[next + 1]));
  }

  Table<u32> heads_;
  u32 base_ = 0;  // the power of two below the number of buckets
  u32 entries_ = 0;
};

}  // namespace gridlock::internal
