// SPDX-License-Identifier: Apache-2.0
//
// What of a request is news: which of its edges, and whether it is as a request that others may have to
// wait for, or as one of a writer. SettledRequests, in the words of requests.
#pragma once

#include "harness/analysis/lock_order_types.h"
#include "harness/analysis/prediction_types.h"
#include "harness/analysis/settled_keys.h"
#include "harness/analysis/settled_requests.h"
#include "harness/analysis/settled_rows.h"
#include "harness/platform/base.h"

namespace gridlock::internal {

class RequestNews {
 public:
  /// False when there is no memory.
  bool init() noexcept;
  void release() noexcept;

  /// What is wanted and how, in one word.
  GRIDLOCK_INLINE static u32 word_of(const Wanted& wanted) noexcept {
    return wanted.node << 2 | (wanted.readers_wait ? 2u : 0u) |
           (wanted.mode == Mode::kShared ? 1u : 0u);
  }

  /// Beside a node in what is told of a held lock at a glance: it is held for reading; it is to be looked at in full.
  static constexpr u64 kReads = u64{1} << 61;
  static constexpr u64 kInFull = u64{1} << 63;
  /// Is none of it, as far as can be told with a look or two? `place` is place_of() of the thread; entry(i) is what
  /// it holds, i below `count`, at most News::kMax, in any order: a node, 0 for nothing, and the bits above; others
  /// may be set. The number of held locks from which on that is so, if these are among them; 0: it may be news. May be
  /// asked at any time.
  template <typename Entry>
  GRIDLOCK_INLINE u32 none_at_a_glance(u64 place, u32 notifications, u32 count,
                                       const Wanted& wanted, Entry entry) const noexcept {
    const u32 to = word_of(wanted);
    if (GRIDLOCK_UNLIKELY(count == 0 || (to & 3) == 2)) return 0;  // a writer has more to say
    const u64 own = own_rows(place, notifications);
    const u64 block = entry(0) & kBlock;
    u32 from = 1;
    if (any_of_all_.load(std::memory_order_relaxed) &&
        is_in_row<false>(settled_.any_place(), to, block, count, &from, entry) &&
        GRIDLOCK_LIKELY(asked_.has(SettledKeys::key(own, to, count), count, &from))) {
      return from;
    }
    from = 1;
    if (GRIDLOCK_LIKELY(is_in_row<true>(own, to, block, count, &from, entry))) return from;
    return none_row_by_row(own, to, count, entry);
  }
  /// As long as this is the same, what was no news at a glance is none; for OwnGlances. To be taken before it is asked.
  GRIDLOCK_INLINE u64 stamp_of(u64 place, u32 notifications) const noexcept {
    return own_rows(place, notifications) + settled_.any_place();
  }
  /// The same in full. What was found is at a glance the next time.
  News of(const ThreadNode& thread_node, const HeldNode* held, u32 count,
          const Wanted& wanted) noexcept;
  GRIDLOCK_INLINE static u64 place_of(const ThreadNode& thread_node) noexcept {
    return SettledRequests::place(thread_node.thread, thread_node.segment, 0);
  }
  /// Nothing is known at a glance any more, because more is asked of it.
  GRIDLOCK_INLINE void forget_glances() noexcept {
    glances_.fetch_add(1, std::memory_order_release);
  }

  // --- with the graph's mutex held, `held` as above ----------------------------------------------

  /// What the graph said of the edge from `from`.
  void tell_edge(const ThreadNode& thread_node, HeldNode from, const Wanted& wanted,
                 const HeldNode* held, u32 count, const Settled& settled) noexcept;
  /// The request is on record; that of a writer; there is no room for more writers.
  void tell_asked(const ThreadNode& thread_node, const Wanted& wanted, const HeldNode* held,
                  u32 count) noexcept;
  void tell_writer(const ThreadNode& thread_node, const Wanted& wanted, const HeldNode* held,
                   u32 count) noexcept;
  void tell_writers_full(const ThreadNode& thread_node, const Wanted& wanted) noexcept;
  /// Edges have come to lie on a cycle: they keep more.
  void tell_merged() noexcept;
  /// What an ended thread did may make room for others.
  void tell_ended() noexcept;
  /// All of it, as SettledRequests::forget().
  void forget() noexcept;
  u64 bytes() const noexcept;

