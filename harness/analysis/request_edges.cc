// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/request_edges.h"

namespace gridlock::internal {

bool RequestEdges::init(u32 objects, LockOrderGraph* graph, const PredictionHooks& hooks) noexcept {
  graph_ = graph;
  hooks_ = hooks;
  return sorted_.reserve(objects) && tall_held_.reserve(objects) && news_.init();
}

void RequestEdges::release() noexcept {
  sorted_.release();
  tall_held_.release();
  permits_node_.release();
  news_.release();
}

NodeId RequestEdges::add_alias(NodeId object) noexcept {
  return hooks_.add_alias(object, hooks_.argument);
}

bool RequestEdges::take_full() noexcept {
  const bool full = full_;
  full_ = false;
  return full;
}

void RequestEdges::forget(const IdSet& nodes) noexcept {
  permits_node_.erase_if(
      [&](u64 object, u32) noexcept { return nodes.has(static_cast<NodeId>(object)); });
}

void RequestEdges::add(NodeId from, NodeId to, const RequestContext& context) noexcept {
  if (context.held_set == 0 || graph_->add(from, to, context, hooks_.on_cycle, hooks_.argument) ==
                                   LockOrderGraph::Added::kFull) {
    full_ = true;
  }
}

void RequestEdges::add_keyed(NodeId from, NodeId node, const RequestContext& context,
                             const ThreadNode& thread_node, const Wanted& wanted) noexcept {
  Settled settled;
  u32 dominating = 0;
  const HeldNode as_held = held_node(from, context.held_mode);
  if (context.held_set == 0 || graph_->add(from, node, context, hooks_.on_cycle, hooks_.argument,
                                           &settled, &dominating) == LockOrderGraph::Added::kFull) {
    full_ = true;
    // Not to be asked for again before something is forgotten: what is there already is what is analysed.
    settled = {};
    settled.from_for_all = 1;
    return news_.tell_edge(thread_node, as_held, wanted, held(), held_count(), settled);
  }
  if (graph_->demands() != demands_) {
    demands_ = graph_->demands();
    news_.tell_merged();
  }
  if (dominating == 0 || dominating == context.held_set) {
    news_.tell_edge(thread_node, as_held, wanted, held(), held_count(), settled);
    return;
  }
  HeldNode set[SettledRequests::kMaxListed];
  const HeldSets::View known = graph_->held_set(dominating);
  if (known.size() > SettledRequests::kMaxListed) return;
  for (u32 i = 0; i < known.size(); ++i) set[i] = known[i];
  news_.tell_edge(thread_node, as_held, wanted, &set[0], known.size(), settled);
}

bool RequestEdges::add_chain(ChainId chain, u32 made, NodeId to,
                             const RequestContext& context) noexcept {
  const bool added = graph_->add_tall(chain, made, to, context, hooks_.on_cycle, hooks_.argument);
  full_ = full_ || !added;
  return added;
}

void RequestEdges::reconsider(NodeId object) noexcept {
  graph_->reconsider(object, hooks_.on_cycle, hooks_.argument);
}

NodeId RequestEdges::permits_node(NodeId object) noexcept {
  const u32* const node = permits_node_.size() == 0 ? nullptr : permits_node_.find(object);
  return node == nullptr ? 0 : *node;
}

// In ascending order, each once, but each permit of several, as the graph wants it.
u32 RequestEdges::intern(const PendingRequest& request) noexcept {
  sorted_.resize(0);
  for (u32 i = 0; i < request.count; ++i) {
    const HeldLock& held = request.held[i];
    const NodeId permits = permits_node(held.object);
    const HeldNode entry = held_node(permits != 0 ? permits : held.object, held.mode);
    for (u32 j = permits != 0 ? held.permits : 1; j > 0 && !sorted_.full(); --j) {
      u32 at = sorted_.add();
      for (; at > 0 && sorted_[at - 1] > entry; --at) sorted_[at] = sorted_[at - 1];
      sorted_[at] = entry;
    }
  }
  return graph_->intern_held_set(sorted_.data(), sorted_.size());
}

RequestContext RequestEdges::context_of(const ThreadNode& thread_node,
                                        const PendingRequest& request) noexcept {
  RequestContext context;
  context.thread = thread_node.thread;
  context.segment = thread_node.segment;
  context.held_set = intern(request);
  context.wanted_site = request.site;
  return context;
}

// What there may be thousands of. The rest has a part in rules of its own.
bool RequestEdges::is_left_to_tall(const HeldLock& held, NodeId object, NodeId node) noexcept {
  return held.mode == Mode::kExclusive && !held.unpublished && held.object != object &&
         held.node != node && permits_node(held.object) == 0;
}

bool RequestEdges::add_tall(const PendingRequest& request, NodeId object, NodeId node,
                            const RequestContext& context) noexcept {
  if (request.count <= LockOrderGraph::kTall || context.held_set == 0) return false;
  tall_held_.resize(0);
  for (u32 i = 0; i < request.count && !tall_held_.full(); ++i) {
    const HeldLock& held = request.held[i];
    if (is_left_to_tall(held, object, node)) tall_held_[tall_held_.add()] = {held.node, held.site};
  }
  if (tall_held_.size() <= LockOrderGraph::kTall) return false;
  return graph_->add_tall(tall_held_.data(), tall_held_.size(), node, context, hooks_.on_cycle,
                          hooks_.argument);
}

// Each edge is looked for in memory that the processor has not at hand: in all of it at once, and not one by one.
void RequestEdges::prefetch(const PendingRequest& request, NodeId node) const noexcept {
  for (u32 i = 0; i < request.count && request.count > 1; ++i) {
    if (!request.held[i].known) graph_->prefetch(request.held[i].node, node);
  }
}

void RequestEdges::prefetch(const HeldNode* held, u32 count, u64 edges, NodeId node,
                            u32 step) const noexcept {
  if (count > 1) graph_->prefetch_held_set(held, count, step);
  for (u32 i = 0; i < count && step == 1; ++i) {
    if ((edges >> i & 1) != 0) graph_->prefetch(node_of(held[i]), node);
  }
}

bool RequestEdges::add_held(const PendingRequest& request, NodeId object, NodeId node,
                            RequestContext context, const ThreadNode* thread_node,
                            const Wanted& wanted) noexcept {
  bool unpublished = false;
  const bool tall = add_tall(request, object, node, context);
  if (!tall && thread_node == nullptr) prefetch(request, node);
  for (u32 i = 0; i < request.count; ++i) {
    const HeldLock& held = request.held[i];
    if (held.known || (tall && is_left_to_tall(held, object, node))) continue;
    // The same lock again is a question of readers and writers only; else it is found live. A permit
    // more is a request like another.
    const NodeId permits = permits_node(held.object);
    const bool again = held.object == object && held.mode == Mode::kExclusive;
    if (again && (permits == 0 || node != permits)) continue;
    context.held_mode = held.mode;
    context.held_site = held.site;
    context.unpublished = held.unpublished;
    unpublished = unpublished || held.unpublished;
    if (thread_node != nullptr) {
      add_keyed(held.node, node, context, *thread_node, wanted);
    } else {
      add(permits != 0 ? permits : held.node, node, context);
    }
  }
  return unpublished;
}

NodeId RequestEdges::describe_permits(NodeId object, u32 permits, u32 most) noexcept {
  if (permits == 1) return graph_->describe(object, NodeKind::kLock, false) ? object : 0;
  if (const NodeId known = permits_node(object)) return known;
  const NodeId node = permits <= most ? add_alias(object) : 0;
  const bool ok =
      node != 0 && graph_->describe_permits(node, permits) && permits_node_.insert(object, node);
  return ok ? node : 0;
}

}  // namespace gridlock::internal
