// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/held_sets.h"

namespace gridlock::internal {

bool HeldSets::init(u32 words) noexcept {
  if (!words_.reserve(words) || !index_.init(words / 3)) return false;
  if (!words_.full()) words_.add();  // 0 is "none"
  return true;
}

void HeldSets::release() noexcept {
  words_.release();
  index_.release();
  for (u32& first : free_) first = 0;
}

u64 HeldSets::bytes() const noexcept { return u64{words_.size()} * sizeof(u32) + index_.bytes(); }

u64 HeldSets::hash(u32 set) const noexcept { return hash_of(&words_[set + 2], words_[set + 1]); }

u32 HeldSets::intern(const HeldNode* sorted, u32 length) noexcept {
  if (length == 1) return kSingle + sorted[0];
  const u64 hash = hash_of(sorted, length);
  for (u32 set = index_.first(hash); set != 0; set = words_[set]) {
    bool same = words_[set + 1] == length;
    for (u32 i = 0; same && i < length; ++i) same = words_[set + 2 + i] == sorted[i];
    if (same) return set;
  }
  u32 set = take_free(length);
  if (set == 0) {
    if (words_.full(length + 2)) return 0;
    set = words_.size();
    words_.resize(set + 2 + length);
  }
  words_[set + 1] = length;
  for (u32 i = 0; i < length; ++i) words_[set + 2 + i] = sorted[i];
  index_.insert(set, hash, *this);
  return set;
}

void HeldSets::mark(u32 set) noexcept {
  if (set != 0 && set < kSingle) words_[set + 1] |= kMarked;
}

void HeldSets::free(u32 set) noexcept {
  const u32 length = words_[set + 1];
  index_.erase(set, hash(set), *this);
  u32& first = free_[length < kFreeLists ? length : kFreeLists - 1];
  words_[set + 1] |= kFree;
  words_[set] = first;
  first = set;
}

// A set of the same length. Of the long ones, which are rare, the first of several is looked at.
u32 HeldSets::take_free(u32 length) noexcept {
  constexpr u32 kLooks = 16;
  u32* link = &free_[length < kFreeLists ? length : kFreeLists - 1];
  for (u32 i = 0; i < kLooks && *link != 0; ++i) {
    const u32 set = *link;
    if (length_of(set) == length) {
      *link = words_[set];
      return set;
    }
    link = &words_[set];
  }
  return 0;
}

bool HeldSets::subset(u32 small_set, u32 large_set) const noexcept {
  const View small = view(small_set);
  const View large = view(large_set);
  if (small.size() > large.size()) return false;
  u32 at = 0;
  for (u32 i = 0; i < small.size(); ++i) {
    const HeldNode held = small[i];
    while (at < large.size() && node_of(large[at]) < node_of(held)) ++at;
    if (at == large.size() || node_of(large[at]) != node_of(held)) return false;
    if (is_shared(large[at]) && !is_shared(held)) return false;
    ++at;
  }
  return true;
}

}  // namespace gridlock::internal
