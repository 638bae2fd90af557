// SPDX-License-Identifier: Apache-2.0
//
// A thread that holds h1 .. hn and asks for w makes n edges. For a thread that takes thousands of locks
// one inside the other that is a quadratic number of them, of which nearly none ever lies on a cycle. So
// of such a request only the edge from the newest lock is added, hn -> w, and links h1 -> h2 -> .. -> hn
// where there is no edge yet; the request itself is remembered. The edges that are left out come
//   - at once, hi -> w, if hi and w are in one component by then;
//   - and for w as a whole when a search goes back through w (CycleDistances::measure): those from w's component.
//
// No cycle is missed by that. Each edge that is left out is a path of edges and links, so what reaches what
// is the same as if it were there, or more (a link says that two locks were held together, not that the
// upper one was asked for under the lower); hence two nodes that lie on a cycle are in one component. Of a
// cycle let r be the request that is told last, h -> w the edge for it. When r is told all the others are
// there or remembered, so h and w are in one component, and the edge is added and searched from, like any
// other. Where one of the locks between is gone, the link goes round it (link_what_is_left). The search measures distances backward from h, and before it looks at the edges into a node the
// remembered ones are added; those that it does not come to are further away than it looks, or it was out
// of steps, which is counted. A link has no context: it is no step of a cycle, and the search passes it over.
#include "harness/analysis/tall_requests.h"

namespace gridlock::internal {

bool TallRequests::init(u32 edges, OrderStore* store, SearchBudget* budget) noexcept {
  store_ = store;
  budget_ = budget;
  if (!requests_.reserve(edges + 1)) return false;
  requests_.add();  // index 0 means "none"
  return true;
}

void TallRequests::release() noexcept {
  requests_.release();
  newest_.release();
  free_ = 0;
}

u64 TallRequests::bytes() const noexcept { return u64{requests_.size()} * sizeof(TallRequest); }

// A link changes nothing in what is reached, or adds to it; see above.
ChainId TallRequests::add_link(u64 key, ChainId below, HeldNode held, u32 site, u32 made) noexcept {
  const NodeId node = node_of(held);
  if (!store_->ensure(node)) return 0;
  if (below != 0 && !store_->link(node_of(store_->chains()[below].held), node)) return 0;
  return store_->chains().add(key, below, held, site, made);
}

ChainId TallRequests::list(const TallHeld* held, u32 count) noexcept {
  ChainId chain = 0;
  u64 key = 1;
  for (u32 i = 0; i < count; ++i) {
    key = mix(key ^ (u64{held[i].node} << 32 | held[i].site)) + 1;
    ChainId next = store_->chains().find(key);
    if (next == 0)
      next = add_link(key, chain, held_node(held[i].node, Mode::kExclusive), held[i].site, 0);
    if (next == 0) return 0;
    chain = next;
  }
  return chain;
}

// It comes again when the runtime has forgotten that it told of it.
bool TallRequests::is_known(u32 newest, ChainId chain, u32 made,
                            const RequestContext& context) noexcept {
  constexpr u32 kLooks = 16;
  u32 id = newest;
  for (u32 i = 0; i < kLooks && id != 0; ++i, id = requests_[id].before) {
    const TallRequest& known = requests_[id];
    if (known.chain == chain && known.made == made && known.context.thread == context.thread &&
        known.context.segment == context.segment && known.context.held_set == context.held_set &&
        known.context.wanted_mode == context.wanted_mode) {
      return true;
    }
  }
  return false;
}

void TallRequests::add(NodeId to, ChainId chain, u32 made, const RequestContext& context) noexcept {
  u32* const newest = newest_.size() == 0 ? nullptr : newest_.find(to);
  if (newest != nullptr && is_known(*newest, chain, made, context)) return;
  if (free_ == 0 && requests_.full()) return budget_->note_undecided();
  const u32 id = free_ != 0 ? free_ : requests_.add();
  if (free_ != 0) free_ = requests_[id].before;
  requests_[id] = {context, chain, made, newest != nullptr ? *newest : 0, 0};
  if (newest != nullptr) {
    *newest = id;
  } else if (!newest_.insert(to, id)) {
    budget_->note_undecided();
  }
}

// The newest that is left. A request that holds nothing that is there has no edge to come. Of the others those stay
// that came last: like an edge, a lock keeps a bounded number of ways to ask for it.
u32 TallRequests::forget_some(u32 newest, bool all) noexcept {
  constexpr u32 kMax = 256;
  constexpr u32 kMaxWithGone = 64;
  u32 kept = 0;
  u32 with_gone = 0;
  u32 first = newest;
  u32* link = &first;
  while (*link != 0) {
    TallRequest& request = requests_[*link];
    const HeldChains::Link& chain = store_->chains()[request.chain];
    const bool useless = all || chain.gone == chain.depth;
    const bool over = kept == kMax || (chain.gone != 0 && with_gone == kMaxWithGone);
    if (!useless && !over) {
      ++kept;
      if (chain.gone != 0) ++with_gone;
      link = &request.before;
      continue;
    }
    if (!useless) budget_->note_undecided();
    const u32 id = *link;
    *link = request.before;
    request = TallRequest{};
    request.before = free_;
    free_ = id;
  }
  return first;
}

// What lies below something that is gone has to reach what lies above it, as before.
void TallRequests::link_what_is_left() noexcept {
  const HeldChains& chains = store_->chains();
  const auto link = [&](ChainId lower, NodeId upper) {
    if (!store_->link(node_of(chains[lower].held), upper)) budget_->note_undecided();
  };
  chains.each_gap([&](ChainId lower, ChainId upper) { link(lower, node_of(chains[upper].held)); });
  newest_.erase_if([&](u64 to, u32 newest) noexcept {
    for (u32 id = newest; id != 0; id = requests_[id].before) {
      const ChainId chain = requests_[id].chain;
      if (chains.is_gone(chain)) link(chains.newest_left(chain), static_cast<NodeId>(to));
    }
    return false;
  });
}

void TallRequests::forget(const IdSet& nodes) noexcept {
  newest_.erase_if([&](u64 to, u32& newest) noexcept {
    newest = forget_some(newest, nodes.has(static_cast<NodeId>(to)));
    return newest == 0;
  });
  link_what_is_left();
}

u32 TallRequests::expand_into(NodeId to) noexcept {
  const u32* const newest = newest_.size() == 0 ? nullptr : newest_.find(to);
  u32 looked_at = 0;
  for (u32 id = newest == nullptr ? 0 : *newest; id != 0; id = requests_[id].before) {
    TallRequest& request = requests_[id];
    if (request.merges == store_->merges()) continue;
    request.merges = store_->merges();
    looked_at += store_->chains()[request.chain].depth;
    for (ChainId at = request.chain; at != 0; at = store_->chains()[at].below) {
      const HeldChains::Link link = store_->chains()[at];
      const NodeId node = node_of(link.held);
      if (node == to || (request.made != 0 && link.made == request.made) ||
          !store_->same_component(node, to)) {
        continue;
      }
      RequestContext context = request.context;
      context.held_site = link.site;
      context.held_mode = is_shared(link.held) ? Mode::kShared : Mode::kExclusive;
      const EdgeId edge = store_->find(node, to);
      if (edge == 0) {
        if (store_->add_edge(node, to, context) == 0) budget_->note_undecided();
      } else if (!store_->dominated(edge, context)) {
        store_->keep(edge, context);
      }
    }
  }
  return looked_at;
}

}  // namespace gridlock::internal
