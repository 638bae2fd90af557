// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/lock_order_graph.h"

namespace gridlock::internal {

bool LockOrderGraph::init(const Limits& limits, Segments* segments) noexcept {
  return store_.init(limits) && tall_.init(limits.edges, &store_, &budget_) &&
         search_.init(limits, &store_, segments, &tall_, &budget_);
}

void LockOrderGraph::release() noexcept {
  store_.release();
  tall_.release();
  search_.release();
}

void LockOrderGraph::forget_what(IsOver is_over, void* argument) noexcept {
  store_.forget_what(is_over, argument);
}

void LockOrderGraph::remove(const IdSet& nodes, const NodeId* list, u32 count) noexcept {
  store_.remove(nodes, list, count);
  store_.chains().count_gone(nodes);
  tall_.forget(nodes);
  search_.forget(nodes);
}

void LockOrderGraph::forget_node(NodeId node) noexcept { store_.nodes().forget(node); }

u32 LockOrderGraph::edges() const noexcept { return store_.edges().count(); }
u32 LockOrderGraph::kept_edges() const noexcept { return store_.edges().kept(); }
u64 LockOrderGraph::contexts() const noexcept {
  return u64{store_.edges().kept()} + store_.edges().further_contexts();
}
u32 LockOrderGraph::demands() const noexcept { return store_.merges() + store_.gates(); }

CycleStep LockOrderGraph::edge(u32 number) const noexcept {
  const LockOrderEdges& edges = store_.edges();
  return {edges[number].from, edges[number].to, edges.context(edges.first_context(number))};
}

u32 LockOrderGraph::contexts_dropped() const noexcept { return store_.contexts_dropped(); }
u32 LockOrderGraph::writers_dropped() const noexcept { return store_.nodes().writers_dropped(); }
u64 LockOrderGraph::edge_bytes() const noexcept {
  return store_.edge_bytes() + search_.edge_bytes() + tall_.bytes();
}
u64 LockOrderGraph::node_bytes() const noexcept {
  return store_.node_bytes() + u64{store_.nodes().limit()} * CycleSearch::kBytesPerNode;
}
InfeasibleCycles& LockOrderGraph::infeasible_cycles() noexcept {
  return search_.infeasible_cycles();
}
u32 LockOrderGraph::undecided() const noexcept { return budget_.undecided(); }

u32 LockOrderGraph::intern_held_set(const HeldNode* sorted, u32 length) noexcept {
  return store_.intern_held_set(sorted, length);
}

HeldSets::View LockOrderGraph::held_set(u32 set) const noexcept { return store_.held(set); }

bool LockOrderGraph::on_common_cycle(NodeId a, NodeId b) noexcept {
  const u32 limit = store_.nodes().limit();
  return a < limit && b < limit && store_.same_component(a, b);
}

bool LockOrderGraph::describe(NodeId node, NodeKind kind, bool prefers_writers) noexcept {
  if (!store_.ensure(node)) return false;
  store_.nodes().describe(node, kind, prefers_writers);
  return true;
}

bool LockOrderGraph::describe_permits(NodeId node, u32 permits) noexcept {
  if (!describe(node, NodeKind::kPermits, false)) return false;
  store_.nodes().set_permits(node, permits);
  return true;
}

bool LockOrderGraph::add_giver(NodeId node, NodeId giver) noexcept {
  return describe(giver, NodeKind::kSignal, false) && describe(node, NodeKind::kAnySignal, false) &&
         store_.nodes().add_giver(node, giver);
}

bool LockOrderGraph::set_active(NodeId node, bool active) noexcept {
  if (!store_.ensure(node)) return false;
  store_.nodes().set_active(node, active);
  return true;
}

LockOrderGraph::Added LockOrderGraph::note_writer(NodeId node,
                                                  const RequestContext& context) noexcept {
  return store_.note_writer(node, context);
}

LockOrderGraph::Added LockOrderGraph::add(NodeId from, NodeId to, const RequestContext& context,
                                          OnCycle on_cycle, void* argument, Settled* settled,
                                          u32* dominating) noexcept {
  EdgeId edge = store_.find(from, to);
  Settled said;
  if (edge == 0) {
    if (store_.edges().full() || !store_.ensure(from > to ? from : to)) return Added::kFull;
    // Not said to be settled, but where nothing else is held, which is worth most: a way of nesting that comes once would
    // only fill the tables, and one that comes again is told of then.
    edge = store_.add_edge(from, to, context);
    said.with_set =
        settled != nullptr && !context.unpublished && store_.held(context.held_set).size() == 1;
  } else if (const ContextId known = store_.dominated(edge, context)) {
    said.with_set = !context.unpublished;
    if (settled != nullptr) *settled = said;
    if (dominating != nullptr) *dominating = store_.edges().context(known).held_set;
    return Added::kKnown;
  } else {
    said = store_.keep(edge, context);
  }
  said.on_cycle = store_.same_component(from, to);
  // On a cycle each thread's contexts are tried, although there is no room for them.
  if (said.on_cycle && said.with_set_for_all) said.with_set = true;
  if (said.on_cycle) said.with_set_for_all = said.new_threads = false;
  if (said.on_cycle) said.from_for_all = 0;
  if (settled != nullptr) *settled = said;
  if (said.on_cycle) search_.search(edge, context, {on_cycle, argument});
  // A thread that keeps a permit while it waits may be what another cycle lacked.
  if (store_.nodes().is_permits(from)) reconsider(from, on_cycle, argument);
  return Added::kNew;
}

bool LockOrderGraph::add_tall(const TallHeld* held, u32 count, NodeId to,
                              const RequestContext& context, OnCycle on_cycle,
                              void* argument) noexcept {
  const ChainId chain = tall_.list(held, count);
  return chain != 0 && add_tall(chain, 0, to, context, on_cycle, argument);
}

bool LockOrderGraph::add_tall(ChainId chain, u32 made, NodeId to, const RequestContext& context,
                              OnCycle on_cycle, void* argument) noexcept {
  if (store_.edges().full() || !store_.ensure(to)) return false;
  const HeldChains& chains = store_.chains();
  const NodeId newest = node_of(chains[chain].held);
  // What nobody else can know yet makes no edge, but what lies below it has to reach the lock.
  if (chains[chain].made == made && made != 0 && !store_.link(newest, to)) return false;
  RequestContext step = context;
  for (ChainId at = chain; at != 0; at = chains[at].below) {
    const HeldChains::Link link = chains[at];
    const NodeId node = node_of(link.held);
    const bool counts = node != to && (made == 0 || link.made != made);
    if (counts && (at == chain || store_.same_component(node, to))) {
      step.held_site = link.site;
      step.held_mode = is_shared(link.held) ? Mode::kShared : Mode::kExclusive;
      add(node, to, step, on_cycle, argument);
    }
    if (!store_.is_on_cycle(to)) break;
  }
  // Only now, because an edge that is there already is not searched from.
  tall_.add(to, chain, made, context);
  return true;
}

ChainId LockOrderGraph::find_chain(u64 key) noexcept { return store_.chains().find(key); }
ChainId LockOrderGraph::add_chain(u64 key, ChainId below, HeldNode held, u32 site,
                                  u32 made) noexcept {
  return tall_.add_link(key, below, held, site, made);
}
const HeldChains::Link& LockOrderGraph::chain(ChainId chain) noexcept {
  return store_.chains()[chain];
}

void LockOrderGraph::reconsider(u32 object, OnCycle on_cycle, void* argument) noexcept {
  search_.reconsider(object, {on_cycle, argument});
}

}  // namespace gridlock::internal
