// SPDX-License-Identifier: Apache-2.0
//
// add(from, to), when `to` stands before `from`:
//   1. F = what `to` reaches, B = what reaches `from`, both only between the two places;
//   2. M = F and B both: if `from` is in F then M is one cycle of components and is merged;
//   3. the places of F and B are dealt out again: first B without M, then M, then F without M, each
//   in its old order.
// A node that nothing leads to, or from which nothing leads, needs none of that: it goes to the end. That is the
// usual case where new locks are held around old ones.
//
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
    if (nodes_.full() || !forward_.reach(node + 1) || !backward_.reach(node + 1) ||
        !places_.reach(node * 2 + 2)) {
      return false;
    }
    const u32 id = nodes_.add();
    nodes_[id].parent = nodes_[id].next_member = id;
    nodes_[id].place = kMiddle + id;
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
  if (a != b && nodes_[b].place < nodes_[a].place && !move_to_end(a, b)) reorder(a, b);
}

bool TopologicalOrder::move_to_end(u32 from, u32 to) noexcept {
  if (is_alone(from) && edges_->first_in(from) == 0 && lowest_ > 1) {
    nodes_[from].place = --lowest_;
    return true;
  }
  if (is_alone(to) && edges_->first_out(to) == 0 && highest_ < ~0u - 1) {
    nodes_[to].place = ++highest_;
    return true;
  }
  return false;
}

void TopologicalOrder::spread() noexcept {
  if (lowest_ > kReserve && highest_ < ~0u - kReserve) return;
  forward_.resize(0);
  for (u32 node = 1; node < nodes_.size(); ++node) {
    if (nodes_[node].parent == node) forward_[forward_.add()] = node;
  }
  sort_by_place(forward_);
  for (u32 i = 0; i < forward_.size(); ++i) nodes_[forward_[i]].place = kMiddle + i + 1;
  lowest_ = kMiddle;
  highest_ = kUpper;
}

// Tarjan, "Depth-first search and linear graph algorithms" (1972), with its own stack: a component is complete
// before those that lead to it. While it runs `reached` is the number of a node and `reaching` the lowest that it
// leads to, next_member is 0 on the stack of open nodes (forward_); backward_ is the path, and places_ the edge
// that each node of the path looks at.
void TopologicalOrder::rebuild() noexcept {
  for (u32 node = 1; node < nodes_.size(); ++node) {
    nodes_[node].parent = nodes_[node].next_member = node;
    nodes_[node].reached = nodes_[node].reaching = 0;
  }
  ++merges_;  // whoever looked at components has to look again
  search_ = 0;
  lowest_ = kMiddle;
  highest_ = kMiddle + nodes_.size() - 1;
  forward_.resize(0);
  for (u32 node = 1; node < nodes_.size(); ++node) {
    if (nodes_[node].reached == 0) visit(node);
  }
  highest_ = kUpper;
  search_ = 0;
  for (u32 node = 1; node < nodes_.size(); ++node) nodes_[node].reached = nodes_[node].reaching = 0;
}

void TopologicalOrder::visit(u32 node) noexcept {
  backward_.resize(0);
  places_.resize(0);
  for (;;) {
    if (node != 0) {
      nodes_[node].reached = nodes_[node].reaching = ++search_;
      nodes_[node].next_member = 0;
      forward_[forward_.add()] = backward_[backward_.add()] = node;
      places_[places_.add()] = edges_->first_out(node);
    }
    const u32 at = backward_[backward_.size() - 1];
    u32& edge = places_[places_.size() - 1];
    node = 0;
    while (edge != 0 && node == 0) {
      const Edge link = (*edges_)[edge];
      edge = link.next_out;
      if (nodes_[link.to].reached == 0) {
        node = link.to;
      } else if (nodes_[link.to].next_member == 0 &&
                 nodes_[link.to].reached < nodes_[at].reaching) {
        nodes_[at].reaching = nodes_[link.to].reached;
      }
    }
    if (node != 0) continue;
    if (nodes_[at].reaching == nodes_[at].reached) close_component(at);
    backward_.resize(backward_.size() - 1);
    places_.resize(places_.size() - 1);
    if (backward_.size() == 0) return;
    u32& below = nodes_[backward_[backward_.size() - 1]].reaching;
    if (nodes_[at].reaching < below) below = nodes_[at].reaching;
  }
}

// All that was opened since `root` is its component.
void TopologicalOrder::close_component(u32 root) noexcept {
  u32 member = 0;
  u32 next = root;
  do {
    member = forward_[forward_.size() - 1];
    forward_.resize(forward_.size() - 1);
    nodes_[member].parent = root;
    nodes_[member].next_member = next;
    next = member;
  } while (member != root);
  // `root` points at the newest, the oldest of the others at `root`.
  nodes_[root].place = highest_--;
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
