// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/held_ways.h"

namespace gridlock::internal {
namespace {

// Not the builtin, which is a call where the processor has no instruction for it. Pairs, fours, eights, all.
u32 count_bits(u32 bits) noexcept {
  bits -= bits >> 1 & 0x55555555u;
  bits = (bits & 0x33333333u) + (bits >> 2 & 0x33333333u);
  return ((bits + (bits >> 4)) & 0x0f0f0f0fu) * 0x01010101u >> 24;
}

}  // namespace

void HeldWays::add(u32 thread, const HeldSets::View& held) noexcept {
  if (count_ == kMaxWays || held.size() > kMaxHeld) return;
  const Ways way = Ways{1} << count_;
  u32 used = 0;
  for (u32 i = 0; i < held.size(); ++i) {
    const NodeId node = node_of(held[i]);
    if (node == from_) continue;
    const u32 at = place_of(node);
    gate_[at].ways |= way;
    const u32 holders = count_bits(gate_[at].ways);
    if (holders > most_) most_ = holders;
    if (holders == 2) shared_gate_[shared_++] = static_cast<u16>(at);
    held_[count_][used++] = static_cast<u16>(at);
  }
  thread_of_[count_] = thread;
  held_count_[count_] = used;
  ++count_;
}

u32 HeldWays::place_of(NodeId node) noexcept {
  u32 at = node * 0x9e3779b9u >> 16;
  for (;; ++at) {
    u16& place = places_[at % kPlaces];
    if (place != 0 && gate_[place - 1].node != node) continue;
    if (place == 0) {
      gate_[gates_++] = {node, 0};
      place = static_cast<u16>(gates_);
    }
    return place - 1u;
  }
}

u32 HeldWays::threads() const noexcept {
  u32 result = 0;
  for (u32 i = 0; i < count_; ++i) {
    u32 at = 0;
    while (at < i && thread_of_[at] != thread_of_[i]) ++at;
    result += at == i ? 1 : 0;
  }
  return result;
}

// One lock hits one way, and as many more as it is shared by.
bool HeldWays::are_too_many(Ways ways, u32 locks) const noexcept {
  const u32 count = count_bits(ways);
  if (count > locks * most_) return true;
  u32 hit = locks;
  for (u32 i = 0; i < shared_ && hit < count; ++i) {
    const Ways both = gate_[shared_gate_[i]].ways & ways;
    if (both != 0) hit += count_bits(both) - 1;
  }
  return hit < count;
}

// Of the first way that is not hit yet one lock has to be among them; each of its locks is tried. A way that holds
// nothing else cannot be hit.
bool HeldWays::is_hit(Ways ways, u32 locks, u32* tries) const noexcept {
  if (ways == 0) return true;
  if (are_too_many(ways, locks)) return false;
  if (++*tries > kMaxTries) return true;
  const u32 first = static_cast<u32>(__builtin_ctz(ways));
  for (u32 i = 0; i < held_count_[first]; ++i) {
    if (is_hit(ways & ~gate_[held_[first][i]].ways, locks - 1, tries)) return true;
  }
  return false;
}

bool HeldWays::can_be_gated(u32 locks) const noexcept {
  const Ways all = count_ == kMaxWays ? ~Ways{0} : (Ways{1} << count_) - 1;
  u32 tries = 0;
  return is_hit(all, locks, &tries);
}

bool HeldWays::can_be_gated_beside_a_thread(u32 locks) const noexcept {
  if (can_be_gated(locks)) return true;
  for (u32 i = 0; i < count_; ++i) {
    Ways others = 0;
    bool is_first = true;
    for (u32 k = 0; k < count_; ++k) {
      if (thread_of_[k] != thread_of_[i]) others |= Ways{1} << k;
      if (thread_of_[k] == thread_of_[i] && k < i) is_first = false;
    }
    u32 tries = 0;
    if (is_first && is_hit(others, locks, &tries)) return true;
  }
  return false;
}

}  // namespace gridlock::internal
