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

  /// Is none of it, as far as can be told with a look or two? `place` is place_of() of the thread, `held` all
  /// that counts as a lock, at most News::kMax, in any order. May be asked at any time.
  GRIDLOCK_INLINE bool none_at_a_glance(u64 place, u32 notifications, const HeldNode* held,
                                        u32 count, const Wanted& wanted) const noexcept {
    const u32 to = word_of(wanted);
    if (GRIDLOCK_UNLIKELY(count == 0 || (to & 3) == 2)) return false;  // a writer has more to say
    const u64 own = own_rows(place, notifications);
    const u64 all = settled_.any_place();
    if (any_of_all_.load(std::memory_order_relaxed) && all_at_a_glance(all, held, count, to) &&
        asked_.has(SettledKeys::key(own, to, count), count)) {
      return true;
    }
    u64 own_key = 0;
    u64 all_key = 0;
    const SettledRows::Row* own_row = nullptr;
    const SettledRows::Row* all_row = nullptr;
    u32 block = ~0u;
    bool asked = false;
    for (u32 i = 0; i < count; ++i) {
      if (GRIDLOCK_UNLIKELY(SettledRows::block_of(held[i]) != block)) {
        if (own_row != nullptr && !SettledRows::is_still(*own_row, own_key)) return false;
        block = SettledRows::block_of(held[i]);
        own_key = SettledRows::key(own, to, block, count);
        own_row = rows_.find(own_key, count);
        if (own_row == nullptr) return false;
        asked = asked || SettledRows::is_asked(*own_row);
        all_row = nullptr;
      }
      if (GRIDLOCK_LIKELY(SettledRows::has(*own_row, held[i]))) continue;
      if (all_row == nullptr) {
        all_key = SettledRows::key(all, to, block, count);
        all_row = rows_.find(all_key, count);
      }
      if (all_row == nullptr || !SettledRows::has(*all_row, held[i]) ||
          !SettledRows::is_still(*all_row, all_key)) {
        return false;
      }
    }
    return asked && SettledRows::is_still(*own_row, own_key);
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

  GRIDLOCK_INLINE static u32 word_of(const Wanted& wanted) noexcept {
    return wanted.node << 2 | (wanted.readers_wait ? 2u : 0u) |
           (wanted.mode == Mode::kShared ? 1u : 0u);
  }
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
  // Every edge is settled for all threads.
  GRIDLOCK_INLINE bool all_at_a_glance(u64 all, const HeldNode* held, u32 count,
                                       u32 to) const noexcept {
    u32 block = SettledRows::block_of(held[0]);
    u64 key = SettledRows::key(all, to, block, count);
    const SettledRows::Row* row = rows_.find(key, count);
    if (row == nullptr) return false;
    for (u32 i = 0; i < count; ++i) {
      if (GRIDLOCK_UNLIKELY(SettledRows::block_of(held[i]) != block)) {
        if (!SettledRows::is_still(*row, key)) return false;
        block = SettledRows::block_of(held[i]);
        key = SettledRows::key(all, to, block, count);
        row = rows_.find(key, count);
        if (row == nullptr) return false;
      }
      if (!SettledRows::has(*row, held[i])) return false;
    }
    return SettledRows::is_still(*row, key);
  }
  static constexpr u64 kOfNewThreads = 1;  // beside any_place()

  SettledRequests settled_;
  SettledRows rows_;
  SettledKeys asked_;                    // of threads all of whose edges there are settled for all
  std::atomic<bool> any_of_all_{false};  // there is such an edge, or was
  std::atomic<u64> glances_{0};
};

}  // namespace gridlock::internal
