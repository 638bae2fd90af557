// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/ordered_list.h"

namespace gridlock::internal {

bool OrderedList::init(u32 node_capacity) noexcept {
  if (!nodes_.reserve(node_capacity + 1)) return false;
  nodes_.add();
  return true;
}

void OrderedList::release() noexcept { nodes_.release(); }

bool OrderedList::add() noexcept {
  if (nodes_.full()) return false;
  put_behind(nodes_[0].before, nodes_.add(), 0);
  return true;
}

void OrderedList::take_out(u32 node) noexcept {
  nodes_[nodes_[node].before].after = nodes_[node].after;
  nodes_[nodes_[node].after].before = nodes_[node].before;
}

u32 OrderedList::put_behind(u32 place, u32 node, u32 more) noexcept {
  const u32 after = nodes_[place].after;
  u64 low = nodes_[place].place;  // 0 at the beginning
  u64 high = after == 0 ? ~u64{0} : nodes_[after].place;
  if ((high - low) / 2 <= more) {
    make_room(place != 0 ? place : after, u64{more} + 2);
    low = nodes_[place].place;
    high = after == 0 ? ~u64{0} : nodes_[after].place;
  }
  u64 step = more == 0 ? (high - low) / 2 : (high - low) / (u64{more} + 2);
  if ((place == 0 || after == 0) && step > kApart) step = kApart;
  nodes_[node].place = low + step;
  if (place == 0) nodes_[node].place = after == 0 ? ~u64{0} / 2 : high - step * (u64{more} + 1);
  nodes_[node].before = place;
  nodes_[node].after = after;
  nodes_[place].after = nodes_[after].before = node;
  return node;
}

// The smallest range of 2^n places around it that has fewer than 2^(n/2 - 1) nodes, and so `gap` places between
// two of them, gets them evenly.
void OrderedList::make_room(u32 node, u64 gap) noexcept {
  u32 first = node;
  u32 last = node;
  u64 count = 1;
  for (u32 bits = 4; bits <= 64; bits += 2) {
    const u64 mask = ~u64{0} >> (64 - bits);
    const u64 lowest = nodes_[node].place & ~mask;
    const u64 highest = nodes_[node].place | mask;
    for (; nodes_[first].before != 0 && nodes_[nodes_[first].before].place >= lowest; ++count)
      first = nodes_[first].before;
    for (; nodes_[last].after != 0 && nodes_[nodes_[last].after].place <= highest; ++count)
      last = nodes_[last].after;
    const u64 step = mask / (count + 1);
    if (bits != 64 && (count >= u64{1} << (bits / 2 - 1) || step < gap)) continue;
    u64 place = lowest;
    for (u32 at = first;; at = nodes_[at].after) {
      nodes_[at].place = place += step;
      if (at == last) return;
    }
  }
}

}  // namespace gridlock::internal
