// SPDX-License-Identifier: Apache-2.0
//
// What a thread holds, where that is very much: a chain from each lock to the one that was acquired before
// it. A thread that goes on acquiring adds one link, however many locks it holds already; sets that begin
// alike share their beginning. A chain is a held set of its own (is_chain()), which becomes a sorted one of
// HeldSets only when somebody has to look into it.
#pragma once

#include "harness/analysis/held_sets.h"
#include "harness/analysis/lock_order_types.h"
#include "harness/platform/base.h"
#include "harness/platform/pages.h"

namespace gridlock::internal {

using ChainId = u32;  // 1, 2, 3 ...; 0 is none

class HeldChains {
 public:
  struct Link {
    ChainId below;
    HeldNode held;
    u32 site;    ///< opaque: where it was acquired
    u32 made;    ///< opaque: when its own thread made it; 0: another thread did, or nobody knows
    u32 depth;   ///< with it
    u32 sorted;  ///< the same in HeldSets, once somebody has asked
    bool all_made_then;  ///< `made` is the same down to the first one
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

 private:
  static constexpr u32 kChain = 1u << 30;  // HeldSets has fewer words, or the bit above

  Table<Link> links_;
  Table<HeldNode> scratch_;
  KeyMap index_;
};

}  // namespace gridlock::internal
