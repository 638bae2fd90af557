// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/request_news.h"

namespace gridlock::internal {

bool RequestNews::init() noexcept { return settled_.init(); }
void RequestNews::release() noexcept {
  settled_.release();
  rows_.release();
  asked_.release();
}
u64 RequestNews::bytes() const noexcept {
  return settled_.bytes() + rows_.bytes() + asked_.bytes();
}

u32 RequestNews::none_row_by_row(u64 own, u32 to, const HeldNode* held, u32 count) const noexcept {
  const u64 all = settled_.any_place();
  u64 own_key = 0;
  u64 all_key = 0;
  const SettledRows::Row* own_row = nullptr;
  const SettledRows::Row* all_row = nullptr;
  u32 block = ~0u;
  u32 from = 1;
  const auto are_still = [&]() noexcept {
    return (own_row == nullptr || SettledRows::is_still(*own_row, own_key, count, &from)) &&
           (all_row == nullptr || SettledRows::is_still(*all_row, all_key, count, &from));
  };
  bool asked = asked_.has(SettledKeys::key(own, to, count), count, &from);
  for (u32 i = 0; i < count; ++i) {
    if (SettledRows::block_of(held[i]) != block) {
      if (!are_still()) return 0;
      block = SettledRows::block_of(held[i]);
      own_key = SettledRows::key(own, to, block, count);
      own_row = rows_.find(own_key, count);
      all_key = SettledRows::key(all, to, block, count);
      all_row = rows_.find(all_key, count);
      asked = asked || (own_row != nullptr && SettledRows::is_asked(*own_row));
    }
    if (own_row != nullptr && SettledRows::has(*own_row, held[i])) continue;
    if (all_row == nullptr || !SettledRows::has(*all_row, held[i])) return 0;
  }
  return asked && are_still() ? from : 0;
}

u64 RequestNews::asked_place_of(const ThreadNode& thread_node) noexcept {
  return SettledRequests::place(thread_node.thread, thread_node.segment, thread_node.notifications);
}

RequestNews::Looked RequestNews::look_at_edge(u64 own, u32 from, u32 to, const HeldNode* held,
                                              u32 count) const noexcept {
  using Says = SettledRequests::Says;
  Looked looked{true, true, 0};
  if (!edges_of_all_.load(std::memory_order_relaxed)) {
    looked.for_all = false;
    looked.settled = settled_.says(SettledRequests::key(own, from, to), held, count,
                                   &looked.from) == Says::kSettled;
    return looked;
  }
  const u64 any = settled_.any_place();
  const Says of_all = settled_.says(SettledRequests::key(any, from, to), held, count, &looked.from);
  // Of all threads, from a number of locks on, is worth most: one row is then enough for all of them.
  if (of_all == Says::kSettled && looked.from != SettledRequests::kListed) return looked;
  looked.for_all = false;
  const Says says = settled_.says(SettledRequests::key(own, from, to), held, count, &looked.from);
  if (says == Says::kSettled) return looked;
  looked.for_all = true;
  looked.from = SettledRequests::kListed;
  if (of_all == Says::kSettled) return looked;
  looked.for_all = false;
  looked.settled =
      says == Says::kNothing && settled_.says(SettledRequests::key(any + kOfNewThreads, from, to),
                                              held, count, &looked.from) == Says::kSettled;
  looked.from = SettledRequests::kListed;  // until it has one
  return looked;
}

// A row for each block of them; nearly always it is one.
void RequestNews::add_row(u64 place, const HeldNode* held, const u32* from, u32 count,
                          const Wanted& wanted, u32 asked_from) noexcept {
  const bool asked = asked_from != SettledRequests::kListed;
  HeldNode entries[News::kMax];
  u64 done = 0;
  for (u32 first = 0; first < count; ++first) {
    if ((done >> first & 1) != 0) continue;
    const u32 block = SettledRows::block_of(held[first]);
    u32 found = 0;
    u32 most = asked ? asked_from : 0;
    for (u32 i = first; i < count; ++i) {
      if (SettledRows::block_of(held[i]) != block) continue;
      done |= u64{1} << i;
      if (from[i] == SettledRequests::kListed) continue;
      if (from[i] > most) most = from[i];
      entries[found++] = held[i];
    }
    if (found == 0 && !asked) continue;
    rows_.add(SettledRows::key(place, word_of(wanted), block, count), &entries[0], found, most,
              count, asked);
  }
}

News RequestNews::of(const ThreadNode& thread_node, const HeldNode* held, u32 count,
                     const Wanted& wanted) noexcept {
  using Says = SettledRequests::Says;
  const u32 to = word_of(wanted);
  const u64 own = place_of(thread_node);
  const u64 rows = own_rows(own, thread_node.notifications);  // before anything is looked up
  const u64 rows_of_all = settled_.any_place();
  const u64 as_request = SettledRequests::key(asked_place_of(thread_node), kAsRequest, to);
  settled_.prefetch(as_request);
  for (u32 i = 0; i < count; ++i) settled_.prefetch(SettledRequests::key(own, held[i], to));
  u32 own_from[News::kMax];
  u32 all_from[News::kMax];
  u32 of_all = 0;
  u32 asked_from = 0;
  News news;
  const bool writes = wanted.readers_wait && wanted.mode == Mode::kExclusive;
  news.writer = writes && settled_.says(SettledRequests::key(own, kAsWriter, to), held, count,
                                        &asked_from) != Says::kSettled;
  news.asked = settled_.says(as_request, held, count, &asked_from) != Says::kSettled;
  for (u32 i = 0; i < count; ++i) {
    own_from[i] = all_from[i] = SettledRequests::kListed;
    if (held[i] == held_node(wanted.node, Mode::kExclusive)) continue;
    const Looked looked = look_at_edge(own, held[i], to, held, count);
    if (!looked.settled) {
      news.edges |= u64{1} << i;
    } else {
      (looked.for_all ? all_from : own_from)[i] = looked.from;
      of_all += looked.for_all && looked.from != SettledRequests::kListed ? 1 : 0;
    }
  }
  if (count == 0 || news.edges != 0) return news;
  if (of_all != 0) {
    any_of_all_.store(true, std::memory_order_relaxed);
    add_row(rows_of_all, held, &all_from[0], count, wanted, SettledRequests::kListed);
  }
  if (of_all == count && !news.asked && asked_from != SettledRequests::kListed) {
    asked_.add(SettledKeys::key(rows, to, count), asked_from);
  } else {
    add_row(rows, held, &own_from[0], count, wanted,
            news.asked ? SettledRequests::kListed : asked_from);
  }
  return news;
}

void RequestNews::tell_edge(const ThreadNode& thread_node, HeldNode from, const Wanted& wanted,
                            const HeldNode* held, u32 count, const Settled& settled) noexcept {
  const u32 to = word_of(wanted);
  const u64 own = SettledRequests::key(place_of(thread_node), from, to);
  const u64 any = settled_.any_place();
  if (settled.from_for_all != 0 || settled.with_set_for_all || settled.new_threads)
    edges_of_all_.store(true, std::memory_order_relaxed);
  if (settled.with_set) settled_.settle_with(own, held, count, 0);
  if (settled.from_for_all != 0)
    settled_.settle_from(SettledRequests::key(any, from, to), settled.from_for_all, 0);
  if (settled.with_set_for_all)
    settled_.settle_with(SettledRequests::key(any, from, to), held, count, 0);
  if (settled.new_threads)
    settled_.settle_from(SettledRequests::key(any + kOfNewThreads, from, to), 0, 0);
  if (settled.from != 0) settled_.settle_from(own, settled.from, settled.on_cycle ? kTries : 0);
}

void RequestNews::tell_asked(const ThreadNode& thread_node, const Wanted& wanted,
                             const HeldNode* held, u32 count) noexcept {
  settled_.settle_with(
      SettledRequests::key(asked_place_of(thread_node), kAsRequest, word_of(wanted)), held, count,
      kMaxSets);
}

void RequestNews::tell_writer(const ThreadNode& thread_node, const Wanted& wanted,
                              const HeldNode* held, u32 count) noexcept {
  settled_.settle_with(SettledRequests::key(place_of(thread_node), kAsWriter, word_of(wanted)),
                       held, count, 0);
}

void RequestNews::tell_writers_full(const ThreadNode& thread_node, const Wanted& wanted) noexcept {
  settled_.settle_with(SettledRequests::key(place_of(thread_node), kAsWriter, word_of(wanted)),
                       nullptr, 0, 0);
}

void RequestNews::tell_merged() noexcept {
  settled_.forget_from();
  forget_glances();
}
// A row is found by the number of glances or that of any_place() that it was made with, and both go on.
void RequestNews::forget() noexcept {
  settled_.forget();
  forget_glances();
}
void RequestNews::tell_ended() noexcept {
  settled_.note_ended();
  settled_.forget_any();
}

}  // namespace gridlock::internal
