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
  free_ = last_ = 0;
}

u64 HeldChains::bytes() const noexcept { return u64{links_.size()} * (sizeof(Link) + 32); }

ChainId HeldChains::find(u64 key) noexcept {
  if (links_[last_].key == (key | 1)) return last_;
  const u32* const known = index_.size() == 0 ? nullptr : index_.find(key | 1);
  if (known == nullptr) return 0;
  return last_ = *known;
}

ChainId HeldChains::add(u64 key, ChainId below, HeldNode held, u32 site, u32 made) noexcept {
  if (free_ == 0 && (links_.full() || links_.size() >= kChain)) return 0;
  const ChainId chain = free_ != 0 ? free_ : links_.add();
  if (free_ != 0) free_ = links_[chain].below;
  const bool all =
      made != 0 && (below == 0 || (links_[below].all_made_then && links_[below].made == made));
  links_[chain] = {below, held,  site, made,   links_[below].depth + 1, 0, all,
                   false, false, 0,    key | 1};
  if (index_.insert(key | 1, chain)) return last_ = chain;
  free(chain);
  return 0;
}

u32 HeldChains::sorted(u32 set, HeldSets& sets) noexcept {
  Link& top = links_[chain_of(set)];
  if (top.sorted != 0) return top.sorted;
  scratch_.resize(0);
  if (scratch_.full(top.depth)) return 0;
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

// As a free one it has no depth.
void HeldChains::free(ChainId chain) noexcept {
  links_[chain] = Link{};
  links_[chain].below = free_;
  free_ = chain;
}

// Two walks, each down to what is known.
void HeldChains::count_gone_in(ChainId chain, const IdSet& gone) noexcept {
  u32 count = 0;
  ChainId known = chain;
  for (; known != 0 && !links_[known].counted; known = links_[known].below)
    count += gone.has(node_of(links_[known].held)) ? 1 : 0;
  if (known != 0) count += links_[known].gone;
  for (ChainId at = chain; at != known; at = links_[at].below) {
    links_[at].counted = true;
    links_[at].gone = count;
    count -= gone.has(node_of(links_[at].held)) ? 1 : 0;
  }
}

void HeldChains::count_gone(const IdSet& gone) noexcept {
  for (ChainId chain = 1; chain < links_.size(); ++chain) links_[chain].counted = false;
  for (ChainId chain = 1; chain < links_.size(); ++chain) {
    if (links_[chain].depth != 0) count_gone_in(chain, gone);
  }
}

void HeldChains::mark(ChainId chain, HeldSets& sets) noexcept {
  links_[chain].marked = true;
  sets.mark(links_[chain].sorted);
}

// Down to the first one that is marked already: if it was for its own sake, its turn comes as well. Of one that is kept
// only for those above it nobody has marked the set.
void HeldChains::keep_below(ChainId chain) noexcept {
  if (!links_[chain].marked) return;
  for (ChainId at = links_[chain].below; at != 0 && !links_[at].marked; at = links_[at].below) {
    links_[at].marked = true;
    links_[at].sorted = 0;
  }
}

bool HeldChains::keep_or_free(ChainId chain) noexcept {
  Link& link = links_[chain];
  if (!link.marked) {
    free(chain);
    return false;
  }
  link.marked = false;
  index_.insert(link.key, chain);  // without memory it is not found, and made again
  return true;
}

}  // namespace gridlock::internal
