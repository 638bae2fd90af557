// SPDX-License-Identifier: Apache-2.0
//
// Which requests cannot change a verdict, because one that takes part in all the same cycles is known
// (docs/design/graph.md, "What another context is worth"). Asked at each way of nesting that was not met
// before, without a lock; told by whoever holds the graph's mutex, after it has looked into the graph.
//
// It is a cache of what the graph says: what it has forgotten, or never had room for, is looked up there
// once more. An entry is a request as the filters see it but for what else is held (thread, segment, the
// held lock and the wanted one, how), and says of which held sets all is known:
//   - of those with at least so many locks, or
//   - of those that contain one of a few listed sets.
#pragma once

#include <atomic>

#include "harness/analysis/lock_order_types.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

class SettledRequests {
 public:
  /// What an entry says of a held set.
  enum class Says : u8 {
    kNothing,  ///< there is no entry
    kNew,      ///< there is one, and it does not cover this set
    kSettled,  ///< nothing can come of it
  };
  static constexpr u32 kListed = ~0u;
  /// More locks are not listed.
  static constexpr u32 kMaxListed = 16;

  /// False when there is no memory.
  bool init() noexcept;
  void release() noexcept;

  /// The part of a key that all requests of a thread in a segment share.
  GRIDLOCK_INLINE static u64 place(u32 thread, SegmentId segment, u32 more) noexcept {
    return mix((u64{thread} << 32 | segment) + u64{more} * 0x9e3779b97f4a7c15u);
  }
  /// The same for all threads; until forget_any() or forget_from().
  GRIDLOCK_INLINE u64 any_place() const noexcept {
    return any_place_.load(std::memory_order_acquire);
  }
  GRIDLOCK_INLINE static u64 key(u64 place, u32 from, u32 to) noexcept {
    u64 key = (u64{from} << 32 | to) * 0x9e3779b97f4a7c15u;
    key = ((key ^ key >> 32) + place) * 0xd6e8feb86659fd93u;
    return (key ^ key >> 32) | 1;
  }

  /// `held` in any order. `from` becomes the number of held locks from which on it is settled, whichever they
  /// are; kListed: it is because of which they are. May be asked at any time.
  GRIDLOCK_INLINE Says says(u64 key, const HeldNode* held, u32 count, u32* from) const noexcept {
    *from = kListed;
    const Slots* const slots = slots_.load(std::memory_order_acquire);
    if (GRIDLOCK_UNLIKELY(slots == nullptr)) return Says::kNothing;
    for (u64 i = key >> 32, probes = 0; probes < kProbes; ++i, ++probes) {
      const Slot& slot = slots->slots[i & slots->mask];
      const u64 found = slot.key.load(std::memory_order_acquire);
      if (found == 0) return Says::kNothing;
      if (found != key) continue;
      const u64 facts = slot.facts.load(std::memory_order_acquire);
      const bool valid = slot.key.load(std::memory_order_relaxed) == key;
      if (GRIDLOCK_LIKELY(valid && count + 1 >= from_count(facts) && stands(facts))) {
        *from = from_count(facts) - 1;
        return Says::kSettled;
      }
      return valid && list_of(facts) != 0 && lists_part_of(facts, held, count) ? Says::kSettled
                                                                               : Says::kNew;
    }
    return Says::kNothing;
  }

  /// Of what is asked for soon.
  GRIDLOCK_INLINE void prefetch(u64 key) const noexcept {
    const Slots* const slots = slots_.load(std::memory_order_acquire);
    if (GRIDLOCK_LIKELY(slots != nullptr))
      __builtin_prefetch(&slots->slots[key >> 32 & slots->mask]);
  }

  // --- with the graph's mutex held ---------------------------------------------------------------

