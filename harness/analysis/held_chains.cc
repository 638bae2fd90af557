// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/held_chains.h"

namespace gridlock::internal {
namespace {

// Knuth's increments ("The Art of Computer Programming", volume 3, 5.2.1): nearly sorted is nearly linear.
void sort(Table<HeldNode>& held) noexcept {
  u32 gap = 1;
  while (gap < held.size() / 3) gap = gap * 3 + 1;
  for (; gap != 0; gap /= 3) {
    for (u32 i = gap; i < held.size(); ++i) {
      const HeldNode moving = held[i];
      u32 at = i;
      for (; at >= gap && held[at - gap] > moving; at -= gap) held[at] = held[at - gap];
      held[at] = moving;
    }
  }
}

}  // namespace

bool HeldChains::init(u32 links) noexcept {
  if (!links_.reserve(links + 1) || !scratch_.reserve(links + 1)) return false;
  links_.add();  // index 0 means "none"
  return true;
}

void HeldChains::release() noexcept {
  links_.release();
  scratch_.release();
  index_.release();
}

u64 HeldChains::bytes() const noexcept { return u64{links_.size()} * (sizeof(Link) + 32); }

ChainId HeldChains::find(u64 key) noexcept {
  const u32* const known = index_.size() == 0 ? nullptr : index_.find(key | 1);
  return known == nullptr ? 0 : *known;
}

ChainId HeldChains::add(u64 key, ChainId below, HeldNode held, u32 site, u32 made) noexcept {
  if (links_.full() || links_.size() >= kChain || !index_.insert(key | 1, links_.size())) return 0;
  const ChainId chain = links_.add();
  const bool all =
      made != 0 && (below == 0 || (links_[below].all_made_then && links_[below].made == made));
  links_[chain] = {below, held, site, made, links_[below].depth + 1, 0, all};
  return chain;
}

u32 HeldChains::sorted(u32 set, HeldSets& sets) noexcept {
  Link& top = links_[chain_of(set)];
  if (top.sorted != 0) return top.sorted;
  scratch_.resize(0);
  for (ChainId at = chain_of(set); at != 0; at = links_[at].below)
    scratch_[scratch_.add()] = links_[at].held;
  for (u32 i = 0; i < scratch_.size() / 2; ++i) {  // the oldest first: often in order
    const HeldNode other = scratch_[i];
    scratch_[i] = scratch_[scratch_.size() - 1 - i];
    scratch_[scratch_.size() - 1 - i] = other;
  }
  sort(scratch_);
  top.sorted = sets.intern(scratch_.data(), scratch_.size());
  return top.sorted;
}

}  // namespace gridlock::internal
