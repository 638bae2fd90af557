// SPDX-License-Identifier: Apache-2.0
//
// add(from, to), when `to` stands before `from`:
//   1. F = what `to` reaches, B = what reaches `from`, both only between the two places;
//   2. M = F and B both: if `from` is in F then M is one cycle of components and is merged;
//   3. the places of F and B are dealt out again: first B without M, then M, then F without M, each
//   in its old order.
// An edge from F without M to B without M cannot exist (its ends would be in M), so step 3 leaves
// every edge pointing up.
#include "harness/analysis/topological_order.h"

namespace gridlock::internal {

bool TopologicalOrder::init(u32 node_capacity, const LockOrderEdges* edges) noexcept {
  edges_ = edges;
  const bool ok = nodes_.reserve(node_capacity + 1) && forward_.reserve(node_capacity + 1) &&
                  backward_.reserve(node_capacity + 1) && places_.reserve(node_capacity * 2 + 2);
  if (ok) nodes_.add();
  return ok;
}

void TopologicalOrder::release() noexcept {
  nodes_.release();
  forward_.release();
  backward_.release();
  places_.release();
}

u64 TopologicalOrder::bytes() const noexcept { return u64{nodes_.size()} * sizeof(Node); }

bool TopologicalOrder::ensure(NodeId node) noexcept {
  while (nodes_.size() <= node) {
    if (nodes_.full()) return false;
    const u32 id = nodes_.add();
    nodes_[id].parent = nodes_[id].place = nodes_[id].next_member = id;
  }
  return true;
}

u32 TopologicalOrder::root(u32 node) noexcept {
  while (nodes_[node].parent != node) {
    nodes_[node].parent = nodes_[nodes_[node].parent].parent;  // path halving
    node = nodes_[node].parent;
  }
  return node;
}

u32 TopologicalOrder::place(NodeId node) noexcept { return nodes_[root(node)].place; }

bool TopologicalOrder::same_component(NodeId a, NodeId b) noexcept { return root(a) == root(b); }

void TopologicalOrder::add(NodeId from, NodeId to) noexcept {
  const u32 a = root(from);
  const u32 b = root(to);
  if (a != b && nodes_[b].place < nodes_[a].place) reorder(a, b);
}

// Fills `found` with the roots that can be reached from `start` without passing the place `bound`.
// The table itself is the work list.
void TopologicalOrder::collect(u32 start, bool forward, u32 bound, Table<u32>& found) noexcept {
  found.resize(0);
  found[found.add()] = start;
  (forward ? nodes_[start].reached : nodes_[start].reaching) = search_;
  for (u32 i = 0; i < found.size(); ++i) {
    u32 member = found[i];
    do {
      EdgeId edge = forward ? edges_->first_out(member) : edges_->first_in(member);
      while (edge != 0) {
        const Edge link = (*edges_)[edge];
        edge = forward ? link.next_out : link.next_in;
        const u32 next = root(forward ? link.to : link.from);
        u32& mark = forward ? nodes_[next].reached : nodes_[next].reaching;
        const u32 at = nodes_[next].place;
        if (mark == search_ || (forward ? at > bound : at < bound)) continue;
        mark = search_;
        found[found.add()] = next;
      }
      member = nodes_[member].next_member;
    } while (member != found[i]);
  }
}

bool TopologicalOrder::on_new_cycle(u32 component) noexcept {
  return nodes_[component].reached == search_ && nodes_[component].reaching == search_;
}

void TopologicalOrder::sink(Table<u32>& roots, u32 hole, u32 size) noexcept {
  const u32 sinking = roots[hole];
  for (u32 child = hole * 2 + 1; child < size; child = hole * 2 + 1) {
    if (child + 1 < size && nodes_[roots[child]].place < nodes_[roots[child + 1]].place) ++child;
    if (nodes_[roots[child]].place <= nodes_[sinking].place) break;
    roots[hole] = roots[child];
    hole = child;
  }
  roots[hole] = sinking;
}

// Heap sort: no memory, no recursion, n log n whatever the input.
void TopologicalOrder::sort_by_place(Table<u32>& roots) noexcept {
  const u32 n = roots.size();
  for (u32 i = n / 2; i > 0; --i) sink(roots, i - 1, n);
  for (u32 size = n; size > 1;) {
    --size;
    const u32 last = roots[size];
    roots[size] = roots[0];
    roots[0] = last;
    sink(roots, 0, size);
  }
}

void TopologicalOrder::reorder(u32 from, u32 to) noexcept {
  ++search_;
  collect(to, true, nodes_[from].place, forward_);
  collect(from, false, nodes_[to].place, backward_);
  sort_by_place(forward_);
  sort_by_place(backward_);
  deal_places();
  if (on_new_cycle(from)) merge_into(from);
}

// Step 3. The places of F and B, each once, are a merge of two sorted lists in which M stands
// twice.
void TopologicalOrder::deal_places() noexcept {
  places_.resize(0);
  for (u32 b = 0, f = 0; b < backward_.size() || f < forward_.size();) {
    const u32 place_b = b < backward_.size() ? nodes_[backward_[b]].place : ~0u;
    const u32 place_f = f < forward_.size() ? nodes_[forward_[f]].place : ~0u;
    places_[places_.add()] = place_b < place_f ? place_b : place_f;
    if (place_b <= place_f) ++b;
    if (place_f <= place_b) ++f;
  }
  u32 lowest = 0;
  for (u32 i = 0; i < backward_.size(); ++i) {
    if (!on_new_cycle(backward_[i])) nodes_[backward_[i]].place = places_[lowest++];
  }
  u32 highest = places_.size();
  for (u32 i = forward_.size(); i > 0; --i) {
    if (!on_new_cycle(forward_[i - 1])) nodes_[forward_[i - 1]].place = places_[--highest];
  }
  for (u32 i = 0; i < backward_.size(); ++i) {
    if (on_new_cycle(backward_[i])) nodes_[backward_[i]].place = places_[lowest];
  }
}

// M becomes one component, whose root is `component`.
void TopologicalOrder::merge_into(u32 component) noexcept {
  ++merges_;
  for (u32 i = 0; i < backward_.size(); ++i) {
    const u32 other = backward_[i];
    if (other == component || !on_new_cycle(other)) continue;
    nodes_[other].parent = component;
    const u32 next = nodes_[component].next_member;  // splice the two circular lists
    nodes_[component].next_member = nodes_[other].next_member;
    nodes_[other].next_member = next;
  }
}

}  // namespace gridlock::internal