 private:
  static constexpr u32 kAsRequest = ~0u;
  static constexpr u32 kAsWriter = ~0u - 1;
  static constexpr u32 kMaxSets = 8;  // of a thread's requests for one lock; then only smaller ones
  static constexpr u32 kTries = 8;    // of an edge on a cycle

  // What comes before a notification and what comes after it differ.
  static u64 asked_place_of(const ThreadNode& thread_node) noexcept;
  GRIDLOCK_INLINE u64 own_rows(u64 place, u32 notifications) const noexcept {
    return place + notifications * 0xbf58476d1ce4e5b9u +
           glances_.load(std::memory_order_acquire) * 0x94d049bb133111ebu;
  }
  struct Looked {
    bool settled;
    bool for_all;  // of all threads
    u32 from;      // as of SettledRequests::says()
  };
  Looked look_at_edge(u64 own, u32 from, u32 to, const HeldNode* held, u32 count) const noexcept;
  void add_row(u64 place, const HeldNode* held, const u32* from, u32 count, const Wanted& wanted,
               u32 asked_from) noexcept;
  // What the entries of a row have in common. No lock has number 0.
  static constexpr u64 kBlock = kInFull | kReads | (0xffffffffu - (SettledRows::kEntries - 1));
  GRIDLOCK_INLINE static HeldNode as_held(u64 entry) noexcept {
    return held_node(static_cast<NodeId>(entry),
                     (entry & kReads) != 0 ? Mode::kShared : Mode::kExclusive);
  }
  template <bool KAsked, typename Entry>
  GRIDLOCK_INLINE bool is_in_row(u64 place, u32 to, u64 block, u32 count, u32* from,
                                 Entry entry) const noexcept {
    const u64 key = SettledRows::key(place, to, SettledRows::block_of(as_held(block)), count);
    const SettledRows::Row* const row = rows_.find(key, count);
    if (GRIDLOCK_UNLIKELY(row == nullptr || (block & kInFull) != 0)) return false;
    u32 i = 0;
    do {
      const u64 held = entry(i);
      if ((held & kBlock) != block || !SettledRows::has_node(*row, static_cast<NodeId>(held)))
        return false;
    } while (++i < count);
    return (!KAsked || SettledRows::is_asked(*row)) &&
           SettledRows::is_still(*row, key, count, from);
  }
  // Some are settled for the thread and some for all, or they lie in several blocks.
  u32 none_row_by_row(u64 own, u32 to, const HeldNode* held, u32 count) const noexcept;
  template <typename Entry>
  GRIDLOCK_NOINLINE u32 none_row_by_row(u64 own, u32 to, u32 count, Entry entry) const noexcept {
    HeldNode held[News::kMax];
    for (u32 i = 0; i < count; ++i) {
      held[i] = as_held(entry(i));
      if (node_of(held[i]) == 0 || (entry(i) & kInFull) != 0) return 0;
    }
    return none_row_by_row(own, to, &held[0], count);
  }
  static constexpr u64 kOfNewThreads = 1;  // beside any_place()

  SettledRequests settled_;
  SettledRows rows_;
  SettledKeys asked_;                    // of threads all of whose edges there are settled for all
  std::atomic<bool> any_of_all_{false};  // there is such an edge, or was
  // Something was said of an edge for all threads, or for new ones. Whoever does not see it yet tells the graph.
  std::atomic<bool> edges_of_all_{false};
  std::atomic<u64> glances_{0};
};

}  // namespace gridlock::internal
