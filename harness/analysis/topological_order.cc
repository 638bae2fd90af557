// SPDX-License-Identifier: Apache-2.0
//
// add(from, to), when `to` stands before `from`: F = what `to` reaches, B = what reaches `from`. Both are looked at
// edge by edge in turns, F from the lowest place up, B from the highest down, until
//   - F has no more below `from`: F goes right behind `from`;
//   - B has no more above `to`: B goes right before `to`;
//   - the two have passed one another: what is done of F goes right before the next of F, and before that what is done of
//     B above it. What was not looked at of F stands higher, of B lower: no edge of it matters;
//   - the two meet in a node: a cycle. B is completed; M = what of B is reached from `to` becomes one component in the
//     place of `to`, and the rest of B goes right before it.
// What goes somewhere keeps its order. So every edge points up.
#include "harness/analysis/topological_order.h"

namespace gridlock::internal {

bool TopologicalOrder::init(u32 node_capacity, const LockOrderEdges* edges) noexcept {
  edges_ = edges;
  const bool ok =
      nodes_.reserve(node_capacity + 1) && list_.init(node_capacity) &&
      forward_.heap.reserve(node_capacity + 1) && forward_.done.reserve(node_capacity + 1) &&
      backward_.heap.reserve(node_capacity + 1) && backward_.done.reserve(node_capacity + 1);
  if (ok) nodes_.add();
  return ok;
}

void TopologicalOrder::release() noexcept {
  nodes_.release();
  list_.release();
  forward_.heap.release();
  forward_.done.release();
  backward_.heap.release();
  backward_.done.release();
}

u64 TopologicalOrder::bytes() const noexcept {
  return u64{nodes_.size()} * sizeof(Node) + list_.bytes();
}

bool TopologicalOrder::ensure(NodeId node) noexcept {
  while (nodes_.size() <= node) {
    if (nodes_.full() || !forward_.heap.reach(node + 1) || !forward_.done.reach(node + 1) ||
        !backward_.heap.reach(node + 1) || !backward_.done.reach(node + 1) || !list_.add()) {
      return false;
    }
    const u32 id = nodes_.add();
    nodes_[id].parent = nodes_[id].next_member = id;
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

u64 TopologicalOrder::place(NodeId node) noexcept { return list_.place(root(node)); }

bool TopologicalOrder::same_component(NodeId a, NodeId b) noexcept { return root(a) == root(b); }

void TopologicalOrder::add(NodeId from, NodeId to) noexcept {
  const u32 a = root(from);
  const u32 b = root(to);
  if (a != b && list_.place(b) < list_.place(a)) reorder(a, b);
}

bool TopologicalOrder::is_nearer(const Search& search, u32 a, u32 b) const noexcept {
  return (list_.place(a) < list_.place(b)) == search.forward;
}

void TopologicalOrder::push(Search& search, u32 node) noexcept {
  u32 at = search.heap.add();
  for (; at > 0 && is_nearer(search, node, search.heap[(at - 1) / 2]); at = (at - 1) / 2)
    search.heap[at] = search.heap[(at - 1) / 2];
  search.heap[at] = node;
}

u32 TopologicalOrder::pop(Search& search) noexcept {
  Table<u32>& heap = search.heap;
  const u32 top = heap[0];
  const u32 size = heap.size() - 1;
  const u32 sinking = heap[size];
  heap.resize(size);
  u32 hole = 0;
  for (u32 child = 1; child < size; child = hole * 2 + 1) {
    if (child + 1 < size && is_nearer(search, heap[child + 1], heap[child])) ++child;
    if (!is_nearer(search, heap[child], sinking)) break;
    heap[hole] = heap[child];
    hole = child;
  }
  heap[hole] = sinking;
  return top;
}

void TopologicalOrder::begin(Search& search, u32 start, u32 end) noexcept {
  search.node = search.member = start;
  search.edge = search.forward ? edges_->first_out(start) : edges_->first_in(start);
  search.end = list_.place(end);
  search.heap.resize(0);
  search.done.resize(0);
  (search.forward ? nodes_[start].reached : nodes_[start].reaching) = search_;
}

void TopologicalOrder::find(Search& search, u32 node) noexcept {
  Node& found = nodes_[node];
  u32& mark = search.forward ? found.reached : found.reaching;
  if (mark == search_) return;
  const u64 place = list_.place(node);
  if (search.forward ? place > search.end : place < search.end) return;
  mark = search_;
  cycle_ = cycle_ || found.reached == found.reaching;
  push(search, node);
}

// At one more edge. False when there is none: all is done.
bool TopologicalOrder::look(Search& search) noexcept {
  while (search.edge == 0) {
    search.member = nodes_[search.member].next_member;
    if (search.member == search.node) {
      search.done[search.done.add()] = search.node;
      if (search.heap.size() == 0) return false;
      search.node = search.member = pop(search);
    }
    search.edge =
        search.forward ? edges_->first_out(search.member) : edges_->first_in(search.member);
  }
  ++looks_;
  const Edge link = (*edges_)[search.edge];
  search.edge = search.forward ? link.next_out : link.next_in;
  edges_->prefetch(search.edge);  // while the other search looks
  find(search, root(search.forward ? link.to : link.from));
  return true;
}

void TopologicalOrder::reorder(u32 from, u32 to) noexcept {
  ++search_;
  cycle_ = false;
  begin(forward_, to, from);
  begin(backward_, from, to);
  Table<u32>& above = forward_.done;
  Table<u32>& below = backward_.done;
  for (;;) {
    if (!look(forward_)) {
      for (u32 i = 0; i < above.size(); ++i) list_.take_out(above[i]);
      for (u32 i = 0; i < above.size(); ++i)
        from = list_.put_behind(from, above[i], above.size() - 1 - i);
      return;
    }
    if (cycle_) break;
    if (!look(backward_)) {
      for (u32 i = 0; i < below.size(); ++i) list_.take_out(below[i]);
      u32 place = list_.before(to);
      for (u32 i = below.size(); i > 0; --i) place = list_.put_behind(place, below[i - 1], i - 1);
      return;
    }
    if (cycle_) break;
    if (list_.place(forward_.node) > list_.place(backward_.node)) return meet();
  }
  while (look(backward_)) {
  }
  merge(to);
}

void TopologicalOrder::meet() noexcept {
  const u32 next = forward_.node;
  const Table<u32>& above = forward_.done;
  const Table<u32>& below = backward_.done;
  u32 higher = 0;
  while (higher < below.size() && list_.place(below[higher]) > list_.place(next))
    list_.take_out(below[higher++]);
  for (u32 i = 0; i < above.size(); ++i) list_.take_out(above[i]);
  u32 place = list_.before(next);
  u32 left = higher + above.size();
  for (u32 i = higher; i > 0; --i) place = list_.put_behind(place, below[i - 1], --left);
  for (u32 i = 0; i < above.size(); ++i) place = list_.put_behind(place, above[i], --left);
}

// B is complete. M is gathered in the work list of the other search.
void TopologicalOrder::merge(u32 to) noexcept {
  ++merges_;
  const u32 in_b = search_++;
  Table<u32>& cycle = forward_.done;
  Table<u32>& below = backward_.done;
  cycle.resize(0);
  cycle[cycle.add()] = to;
  nodes_[to].reached = search_;
  for (u32 i = 0; i < cycle.size(); ++i) {
    u32 member = cycle[i];
    do {
      for (EdgeId edge = edges_->first_out(member); edge != 0; edge = (*edges_)[edge].next_out) {
        const u32 next = root((*edges_)[edge].to);
        if (nodes_[next].reaching != in_b || nodes_[next].reached == search_) continue;
        nodes_[next].reached = search_;
        cycle[cycle.add()] = next;
      }
      member = nodes_[member].next_member;
    } while (member != cycle[i]);
  }
  for (u32 i = 0; i < below.size(); ++i) {
    if (below[i] != to) list_.take_out(below[i]);
  }
  u32 place = list_.before(to);
  u32 left = below.size() - cycle.size();
  for (u32 i = below.size(); i > 0; --i) {
    if (nodes_[below[i - 1]].reached != search_)
      place = list_.put_behind(place, below[i - 1], --left);
  }
  for (u32 i = 1; i < cycle.size(); ++i) {
    const u32 other = cycle[i];
    nodes_[other].parent = to;
    const u32 next = nodes_[to].next_member;  // splice the two circular lists
    nodes_[to].next_member = nodes_[other].next_member;
    nodes_[other].next_member = next;
  }
}

// Tarjan, "Depth-first search and linear graph algorithms" (1972), with its own stack: a component is complete
// before those that lead to it. While it runs `reached` is the number of a node and `reaching` the lowest that it
// leads to, next_member is 0 on the stack of open nodes (forward_.done); backward_.done is the path, and
// backward_.heap the edge that each node of the path looks at.
void TopologicalOrder::rebuild() noexcept {
  for (u32 node = 1; node < nodes_.size(); ++node) {
    nodes_[node].parent = nodes_[node].next_member = node;
    nodes_[node].reached = nodes_[node].reaching = 0;
  }
  ++merges_;  // whoever looked at components has to look again
  search_ = 0;
  list_.clear();
  forward_.done.resize(0);
  for (u32 node = 1; node < nodes_.size(); ++node) {
    if (nodes_[node].reached == 0) visit(node);
  }
  search_ = 0;
  for (u32 node = 1; node < nodes_.size(); ++node) nodes_[node].reached = nodes_[node].reaching = 0;
}

void TopologicalOrder::visit(u32 node) noexcept {
  Table<u32>& open = forward_.done;
  Table<u32>& path = backward_.done;
  Table<u32>& looks_at = backward_.heap;
  path.resize(0);
  looks_at.resize(0);
  for (;;) {
    if (node != 0) {
      nodes_[node].reached = nodes_[node].reaching = ++search_;
      nodes_[node].next_member = 0;
      open[open.add()] = path[path.add()] = node;
      looks_at[looks_at.add()] = edges_->first_out(node);
    }
    const u32 at = path[path.size() - 1];
    u32& edge = looks_at[looks_at.size() - 1];
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
    path.resize(path.size() - 1);
    looks_at.resize(looks_at.size() - 1);
    if (path.size() == 0) return;
    u32& below = nodes_[path[path.size() - 1]].reaching;
    if (nodes_[at].reaching < below) below = nodes_[at].reaching;
  }
}

// All that was opened since `root` is its component.
void TopologicalOrder::close_component(u32 root) noexcept {
  Table<u32>& open = forward_.done;
  u32 member = 0;
  u32 next = root;
  do {
    member = open[open.size() - 1];
    open.resize(open.size() - 1);
    nodes_[member].parent = root;
    nodes_[member].next_member = next;
    next = member;
  } while (member != root);
  // `root` points at the newest, the oldest of the others at `root`.
  list_.put_behind(0, root, 0);
}

}  // namespace gridlock::internal
