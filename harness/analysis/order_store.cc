// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/order_store.h"

namespace gridlock::internal {

bool OrderStore::init(const LockOrderLimits& limits) noexcept {
  contexts_per_edge_ = limits.contexts_per_edge;
  many_ = limits.many_contexts;
  plenty_ = limits.plenty_of_contexts;
  return edges_.init(limits.nodes, limits.edges) && components_.init(limits.nodes, &edges_) &&
         held_sets_.init(limits.edges * 4 + 1) && chains_.init(limits.edges) &&
         nodes_.init(limits.nodes, limits.writers, limits.writers_per_node);
}

void OrderStore::release() noexcept {
  edges_.release();
  components_.release();
  held_sets_.release();
  chains_.release();
  nodes_.release();
}

void OrderStore::forget_what(IsOver is_over, void* argument) noexcept {
  is_over_ = is_over;
  is_over_argument_ = argument;
}

u32 OrderStore::contexts_dropped() const noexcept { return contexts_dropped_; }
u64 OrderStore::edge_bytes() const noexcept {
  return edges_.edge_bytes() + held_sets_.bytes() + chains_.bytes();
}
u64 OrderStore::node_bytes() const noexcept {
  return edges_.node_bytes() + components_.bytes() + nodes_.bytes();
}

bool OrderStore::ensure(NodeId node) noexcept {
  return nodes_.ensure(node) && edges_.ensure(node) && components_.ensure(node);
}

void OrderStore::remove(const IdSet& nodes, const NodeId* list, u32 count) noexcept {
  edges_.remove_of(nodes);
  bool together = false;
  for (u32 i = 0; i < count; ++i) {
    if (list[i] >= nodes_.limit()) continue;
    together = together || !components_.is_alone(list[i]);
    nodes_.forget_writers(list[i]);
  }
  if (together) components_.rebuild();
}

u32 OrderStore::intern_held_set(const HeldNode* sorted, u32 length) noexcept {
  if (length != 0 && !ensure(node_of(sorted[length - 1]))) return 0;
  return held_sets_.intern(sorted, length);
}

EdgeId OrderStore::add_edge(NodeId from, NodeId to, const RequestContext& first) noexcept {
  note_depth(first.held_set);
  components_.add(from, to);
  const HeldSets::Signs signs =
      LockOrderEdges::fits_in_edge(first) ? 0 : signs_of_set(first.held_set);
  return edges_.add(from, to, first, signs);
}

bool OrderStore::link(NodeId lower, NodeId upper) noexcept {
  if (lower == upper || edges_.find(lower, upper) != 0) return true;
  if (edges_.full() || !ensure(lower > upper ? lower : upper)) return false;
  components_.add(lower, upper);
  return edges_.add_bare(lower, upper) != 0;
}

u32 OrderStore::permits_held(u32 held_set, NodeId node) const noexcept {
  if (HeldChains::is_chain(held_set)) return 0;  // of locks only
  const HeldSets::View held = held_sets_.view(held_set);
  u32 count = 0;
  for (u32 i = 0; i < held.size(); ++i) count += node_of(held[i]) == node ? 1 : 0;
  return count;
}

u32 OrderStore::count_held(u32 set) const noexcept {
  return HeldChains::is_chain(set) ? chains_[HeldChains::chain_of(set)].depth
                                   : held_sets_.view(set).size();
}

// Of very many locks: any may be in it, and it is part of none.
HeldSets::Signs OrderStore::signs_of_set(u32 set) const noexcept {
  if (!HeldChains::is_chain(set)) return held_sets_.signs_of(set);
  const u32 depth = count_held(set);
  return ~HeldSets::kMany | (depth < HeldSets::kMany ? depth : HeldSets::kMany);
}

// For very many locks it says only what is plain to see: a no keeps one context more than is needed.
bool OrderStore::subset(u32 small_set, u32 large_set) const noexcept {
  if (small_set == large_set) return true;
  if (HeldChains::is_chain(small_set) || HeldChains::is_chain(large_set)) return false;
  return held_sets_.subset(small_set, large_set);
}

bool OrderStore::same_permits(u32 set_a, u32 set_b) noexcept {
  if (set_a == set_b || HeldChains::is_chain(set_b)) return true;
  const HeldSets::View held = held_sets_.view(set_b);
  for (u32 i = 0; i < held.size(); ++i) {
    const NodeId node = node_of(held[i]);
    if (nodes_.is_permits(node) && permits_held(set_a, node) != permits_held(set_b, node))
      return false;
  }
  return true;
}

// The same request, for all that a filter asks but who makes it and when, and what is held.
bool OrderStore::asks_alike(const RequestContext& known, const RequestContext& context) noexcept {
  return known.from_epoch == context.from_epoch && known.to_epoch == context.to_epoch &&
         known.held_mode == context.held_mode && known.wanted_mode == context.wanted_mode &&
         known.unpublished == context.unpublished;
}

// And nothing more is held.
bool OrderStore::no_more_held(const RequestContext& known, const RequestContext& context) noexcept {
  return asks_alike(known, context) && subset(known.held_set, context.held_set) &&
         same_permits(known.held_set, context.held_set);
}

ContextId OrderStore::dominated(EdgeId edge, const RequestContext& context) noexcept {
  const HeldSets::Signs signs = signs_of_set(context.held_set);
  for (ContextId id = edges_.first_context(edge); id != 0; id = edges_.next_context(id)) {
    if (is_of(id, context) && HeldSets::may_be_part(signs_of(id), signs) &&
        no_more_held(edges_.context(id), context)) {
      return id;
    }
  }
  return 0;
}

void OrderStore::look_for_room(EdgeId edge, const RequestContext& context, Room* room) noexcept {
  u32 threads[kThreads];
  u32 largest_own = HeldSets::count_of(room->signs);
  u32 largest_other = largest_own;
  for (ContextId id = edges_.first_context(edge); id != 0; id = edges_.next_context(id)) {
    const LockOrderEdges::Which known = edges_.which(id);
    const HeldSets::Signs signs = signs_of(id);
    const u32 held = HeldSets::count_of(signs);
    ++room->kept;
    if (HeldSets::may_be_part(signs, room->signs) && no_more_held(edges_.context(id), context))
      ++room->alike;
    u32 at = 0;
    while (at < room->threads && threads[at] != known.thread) ++at;
    const bool several = at < room->threads;
    if (!several && at < kThreads) threads[room->threads++] = known.thread;
    const bool own = known.thread == context.thread;
    if (own) room->own = true;
    if (LockOrderEdges::is_first(id)) continue;  // stays
    if (held > room->largest) room->largest = held;
    if (own && known.held_set == context.held_set) room->older = id;
    if (own && held > largest_own) {
      largest_own = held;
      room->largest_own = id;
    } else if (!own && several && held > largest_other) {
      largest_other = held;
      room->largest_other = id;
    }
  }
}

// An edge that lies on no cycle yet has few, once there are very many in all: then a program has more
// ways of nesting than there can be memory for.
u32 OrderStore::most_contexts(EdgeId edge, u32 alike) noexcept {
  const u64 in_all = edges_.further_contexts();
  if (in_all < plenty_ || same_component(edges_[edge].from, edges_[edge].to))
    return alike * kHeldSetsPerEdge;
  return in_all < plenty_ * 4 ? alike * 2 : (alike + 1) / 2;
}

// `others`: so many that are alike, or of so many threads, do what any further one would.
Settled OrderStore::drop(const Room& room, u32 others, const RequestContext& context) noexcept {
  const bool others_do = room.alike >= others;
  Settled kept;
  kept.with_set = true;
  ++contexts_dropped_;
  if (room.older != 0 && replace(room.older, context, room)) return kept;
  Settled dropped;
  dropped.with_set_for_all = others_do;
  if (others_do) return dropped;
  // Fewer locks held are fewer gates; and a thread of which there is none yet says more than one of which
  // there are several.
  if (room.largest_own != 0 && replace(room.largest_own, context, room)) return kept;
  const bool enough = room.threads >= (others < kThreads ? others : kThreads);
  if (!room.own && !enough && room.largest_other != 0 &&
      replace(room.largest_other, context, room)) {
    return kept;
  }
  dropped.new_threads = !room.own && enough;
  if (enough) dropped.from_for_all = room.largest > 1 ? room.largest : 1;
  dropped.from = count_held(context.held_set);
  return dropped;
}

bool OrderStore::holds_permits(u32 set) const noexcept {
  const HeldSets::View held = held_sets_.view(set);
  for (u32 i = 0; i < held.size(); ++i) {
    if (nodes_.is_permits(node_of(held[i]))) return true;
  }
  return false;
}

void OrderStore::note_depth(u32 held_set) noexcept {
  const u32 held = count_held(held_set);
  const u32 gates = held <= kManyGates ? held - 1 : kManyGates;
  if (held != 0 && gates > gates_) gates_ = gates;
}

// Of those that ask in the same way, of all threads or only of its own in the same segment.
void OrderStore::add_ways(EdgeId edge, const RequestContext& context, bool own,
                          HeldWays* ways) noexcept {
  for (ContextId id = edges_.first_context(edge); id != 0; id = edges_.next_context(id)) {
    if (own && !is_of(id, context)) continue;
    const RequestContext known = edges_.context(id);
    if (asks_alike(known, context) && !HeldChains::is_chain(known.held_set) &&
        !holds_permits(known.held_set)) {
      ways->add(known.thread, held_sets_.view(known.held_set));
    }
  }
}

// Whatever else its thread holds, or any thread: is there always one of the contexts that takes part in the same
// cycles? Asked are those that ask in the same way. For one thread, its own in the same segment; for all, those of
// all, and there have to be so many threads that the others of a cycle cannot all be ordered with them.
bool OrderStore::says_no_more(EdgeId edge, const RequestContext& context,
                              Settled* settled) noexcept {
  const NodeId from = edges_[edge].from;
  const u32 few = count_held(context.held_set) == 1 ? 1 : 2;  // holding nothing else is worth most
  u32 threads[kThreads];
  u32 count = 0;
  u32 own_count = 0;
  for (ContextId id = edges_.first_context(edge); id != 0; id = edges_.next_context(id)) {
    const u32 thread = edges_.which(id).thread;
    u32 at = 0;
    while (at < count && threads[at] != thread) ++at;
    if (at == count && count < kThreads) threads[count++] = thread;
    own_count += is_of(id, context) ? 1 : 0;
  }
  if (count == kThreads) {
    HeldWays all(from);
    add_ways(edge, context, false, &all);
    if (all.threads() >= kThreads && !all.can_be_gated_beside_a_thread(gates_)) {
      settled->from_for_all = few;
      return true;
    }
  }
  if (few == 1 || own_count <= gates_) return false;
  HeldWays own(from);
  add_ways(edge, context, true, &own);
  if (own.can_be_gated(gates_)) return false;
  settled->from = 2;
  return true;
}

Settled OrderStore::keep(EdgeId edge, const RequestContext& context) noexcept {
  Settled kept;
  if (context.unpublished) return kept;
  note_depth(context.held_set);
  kept.with_set = true;
  Room room;
  room.signs = signs_of_set(context.held_set);
  for (ContextId id = edges_.first_context(edge); id != 0; id = edges_.next_context(id)) {
    if (is_of(id, context) && HeldSets::may_be_part(room.signs, signs_of(id)) &&
        no_more_held(context, edges_.context(id)) && replace(id, context, room)) {
      return kept;
    }
  }
  const NodeId from = edges_[edge].from;
  Settled settled;
  if (edges_.further_contexts() >= many_ && !HeldChains::is_chain(context.held_set) &&
      !holds_permits(context.held_set) && !same_component(from, edges_[edge].to) &&
      says_no_more(edge, context, &settled)) {
    ++contexts_dropped_;
    return settled;
  }
  const u32 alike = contexts_per_edge_ + (nodes_.is_permits(from) ? 2 * nodes_.permits(from) : 0);
  look_for_room(edge, context, &room);
  const u32 most = most_contexts(edge, alike);
  if (room.alike < alike && room.kept < most && edges_.add_context(edge, context, room.signs)) {
    return kept;
  }
  for (ContextId id = edges_.first_context(edge); is_over_ != nullptr && id != 0;
       id = edges_.next_context(id)) {
    if (is_over_(edges_.context(id), is_over_argument_) && replace(id, context, room)) return kept;
  }
  // Where there is room for fewer than would do, those that fill it do.
  return drop(room, most < alike ? most : alike, context);
}

Added OrderStore::note_writer(NodeId node, const RequestContext& context) noexcept {
  if (!ensure(node)) return Added::kFull;
  if (!nodes_.prefers_writers(node)) return Added::kKnown;
  for (WriterId id = nodes_.first_writer(node); id != 0; id = nodes_.writer(id).next) {
    const WaitingWriter& known = nodes_.writer(id);
    if (known.thread == context.thread && known.segment == context.segment &&
        subset(known.held_set, context.held_set)) {
      return Added::kKnown;
    }
  }
  return nodes_.add_writer(node, context) ? Added::kNew : Added::kFull;
}

}  // namespace gridlock::internal
