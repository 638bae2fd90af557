// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/held_ways.h"

namespace gridlock::internal {
namespace {

// Not the builtin, which is a call where the processor has no instruction for it.
u32 count_bits(u32 bits) noexcept {
  u32 count = 0;
  for (; bits != 0; bits &= bits - 1) ++count;
  return count;
}

}  // namespace

void HeldWays::add(u32 thread, const HeldSets::View& held) noexcept {
  if (count_ == kMaxWays || held.size() > kMaxHeld) return;
  const Ways way = Ways{1} << count_;
  u32 used = 0;
  for (u32 i = 0; i < held.size(); ++i) {
    const NodeId node = node_of(held[i]);
    if (node == from_) continue;
    u32 at = 0;
    while (at < gates_ && gate_[at].node != node) ++at;
    if (at == gates_) gate_[gates_++] = {node, 0};
    gate_[at].ways |= way;
    const u32 holders = count_bits(gate_[at].ways);
    if (holders > most_) most_ = holders;
    held_[count_][used++] = static_cast<u16>(at);
  }
  thread_of_[count_] = thread;
  held_count_[count_] = used;
  ++count_;
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

// Of the first way that is not hit yet one lock has to be among them; each of its locks is tried. A way that holds
// nothing else cannot be hit.
bool HeldWays::is_hit(Ways ways, u32 locks, u32* tries) const noexcept {
  if (ways == 0) return true;
  if (count_bits(ways) > locks * most_) return false;
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
