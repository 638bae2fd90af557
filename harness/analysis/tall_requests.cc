// SPDX-License-Identifier: Apache-2.0
//
// A thread that holds h1 .. hn and asks for w makes n edges. For a thread that takes thousands of locks
// one inside the other that is a quadratic number of them, of which nearly none ever lies on a cycle. So
// of such a request only the edge from the newest lock is added, hn -> w, and links h1 -> h2 -> .. -> hn
// where there is no edge yet; the request itself is remembered. The edges that are left out come
//   - at once, hi -> w, if hi and w are in one component by then;
//   - and for w as a whole when a search goes back through w (measure_distances): those from w's component.
//
// No cycle is missed by that. Each edge that is left out is a path of edges and links, so what reaches what
// is the same as if it were there, or more (a link says that two locks were held together, not that the
// upper one was asked for under the lower); hence two nodes that lie on a cycle are in one component. Of a
// cycle let r be the request that is told last, h -> w the edge for it. When r is told all the others are
// there or remembered, so h and w are in one component, and the edge is added and searched from, like any
// other. The search measures distances backward from h, and before it looks at the edges into a node the
// remembered ones are added; those that it does not come to are further away than it looks, or it was out
// of steps, which is counted. A link has no context: it is no step of a cycle, and the search passes it over.
#include "harness/analysis/lock_order_graph.h"

namespace gridlock::internal {

// What is reached stays the same or grows; see above.
bool LockOrderGraph::link(NodeId lower, NodeId upper) noexcept {
  if (lower == upper || edges_.find(lower, upper) != 0) return true;
  if (edges_.full() || !ensure(lower > upper ? lower : upper)) return false;
  order_.add(lower, upper);
  return edges_.add_bare(lower, upper) != 0;
}

// Lists that begin alike share their beginning, as those of one thread that goes on do.
bool LockOrderGraph::list_tall(const TallHeld* held, u32 count) noexcept {
  u32 same = 0;
  const u32 both = count < tall_count_ ? count : tall_count_;
  while (same < both && tall_held_[tall_first_ + same].node == held[same].node &&
         tall_held_[tall_first_ + same].site == held[same].site) {
    ++same;
  }
  if (same != both) same = 0;
  if (tall_held_.full(count - same) || tall_.full()) return false;
  if (same == 0) {
    tall_first_ = tall_held_.size();
    tall_count_ = 0;
  }
  for (u32 i = same; i < count; ++i) {
    if (i != 0 && !link(held[i - 1].node, held[i].node)) return false;
    tall_held_[tall_held_.add()] = held[i];
    ++tall_count_;
  }
  return true;
}

bool LockOrderGraph::add_tall(const TallHeld* held, u32 count, NodeId to,
                              const RequestContext& context, OnCycle on_cycle,
                              void* argument) noexcept {
  if (edges_.full() || !list_tall(held, count)) return false;
  RequestContext step = context;
  for (u32 i = count; i > 0; --i) {
    const TallHeld& each = held[i - 1];
    if (i != count && !order_.same_component(each.node, to)) continue;
    step.held_site = each.site;
    add(each.node, to, step, on_cycle, argument);
  }
  // Only now, because an edge that is there already is not searched from.
  u32* const newest = tall_of_.find(to);
  const u32 id = tall_.add();
  tall_[id] = {context, tall_first_, count, newest != nullptr ? *newest : 0, 0};
  if (newest != nullptr) {
    *newest = id;
  } else if (!tall_of_.insert(to, id)) {
    ++undecided_;
  }
  return true;
}

// Adds the edges into `to` that were left out and may lie on a cycle. Returns how many locks it looked at.
u32 LockOrderGraph::expand_into(NodeId to) noexcept {
  const u32* const newest = tall_of_.size() == 0 ? nullptr : tall_of_.find(to);
  u32 looked_at = 0;
  for (u32 id = newest == nullptr ? 0 : *newest; id != 0; id = tall_[id].before) {
    TallRequest& request = tall_[id];
    if (request.merges == order_.merges()) continue;
    request.merges = order_.merges();
    looked_at += request.count;
    for (u32 i = 0; i < request.count; ++i) {
      const TallHeld& held = tall_held_[request.first + i];
      if (!order_.same_component(held.node, to)) continue;
      RequestContext context = request.context;
      context.held_site = held.site;
      const EdgeId edge = edges_.find(held.node, to);
      if (edge == 0) {
        if (edges_.add(held.node, to, context) == 0) ++undecided_;
      } else if (!dominated(edge, context)) {
        store(edge, context);
      }
    }
  }
  return looked_at;
}

}  // namespace gridlock::internal
