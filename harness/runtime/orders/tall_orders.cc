// SPDX-License-Identifier: Apache-2.0
//
// The held_hash of a held entry names all that is held up to it, so it finds the chain (HeldChains) that was
// made when the thread asked for the lock before; only what lies above is new.
#include "harness/runtime/orders/tall_orders.h"

#include "harness/runtime/orders/classes.h"
#include "harness/runtime/orders/order_news.h"
#include "harness/runtime/registry/process_graph.h"
#include "harness/runtime/registry/publication.h"

namespace gridlock::internal {
namespace {

constexpr u32 kRoundOfUntracked = 64;  // requests, after which somebody unknown is looked for again

bool is_plain(const Held& held) noexcept {
  return held.object != 0 && !is_permit(held) && is_lock_type(object_info(held.object).type);
}

u64 key_of(const Held& held) noexcept { return mix(held.held_hash); }

// The chain of all that the thread holds. 0: something else than locks is held, or there is no room.
ChainId chain_of(const ThreadState* state) noexcept {
  LockOrderGraph& graph = lock_order_graph();
  u32 known = held_count(state);
  ChainId chain = 0;
  const Held* const newest = state->next_held - 1;
  graph.prefetch(newest[-1].object, newest->object);  // nearly always a link is all that is new
  while (known > 0 && (chain = graph.find_chain(key_of(state->held[known - 1]))) == 0) --known;
  for (u32 i = known; i < held_count(state); ++i) {
    const Held& held = state->held[i];
    if (!is_plain(held)) return 0;
    chain = graph.add_chain(key_of(held), chain, held_node(held.object, mode_of(held)),
                            site_of_held(held), made_by(state, held.object));
    if (chain == 0) return 0;
  }
  return chain;
}

// As epoch_of(), each lock counted once.
u32 now_of(const ThreadState* state) noexcept {
  return static_cast<u32>(state->ring.total()) - held_count(state);
}

// When what nobody else can know yet was made, if the newest lock is of that; else 0.
u32 made_just_now(const ThreadState* state, const HeldChains::Link& newest) noexcept {
  const u32 pending = state->ring.newest_is_granted() ? 0 : 1;
  const u32 now = now_of(state);
  if (newest.made == 0 || (newest.made != now && newest.made != now - pending)) return 0;
  static bool nobody_unknown = false;  // guarded by graph_mutex()
  if (newest.depth % kRoundOfUntracked == 1 || !nobody_unknown)
    nobody_unknown = is_unpublished(state, node_of(newest.held), now);
  return nobody_unknown ? newest.made : 0;
}

}  // namespace

bool note_tall_order(ThreadState* state, ObjectId object, Ask ask, u64 key) noexcept {
  const bool plain = ask == Ask::kLock || ask == Ask::kWrite || ask == Ask::kRead;
  if (held_count(state) <= News::kMax || !plain || g_lock_classes ||
      !is_lock_type(object_info(object).type) || prediction().was_held_across(object)) {
    return false;
  }
  const GraphWork work(state);
  const ChainId chain = chain_of(state);
  if (chain == 0) return false;
  const HeldChains::Link newest = lock_order_graph().chain(chain);
  const u32 made = made_just_now(state, newest);
  // Nothing that is held can be known to anybody: no edge, until it can.
  if (made != 0 && newest.all_made_then) return true;
  if (!prediction().asks_holding(state->thread_node, chain, made, site_of_request(state),
                                 target_of(object, ask))) {
    return false;
  }
  if (made == 0) remember_order(key);
  return true;
}

}  // namespace gridlock::internal
