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
// other. The search measures distances backward from h, and before it looks at the edges into a node the
// remembered ones are added; those that it does not come to are further away than it looks, or it was out
// of steps, which is counted. A link has no context: it is no step of a cycle, and the search passes it over.
#include "harness/analysis/tall_requests.h"

namespace gridlock::internal {

bool TallRequests::init(u32 edges, OrderStore* store, SearchBudget* budget) noexcept {
  store_ = store;
  budget_ = budget;
  if (!held_.reserve(edges * 2) || !requests_.reserve(edges + 1)) return false;
  requests_.add();  // index 0 means "none"
  return true;
}

void TallRequests::release() noexcept {
  held_.release();
  requests_.release();
  newest_.release();
}

u64 TallRequests::bytes() const noexcept {
  return u64{held_.size()} * sizeof(TallHeld) + u64{requests_.size()} * sizeof(TallRequest);
}

// Lists that begin alike share their beginning, as those of one thread that goes on do. A link changes
// nothing in what is reached, or adds to it; see above.
bool TallRequests::list(const TallHeld* held, u32 count) noexcept {
  u32 same = 0;
  const u32 both = count < count_ ? count : count_;
  while (same < both && held_[first_ + same].node == held[same].node &&
         held_[first_ + same].site == held[same].site) {
    ++same;
  }
  if (same != both) same = 0;
  if (held_.full(count - same) || requests_.full()) return false;
  if (same == 0) {
    first_ = held_.size();
    count_ = 0;
  }
  for (u32 i = same; i < count; ++i) {
    if (i != 0 && !store_->link(held[i - 1].node, held[i].node)) return false;
    held_[held_.add()] = held[i];
    ++count_;
  }
  return true;
}

void TallRequests::add(NodeId to, u32 count, const RequestContext& context) noexcept {
  u32* const newest = newest_.find(to);
  const u32 id = requests_.add();
  requests_[id] = {context, first_, count, newest != nullptr ? *newest : 0, 0};
  if (newest != nullptr) {
    *newest = id;
  } else if (!newest_.insert(to, id)) {
    budget_->note_undecided();
  }
}

// A list whose locks are gone keeps its room until no request is left.
void TallRequests::forget(const IdSet& nodes) noexcept {
  if (requests_.size() == 1) return;
  for (u32 i = 0; i < held_.size(); ++i) {
    if (nodes.has(held_[i].node)) held_[i].node = 0;
  }
  bool any = false;
  newest_.erase_if([&](u64 to, u32 newest) noexcept {
    const bool gone = nodes.has(static_cast<NodeId>(to));
    for (u32 id = gone ? newest : 0; id != 0; id = requests_[id].before) requests_[id].count = 0;
    any = any || !gone;
    return gone;
  });
  if (any) {
    count_ = 0;  // what comes next shares nothing with a list that has holes
    return;
  }
  held_.resize(0);
  requests_.resize(1);
  first_ = count_ = 0;
}

u32 TallRequests::expand_into(NodeId to) noexcept {
  const u32* const newest = newest_.size() == 0 ? nullptr : newest_.find(to);
  u32 looked_at = 0;
  for (u32 id = newest == nullptr ? 0 : *newest; id != 0; id = requests_[id].before) {
    TallRequest& request = requests_[id];
    if (request.merges == store_->merges()) continue;
    request.merges = store_->merges();
    looked_at += request.count;
    for (u32 i = 0; i < request.count; ++i) {
      const TallHeld& held = held_[request.first + i];
      if (held.node == 0 || !store_->same_component(held.node, to)) continue;
      RequestContext context = request.context;
      context.held_site = held.site;
      const EdgeId edge = store_->find(held.node, to);
      if (edge == 0) {
        if (store_->add_edge(held.node, to, context) == 0) budget_->note_undecided();
      } else if (!store_->dominated(edge, context)) {
        store_->keep(edge, context);
      }
    }
  }
  return looked_at;
}

}  // namespace gridlock::internal
