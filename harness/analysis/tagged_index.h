// SPDX-License-Identifier: Apache-2.0
//
// A hash index that never stops to grow, as GrowingIndex (linear hashing), for entries that are far more than the
// processor's cache has room for. A bucket is one line of the cache: seven entries and half of the hash of each. So to
// find that there is no such entry is one look into memory, and a bucket is split without a look at the entries.
#pragma once

#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

/// Entry 0 is none. About 15 bytes an entry.
class TaggedIndex {
 public:
  /// False when there is no address space.
  GRIDLOCK_INLINE bool init(u32 most_entries) noexcept {
    const u32 most = most_entries / kLoad + kFirst;
    if (!buckets_.reserve(most) || !further_.reserve(most)) return false;
    buckets_.resize(kFirst);
    further_.add();  // 0 is "none"
    base_ = kFirst;
    return true;
  }
  GRIDLOCK_INLINE void release() noexcept {
    buckets_.release();
    further_.release();
    entries_ = free_ = 0;
  }
  /// There may be no room for one more. To be asked before insert(), which finds the memory there then.
  GRIDLOCK_INLINE bool full() const noexcept { return free_ == 0 && further_.full(); }
  /// The entry with this hash for which is(entry) says so; 0: none.
  template <typename Is>
  GRIDLOCK_INLINE u32 find(u64 hash, Is is) const noexcept {
    const u32 tag = static_cast<u32>(hash);
    const Bucket* bucket = &buckets_[place(tag)];
    for (;;) {
      for (u32 i = 0; i < kSlots && bucket->entries[i] != 0; ++i) {
        if (bucket->tags[i] == tag && is(bucket->entries[i])) return bucket->entries[i];
      }
      if (bucket->more == 0) return 0;
      bucket = &further_[bucket->more];
    }
  }
  /// Of what is looked up or inserted soon.
  GRIDLOCK_INLINE void prefetch(u64 hash) const noexcept {
    __builtin_prefetch(&buckets_[place(static_cast<u32>(hash))]);
  }
  /// Constant time, and never more than the walk along one bucket.
  GRIDLOCK_INLINE void insert(u32 entry, u64 hash) noexcept {
    append(place(static_cast<u32>(hash)), entry, static_cast<u32>(hash));
    if (++entries_ > u64{buckets_.size()} * kLoad && !buckets_.full()) split();
  }
  /// Takes out an entry that is there. The last one of its bucket comes into its place.
  GRIDLOCK_INLINE void erase(u32 entry, u64 hash) noexcept {
    Bucket* at = &buckets_[place(static_cast<u32>(hash))];
    u32 slot = 0;
    while (at->entries[slot] != entry) {
      if (++slot < kSlots) continue;
      slot = 0;
      at = &further_[at->more];
    }
    Bucket* before = nullptr;
    Bucket* last = at;
    for (; last->more != 0; last = &further_[last->more]) before = last;
    // `at` may be the last one itself: then who leads to it is looked for from the first.
    if (before == nullptr) before = leads_to(last, place(static_cast<u32>(hash)));
    const u32 end = count(*last) - 1;
    at->tags[slot] = last->tags[end];
    at->entries[slot] = last->entries[end];
    last->entries[end] = 0;
    if (end == 0 && before != nullptr) drop_behind(*before);
    --entries_;
  }
  GRIDLOCK_INLINE u64 bytes() const noexcept {
    return (u64{buckets_.size()} + further_.size()) * sizeof(Bucket);
  }

 private:
  static constexpr u32 kSlots = 7;
  static constexpr u32 kLoad = 5;  // entries for each bucket, in the mean
  static constexpr u32 kFirst = 64;
  struct alignas(64) Bucket {
    u32 tags[kSlots];
    u32 more;             // in further_; only if all slots are taken
    u32 entries[kSlots];  // from the front
    u32 unused;
  };
  static_assert(sizeof(Bucket) == 64);

  GRIDLOCK_INLINE u32 place(u32 tag) const noexcept {
    const u32 at = tag & (base_ * 2 - 1);
    return at < buckets_.size() ? at : at - base_;
  }
  GRIDLOCK_INLINE static u32 count(const Bucket& bucket) noexcept {
    u32 count = 0;
    while (count < kSlots && bucket.entries[count] != 0) ++count;
    return count;
  }
  GRIDLOCK_INLINE Bucket* leads_to(const Bucket* wanted, u32 first) noexcept {
    Bucket* at = &buckets_[first];
    if (at == wanted) return nullptr;
    while (&further_[at->more] != wanted) at = &further_[at->more];
    return at;
  }
  // What stands behind it is empty.
  GRIDLOCK_INLINE void drop_behind(Bucket& bucket) noexcept {
    const u32 empty = bucket.more;
    bucket.more = 0;
    further_[empty].more = free_;
    free_ = empty;
  }
  GRIDLOCK_INLINE void append(u32 first, u32 entry, u32 tag) noexcept {
    Bucket* at = &buckets_[first];
    while (at->more != 0) at = &further_[at->more];
    u32 slot = count(*at);
    if (slot == kSlots) {
      const u32 added = free_ != 0 ? free_ : further_.add();
      if (free_ != 0) free_ = further_[added].more;
      further_[added].more = 0;
      at->more = added;
      at = &further_[added];
      slot = 0;
    }
    at->tags[slot] = tag;
    at->entries[slot] = entry;
  }
  // Those that go to the new bucket are appended there, the others move up. It waits where there is no room for the former.
  GRIDLOCK_INLINE void split() noexcept {
    const u32 source = buckets_.size() - base_;
    u32 chained = 0;
    for (u32 at = buckets_[source].more; at != 0; at = further_[at].more) ++chained;
    if (further_.full(chained + 1)) return;
    const u32 added = buckets_.add();
    Bucket* to = &buckets_[source];
    u32 kept = 0;
    for (Bucket* from = to;; from = &further_[from->more]) {
      for (u32 i = 0; i < kSlots && from->entries[i] != 0; ++i) {
        const u32 entry = from->entries[i];
        const u32 tag = from->tags[i];
        from->entries[i] = 0;
        if ((tag & (base_ * 2 - 1)) == added) {
          append(added, entry, tag);
          continue;
        }
        if (kept == kSlots) {
          to = &further_[to->more];
          kept = 0;
        }
        to->tags[kept] = tag;
        to->entries[kept++] = entry;
      }
      if (from->more == 0) break;
    }
    cut_behind(*to);
    if (added + 1 == base_ * 2) base_ *= 2;
    const u32 next = buckets_.size() - base_;
    __builtin_prefetch(&buckets_[next]);
    if (buckets_[next].more != 0) __builtin_prefetch(&further_[buckets_[next].more]);
  }
  GRIDLOCK_INLINE void cut_behind(Bucket& last) noexcept {
    u32 at = last.more;
    last.more = 0;
    while (at != 0) {
      const u32 next = further_[at].more;
      further_[at].more = free_;
      free_ = at;
      at = next;
    }
  }

  Table<Bucket> buckets_;
  Table<Bucket> further_;
  u32 base_ = 0;  // the power of two below the number of buckets
  u32 free_ = 0;  // of further_, along more
  u64 entries_ = 0;
};

}  // namespace gridlock::internal
