// SPDX-License-Identifier: Apache-2.0
//
// Readers take no lock, so nothing that they may be looking at is ever given back: a table that has
// become too small stays where it is (all of them together are no larger than the newest), a slot that is
// used again has no key while its facts change, and lists that are overwritten have another generation.
#include "harness/analysis/settled_requests.h"

namespace gridlock::internal {

bool SettledRequests::init() noexcept {
  if (!words_.reserve(kWords)) return false;
  words_.add();  // 0 is "no list"
  return grow();
}

void SettledRequests::release() noexcept {
  // Replaced tables are left: releasing is for tests.
  Slots* const slots = slots_.exchange(nullptr);
  if (slots != nullptr) release_pages(slots, sizeof(Slots) + (slots->mask + 1) * sizeof(Slot));
  words_.release();
  taken_ = bytes_ = ended_ = newest_ = 0;
}

u64 SettledRequests::bytes() const noexcept { return bytes_ + u64{words_.size()} * sizeof(u32); }

u64 SettledRequests::pack(const Facts& facts) noexcept {
  return u64{facts.list} | u64{facts.from} << 32 | u64{facts.tries} << 40 | u64{facts.epoch} << 48;
}

SettledRequests::Facts SettledRequests::unpack(u64 facts) noexcept {
  return {static_cast<u32>(facts), static_cast<u8>(facts >> 32), static_cast<u8>(facts >> 40),
          static_cast<u16>(facts >> 48)};
}

// As HeldSets::subset, of what somebody else may be overwriting.
bool SettledRequests::lists_part_of(u64 facts, const HeldNode* held, u32 count) const noexcept {
  const u32 generation = generation_.load(std::memory_order_acquire);
  bool found = false;
  u32 at = list_of(facts);
  const u32 end = listable_.load(std::memory_order_acquire);
  const u32 lacking = ~signs_of(held, count);
  for (u32 n = 0; !found && at != 0 && at < end && n < kLongestList; ++n) {
    const u32* const list = &words_[at];
    const u32 length_and_signs = __atomic_load_n(&list[1], __ATOMIC_RELAXED);
    const u32 listed = length_and_signs & kLength;
    found = (length_and_signs & ~kLength & lacking) == 0 && listed <= count && listed <= kMaxListed;
    for (u32 i = 0; found && i < listed; ++i) {
      const HeldNode each = __atomic_load_n(&list[2 + i], __ATOMIC_RELAXED);
      found = false;
      for (u32 k = 0; !found && k < count; ++k)
        found = held[k] == each || (is_shared(each) && held[k] == (each & ~1u));
    }
    at = __atomic_load_n(&list[0], __ATOMIC_RELAXED);
  }
  std::atomic_thread_fence(std::memory_order_acquire);
  return found && (generation & 1) == 0 &&
         generation == generation_.load(std::memory_order_relaxed);
}

// A slot with the key, or one that is free or was another's. nullptr: the table should grow.
SettledRequests::Slot* SettledRequests::find_or_take(Slots* slots, u64 key) noexcept {
  for (u64 i = key >> 32, probes = 0; probes < kProbes; ++i, ++probes) {
    Slot& slot = slots->slots[i & slots->mask];
    const u64 found = slot.key.load(std::memory_order_relaxed);
    if (found == key) return &slot;
    if (found != 0) continue;
    ++taken_;
    slot.facts.store(pack({0, kNoCount, 0, 0}), std::memory_order_relaxed);
    slot.key.store(key, std::memory_order_release);
    return &slot;
  }
  if (slots->mask + 1 < kMaxSlots) return nullptr;
  Slot& slot = slots->slots[((key >> 32) + (key >> 8) % kProbes) & slots->mask];
  slot.key.store(0, std::memory_order_relaxed);
  slot.facts.store(pack({0, kNoCount, 0, 0}), std::memory_order_release);
  slot.key.store(key, std::memory_order_release);
  return &slot;
}

bool SettledRequests::grow() noexcept {
  Slots* const old = slots_.load(std::memory_order_relaxed);
  const u64 size = old == nullptr ? kFirstSlots : (old->mask + 1) * 2;
  const u64 bytes = sizeof(Slots) + size * sizeof(Slot);
  auto* const slots = static_cast<Slots*>(reserve_pages(bytes));
  if (slots == nullptr) return false;
  slots->mask = size - 1;
  taken_ = 0;
  for (u64 i = 0; old != nullptr && i <= old->mask; ++i) {
    const u64 key = old->slots[i].key.load(std::memory_order_relaxed);
    if (key == 0) continue;
    if (Slot* const slot = find_or_take(slots, key))
      slot->facts.store(old->slots[i].facts.load(std::memory_order_relaxed),
                        std::memory_order_relaxed);
  }
  bytes_ += bytes;
  slots_.store(slots, std::memory_order_release);
  return true;
}

SettledRequests::Slot* SettledRequests::slot_of(u64 key) noexcept {
  for (;;) {
    Slots* const slots = slots_.load(std::memory_order_relaxed);
    if (slots == nullptr) return nullptr;
    const bool crowded = taken_ * 2 > slots->mask && slots->mask + 1 < kMaxSlots;
    Slot* const slot = crowded ? nullptr : find_or_take(slots, key);
    if (slot != nullptr) return slot;
    if (ended_ * kOfAThread > taken_ / 2) {  // most of it is of threads that are gone
      forget();
    } else if (!grow()) {
      return nullptr;
    }
  }
}

// All of them, with the facts that lead there.
void SettledRequests::forget_lists() noexcept {
  generation_.fetch_add(1);
  Slots* const slots = slots_.load(std::memory_order_relaxed);
  for (u64 i = 0; i <= slots->mask; ++i) {
    Facts facts = unpack(slots->slots[i].facts.load(std::memory_order_relaxed));
    facts.list = 0;
    slots->slots[i].facts.store(pack(facts), std::memory_order_relaxed);
  }
  words_.resize(1);
  newest_ = 0;
  generation_.fetch_add(1);
}

// What was listed last, and nothing behind it. The new edges of one request all list the same.
bool SettledRequests::is_newest(const HeldNode* held, u32 count) const noexcept {
  bool same = newest_ != 0 && words_[newest_] == 0 && (words_[newest_ + 1] & kLength) == count;
  for (u32 i = 0; same && i < count; ++i) same = words_[newest_ + 2 + i] == held[i];
  return same;
}

void SettledRequests::add_list(u32 next, const HeldNode* held, u32 count) noexcept {
  newest_ = words_.size();
  words_.resize(newest_ + 2 + count);
  if (words_.reached() - 2 - kMaxListed > listable_.load(std::memory_order_relaxed))
    listable_.store(words_.reached() - 2 - kMaxListed, std::memory_order_release);
  words_[newest_] = next;
  words_[newest_ + 1] = count | signs_of(held, count);
  for (u32 i = 0; i < count; ++i) words_[newest_ + 2 + i] = held[i];
}

void SettledRequests::settle_with(u64 key, const HeldNode* held, u32 count, u32 most) noexcept {
  if (count > kMaxListed && most == 0) return;
  if (words_.full(count + 2)) forget_lists();
  Slot* const slot = slot_of(key);
  if (slot == nullptr) return;
  Facts facts = unpack(slot->facts.load(std::memory_order_relaxed));
  u32 listed = 0;
  for (u32 at = facts.list; at != 0; at = words_[at]) ++listed;
  if (count <= 1 || (most != 0 && listed >= most)) {
    if (count < facts.from) facts = {facts.list, static_cast<u8>(count + 1), 0, 0};
  } else if (listed < kLongestList && count <= kMaxListed) {
    if (facts.list != 0 || !is_newest(held, count)) add_list(facts.list, held, count);
    facts.list = newest_;
  }
  slot->facts.store(pack(facts), std::memory_order_release);
}

void SettledRequests::settle_from(u64 key, u32 count, u32 tries) noexcept {
  Slot* const slot = slot_of(key);
  if (slot == nullptr) return;
  Facts facts = unpack(slot->facts.load(std::memory_order_relaxed));
  const u64 epoch = tag_of(epoch_.load(std::memory_order_relaxed));
  if (facts.from != kNoCount && facts.epoch == 0) return;  // says more already
  if (facts.epoch != epoch) facts = {facts.list, kNoCount, 0, static_cast<u16>(epoch)};
  if (facts.tries < kNoCount) ++facts.tries;
  if (facts.tries >= tries && count + 1 < facts.from) facts.from = static_cast<u8>(count + 1);
  slot->facts.store(pack(facts), std::memory_order_release);
}

void SettledRequests::forget_from() noexcept {
  epoch_.fetch_add(1, std::memory_order_release);
  forget_any();
}

// Without its key a slot says nothing; its facts are replaced before it gets another one.
void SettledRequests::forget() noexcept {
  Slots* const slots = slots_.load(std::memory_order_relaxed);
  if (slots == nullptr) return;
  generation_.fetch_add(1);
  for (u64 i = 0; i <= slots->mask; ++i) {
    if (slots->slots[i].key.load(std::memory_order_relaxed) != 0)
      slots->slots[i].key.store(0, std::memory_order_relaxed);
  }
  taken_ = ended_ = 0;
  words_.resize(1);
  newest_ = 0;
  generation_.fetch_add(1);
  forget_from();
}

void SettledRequests::forget_any() noexcept {
  any_place_.store(mix(~u64{0} - ++any_epoch_), std::memory_order_release);
}

}  // namespace gridlock::internal