  /// Nothing can come of a set that contains this one (sorted or not). After `most` of them (0: any number)
  /// all sets that are no smaller are settled, too.
  void settle_with(u64 key, const HeldNode* held, u32 count, u32 most) noexcept;
  /// Nothing can come of sets of so many locks or more, until forget_from(): the edge has all the contexts
  /// that it keeps. The entry says so only after `tries` such calls.
  void settle_from(u64 key, u32 count, u32 tries) noexcept;
  void forget_from() noexcept;
  void forget_any() noexcept;
  /// A thread has ended: what was said of it is of no use any more, and makes room before the table grows.
  GRIDLOCK_INLINE void note_ended() noexcept { ++ended_; }
  /// All of it: numbers of objects may come to stand for others. Whoever learns of such an object afterwards finds
  /// nothing of what was said before.
  void forget() noexcept;

  u64 bytes() const noexcept;

 private:
  // For facts: the list's head, then the smallest count that is settled plus 1, a count of tries, and the
  // epoch in which that holds; 0: always.
  struct Slot {
    std::atomic<u64> key;
    std::atomic<u64> facts;
  };
  struct Slots {
    u64 mask;
    u64 unused;
    Slot slots[1];  // mask + 1 of them
  };
  struct Facts {
    u32 list;
    u8 from;
    u8 tries;
    u16 epoch;
  };
  static constexpr u64 kProbes = 8;
  static constexpr u64 kFirstSlots = 1u << 8;
  static constexpr u64 kMaxSlots = 1u << 20;  // 16 MiB
  static constexpr u32 kWords = 1u << 22;     // 16 MiB of lists
  static constexpr u32 kLongestList = 64;
  static constexpr u32 kNoCount = 0xff;
  // Beside the length of a list a bit for each lock in it, of 24: what lacks one of them is no larger set.
  static constexpr u32 kLength = 0xff;
  GRIDLOCK_INLINE static u32 signs_of(const HeldNode* held, u32 count) noexcept {
    u32 signs = 0;
    for (u32 i = 0; i < count; ++i) signs |= 256u << ((node_of(held[i]) * 0x9e3779b9u >> 16) % 24);
    return signs;
  }

  GRIDLOCK_INLINE static u32 list_of(u64 facts) noexcept { return static_cast<u32>(facts); }
  GRIDLOCK_INLINE static u32 from_count(u64 facts) noexcept { return static_cast<u8>(facts >> 32); }
  GRIDLOCK_INLINE static u64 tag_of(u64 epoch) noexcept { return 1 + epoch % 0xffff; }
  GRIDLOCK_INLINE bool stands(u64 facts) const noexcept {
    return facts >> 48 == 0 || facts >> 48 == tag_of(epoch_.load(std::memory_order_relaxed));
  }
  static u64 pack(const Facts& facts) noexcept;
  static Facts unpack(u64 facts) noexcept;
  bool lists_part_of(u64 facts, const HeldNode* held, u32 count) const noexcept;
  bool is_newest(const HeldNode* held, u32 count) const noexcept;
  void add_list(u32 next, const HeldNode* held, u32 count) noexcept;
  Slot* slot_of(u64 key) noexcept;
  Slot* find_or_take(Slots* slots, u64 key) noexcept;
  bool grow() noexcept;
  void forget_lists() noexcept;

  std::atomic<Slots*> slots_{nullptr};
  std::atomic<u64> epoch_{0};  // of settle_from()
  std::atomic<u64> any_place_{0x94d049bb133111ebu};
  std::atomic<u32> generation_{0};      // of the lists; odd while they are forgotten
  static constexpr u64 kOfAThread = 8;  // entries; a thread that lives for a moment has a few
  u64 any_epoch_ = 0;
  u64 ended_ = 0;  // threads, since all was forgotten
  u64 taken_ = 0;
  u64 bytes_ = 0;
  u32 newest_ = 0;                // list
  Table<u32> words_;              // next, count, the set
  std::atomic<u32> listable_{0};  // below that a list of any length can be looked at
};

}  // namespace gridlock::internal
