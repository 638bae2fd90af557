// SPDX-License-Identifier: Apache-2.0
//
// What a thread holds, where that is very much: a chain from each lock to the one that was acquired before
// it. A thread that goes on acquiring adds one link, however many locks it holds already; sets that begin
// alike share their beginning. A chain is a held set of its own (is_chain()), which becomes a sorted one of
// HeldSets only when somebody has to look into it.
#pragma once

#include "harness/analysis/held_sets.h"
#include "harness/analysis/id_set.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

using ChainId = u32;  // 1, 2, 3 ...; 0 is none

class HeldChains {
 public:
  struct Link {
    ChainId below;  ///< of a free one: the next free one
    HeldNode held;
    u32 site;    ///< opaque: where it was acquired
    u32 made;    ///< opaque: when its own thread made it; 0: another thread did, or nobody knows
    u32 depth;   ///< with it
    u32 sorted;  ///< the same in HeldSets, once somebody has asked
    bool all_made_then;  ///< `made` is the same down to the first one
    bool marked;         ///< while forgetting: it is kept
    bool counted;        ///< while forgetting: `gone` is known
    u32 gone;            ///< how many of it were gone the last time
    u64 key;
  };

  /// False when there is no address space.
  bool init(u32 links) noexcept;
  void release() noexcept;
  /// `key`: of all that is held up to that lock. 0: it is not there.
  ChainId find(u64 key) noexcept;
  /// 0 when full.
  ChainId add(u64 key, ChainId below, HeldNode held, u32 site, u32 made) noexcept;
  GRIDLOCK_INLINE const Link& operator[](ChainId chain) const noexcept { return links_[chain]; }

  GRIDLOCK_INLINE static u32 as_set(ChainId chain) noexcept { return kChain | chain; }
  GRIDLOCK_INLINE static bool is_chain(u32 set) noexcept { return set >> 30 == 1; }
  GRIDLOCK_INLINE static ChainId chain_of(u32 set) noexcept { return set & (kChain - 1); }
  /// The set as one of `sets`; 0 when full. n log n the first time.
  u32 sorted(u32 set, HeldSets& sets) noexcept;
  u64 bytes() const noexcept;

  // For forgetting, in this order, each linear in the links.
  /// Counts what is gone in each chain.
  void count_gone(const IdSet& gone) noexcept;
  /// Calls each(lower, upper) for what lies next to each other with only gone ones between.
  template <typename Each>
  GRIDLOCK_INLINE void each_gap(Each each) const noexcept {
    for (ChainId chain = 1; chain < links_.size(); ++chain) {
      const ChainId below = links_[chain].below;
      if (links_[chain].depth == 0 || below == 0 || is_gone(chain) || !is_gone(below)) continue;
      if (const ChainId lower = newest_left(below)) each(lower, chain);
    }
  }
  /// The newest of the chain that is not gone; 0: none.
  GRIDLOCK_INLINE ChainId newest_left(ChainId chain) const noexcept {
    while (chain != 0 && is_gone(chain)) chain = links_[chain].below;
    return chain;
  }
  GRIDLOCK_INLINE bool is_gone(ChainId chain) const noexcept {
    return links_[chain].gone != links_[links_[chain].below].gone;
  }
  /// This chain is still referred to, which keeps all below it and the set that was made of it.
  void mark(ChainId chain, HeldSets& sets) noexcept;
  /// The others go. What is in one that is kept keeps its number, so a key never comes to name something else. Calls
  /// each(node) for all that is kept.
  template <typename Each>
  GRIDLOCK_INLINE void forget_unmarked(Each each) noexcept {
    for (ChainId chain = 1; chain < links_.size(); ++chain) keep_below(chain);
    index_.release();
    for (ChainId chain = 1; chain < links_.size(); ++chain) {
      if (links_[chain].depth != 0 && keep_or_free(chain)) each(node_of(links_[chain].held));
    }
  }

 private:
  void count_gone_in(ChainId chain, const IdSet& gone) noexcept;
  void keep_below(ChainId chain) noexcept;
  bool keep_or_free(ChainId chain) noexcept;
  void free(ChainId chain) noexcept;
  static constexpr u32 kChain = 1u << 30;  // HeldSets has fewer words, or the bit above

  Table<Link> links_;
  Table<HeldNode> scratch_;
  KeyMap index_;
  ChainId free_ = 0;
  ChainId last_ =
      0;  // that was found or made: most often it is asked for again, with a lock on top
};

}  // namespace gridlock::internal
