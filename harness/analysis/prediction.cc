// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/prediction.h"

namespace gridlock::internal {

bool Prediction::init(const LockOrderLimits& limits, const PredictionHooks& hooks) noexcept {
  hooks_ = hooks;
  const u32 objects = limits.nodes;
  const bool ok = segments_.init(objects * 2, objects) && graph_.init(limits, &segments_) &&
                  sorted_.reserve(objects) && tall_held_.reserve(objects) &&
                  live_.reserve(objects + 1) && asked_.reserve(limits.edges) &&
                  askers_.reserve(limits.edges) && signaller_.reserve((objects + 1) * kChannels) &&
                  sources_.reserve(objects + 1) && givers_.reserve(objects + 1) &&
                  marks_.reserve(objects + 65) && completions_.reserve(objects + 1) &&
                  leans_.reserve(objects + 1) && rounds_.reserve(limits.edges) &&
                  newest_for_.reserve(objects + 1) && bodies_.reserve(objects + 1) &&
                  holds_.reserve(objects / 8 + 1) && barriers_.reserve(objects + 1) &&
                  parties_.reserve(objects + 1);
  if (!ok) return false;
  askers_.resize(limits.edges);
  signaller_.resize((objects + 1) * kChannels);
  graph_.forget_what(
      [](const RequestContext& context, void* self) noexcept {
        return static_cast<Prediction*>(self)->is_over(context);
      },
      this);
  live_.add();
  asked_.add();  // index 0 means "none" in each table
  sources_.add();
  givers_.add();
  completions_.add();
  rounds_.add();
  newest_for_.resize(objects + 1);
  bodies_.add();
  holds_.add();
  marks_.add();
  barriers_.add();
  parties_.add();
  return true;
}

void Prediction::release() noexcept {
  segments_.release();
  graph_.release();
  sorted_.release();
  tall_held_.release();
  live_.release();
  asked_.release();
  askers_.release();
  permits_node_.release();
  thread_of_node_.release();
  signaller_.release();
  sources_.release();
  givers_.release();
  giver_of_.release();
  marks_.release();
  source_of_.release();
  source_of_node_.release();
  receipts_.release();
  barriers_.release();
  parties_.release();
  barrier_of_.release();
  party_of_.release();
  body_of_.release();
  bodies_.release();
  passed_.release();
  completions_.release();
  leans_.release();
  rounds_.release();
  newest_for_.release();
  holds_.release();
  holds_of_.release();
}

bool Prediction::take_full() noexcept {
  const bool full = full_;
  full_ = false;
  return full;
}

void Prediction::next_segment(Actor& actor) noexcept {
  actor.segment = segments_.add(actor.segment, 0);
}

void Prediction::appears(Actor& actor) noexcept { actor.segment = segments_.add(0, 0); }

void Prediction::starts(Actor& parent, Actor& child) noexcept {
  child.segment = segments_.add(0, parent.segment);
  next_segment(parent);
}

void Prediction::begins(Actor& actor) noexcept {
  if (live_.full()) return;
  actor.place = live_.add();
  live_[actor.place].actor = &actor;
}

void Prediction::ends(Actor& actor) noexcept {
  if (actor.thread < askers_.size()) askers_[actor.thread].ended = true;
  if (actor.place == 0) return;
  const Living last = live_[live_.size() - 1];
  live_[actor.place] = last;
  last.actor->place = actor.place;
  live_.resize(live_.size() - 1);
  actor.place = 0;
}

void Prediction::only(Actor* actor) noexcept {
  live_.resize(1);
  if (actor != nullptr) begins(*actor);
}

// By start and join alone, because an order through an object may yet turn out to be luck. Asked only
// of threads that have ended: one that lives, or many that do, would make it dear.
bool Prediction::is_over(const RequestContext& context) noexcept {
  constexpr u32 kMostSteps = 2000;
  if (context.thread >= askers_.size() || !askers_[context.thread].ended) return false;
  u32 steps = kMostSteps;
  for (u32 i = 1; i < live_.size(); ++i) {
    const SegmentOrder order = segments_.order(context.segment, live_[i].actor->segment, &steps);
    if (!order.ordered || order.undecided || order.causes != 0) return false;
  }
  return true;
}

void Prediction::joined(Actor& actor, SegmentId last) noexcept {
  actor.segment = segments_.add(actor.segment, last);
}

void Prediction::add_edge(NodeId from, NodeId to, const RequestContext& context) noexcept {
  if (context.held_set == 0 || graph_.add(from, to, context, hooks_.on_cycle, hooks_.argument) ==
                                   LockOrderGraph::Added::kFull) {
    full_ = true;
  }
}

void Prediction::reconsider(NodeId object) noexcept {
  graph_.reconsider(object, hooks_.on_cycle, hooks_.argument);
}

// The node of a semaphore of several permits, 0 of anything else.
NodeId Prediction::permits_node(NodeId object) noexcept {
  const u32* const node = permits_node_.size() == 0 ? nullptr : permits_node_.find(object);
  return node == nullptr ? 0 : *node;
}

// In ascending order, each once, but each permit of several, as the graph wants it.
u32 Prediction::intern(const Asking& asking) noexcept {
  sorted_.resize(0);
  for (u32 i = 0; i < asking.count; ++i) {
    const Holding& held = asking.held[i];
    const NodeId permits = permits_node(held.object);
    const HeldNode entry = held_node(permits != 0 ? permits : held.object, held.mode);
    for (u32 j = permits != 0 ? held.permits : 1; j > 0 && !sorted_.full(); --j) {
      u32 at = sorted_.add();
      for (; at > 0 && sorted_[at - 1] > entry; --at) sorted_[at] = sorted_[at - 1];
      sorted_[at] = entry;
    }
  }
  return graph_.intern_held_set(sorted_.data(), sorted_.size());
}

RequestContext Prediction::context_of(const Actor& actor, const Asking& asking) noexcept {
  RequestContext context;
  context.thread = actor.thread;
  context.segment = actor.segment;
  context.held_set = intern(asking);
  context.wanted_site = asking.site;
  return context;
}

// What there may be thousands of. The rest has a part in rules of its own.
bool Prediction::is_left_to_tall(const Holding& held, NodeId object, NodeId node) noexcept {
  return held.mode == Mode::kExclusive && !held.unpublished && held.object != object &&
         held.node != node && permits_node(held.object) == 0;
}

bool Prediction::add_tall_edges(const Asking& asking, NodeId object, NodeId node,
                                const RequestContext& context) noexcept {
  if (asking.count <= LockOrderGraph::kTall || context.held_set == 0) return false;
  tall_held_.resize(0);
  for (u32 i = 0; i < asking.count && !tall_held_.full(); ++i) {
    const Holding& held = asking.held[i];
    if (is_left_to_tall(held, object, node)) tall_held_[tall_held_.add()] = {held.node, held.site};
  }
  if (tall_held_.size() <= LockOrderGraph::kTall) return false;
  return graph_.add_tall(tall_held_.data(), tall_held_.size(), node, context, hooks_.on_cycle,
                         hooks_.argument);
}

// True when a held lock was not published yet.
bool Prediction::add_edges(const Asking& asking, NodeId object, NodeId node,
                           RequestContext context) noexcept {
  bool unpublished = false;
  const bool tall = add_tall_edges(asking, object, node, context);
  for (u32 i = 0; i < asking.count; ++i) {
    const Holding& held = asking.held[i];
    if (tall && is_left_to_tall(held, object, node)) continue;
    // The same lock again is a question of readers and writers only; else it is found live. A permit
    // more is a request like another.
    const NodeId permits = permits_node(held.object);
    const bool again = held.object == object && held.mode == Mode::kExclusive;
    if (again && (permits == 0 || node != permits)) continue;
    context.held_mode = held.mode;
    context.held_site = held.site;
    context.unpublished = held.unpublished;
    unpublished = unpublished || held.unpublished;
    add_edge(permits != 0 ? permits : held.node, node, context);
  }
  return unpublished;
}

bool Prediction::asks(const Actor& actor, const Asking& asking, const Wanted& wanted) noexcept {
  if (wanted.readers_wait)
    graph_.describe(wanted.node, wanted.is_class ? NodeKind::kClass : NodeKind::kLock, true);
  RequestContext context = context_of(actor, asking);
  context.wanted_mode = wanted.mode;
  const NodeId permits = permits_node(wanted.object);
  const NodeId node = permits != 0 ? permits : wanted.node;
  const bool unpublished = add_edges(asking, wanted.object, node, context);
  if (wanted.readers_wait && wanted.mode == Mode::kExclusive &&
      graph_.note_writer(wanted.node, context) == LockOrderGraph::Added::kNew) {
    reconsider(wanted.node);
  }
  remember(node, context);
  return !unpublished;
}

void Prediction::remember(NodeId node, const RequestContext& context) noexcept {
  if (asked_.full() || context.thread >= askers_.size()) return;
  Asker& asker = askers_[context.thread];
  const u32 id = asked_.add();
  u32* const same = node < newest_for_.size() ? &newest_for_[node] : nullptr;
  asked_[id] = {context, node, asker.newest, same != nullptr ? *same : 0};
  asker.newest = id;
  if (same != nullptr) *same = id;
  if (asker.followed_as != 0) add_signal_edge(asker.followed_as, asked_[id], 1);
}

u32 Prediction::newest_asked(u32 thread) const noexcept {
  return thread < askers_.size() ? askers_[thread].newest : 0;
}

void Prediction::add_signal_edge(NodeId signal, const Asked& asked, u32 epoch) noexcept {
  follow_wait(asked.node);  // if it is something that is signalled itself
  RequestContext context = asked.context;
  context.held_site = 0;
  context.held_mode = Mode::kExclusive;
  context.from_epoch = epoch;
  add_edge(signal, asked.node, context);
}

// From `signal` to everything that a thread asked for after `told`. Returns the newest, for the next
// call's `told`. `fixed` != 0: all before that signal.
u32 Prediction::add_signal_edges(NodeId signal, u32 thread, Marks marks, u32 fixed,
                                 u32 told) noexcept {
  const u32 newest = newest_asked(thread);
  for (u32 id = newest; id > told; id = asked_[id].before) {
    u32 epoch = fixed;
    if (fixed == 0) {
      epoch = 1;
      while (epoch <= marks.count && marks.marks[epoch - 1] < asked_[id].context.segment) ++epoch;
    }
    add_signal_edge(signal, asked_[id], epoch);
  }
  return newest;
}

// From the thread to all that it asks for, what is to come included.
void Prediction::follow_thread(u32 thread, NodeId node) noexcept {
  if (thread >= askers_.size() || askers_[thread].followed_as != 0) return;
  graph_.describe(node, NodeKind::kSignal, false);
  askers_[thread].followed_as = node;
  add_signal_edges(node, thread, {nullptr, 0}, 1, 0);
}

// Who joins holding nothing makes nobody wait yet, but others may wait for him.
void Prediction::asks_to_join(const Actor& actor, const Asking& asking, u32 number,
                              NodeId node) noexcept {
  RequestContext context = context_of(actor, asking);
  context.to_epoch = 1;
  if (thread_of_node_.find(node) == nullptr) thread_of_node_.insert(node, number);
  remember(node, context);
  if (asking.count == 0) return;
  graph_.describe(node, NodeKind::kSignal, false);
  add_edges(asking, node, node, context);
  follow_thread(number, node);
}

// What is known of a semaphore's releases, in a place that no channel of it uses.
enum : u32 { kNeverReleased = 0, kAsked = 1, kReleasedByHolders = 2, kReleasedByOthers = ~0u };
u32 Prediction::releases_of(NodeId object) noexcept {
  return object * kChannels + static_cast<u32>(Channel::kRoom);
}

bool Prediction::permit_request_is_news(NodeId object) const noexcept {
  return signaller_[releases_of(object)].load(std::memory_order_relaxed) == kNeverReleased;
}

bool Prediction::permit_release_is_news(NodeId object, bool by_holder) const noexcept {
  const u32 known = signaller_[releases_of(object)].load(std::memory_order_relaxed);
  return known != kReleasedByOthers && !(by_holder && known == kReleasedByHolders);
}

bool Prediction::is_no_lock(NodeId object) const noexcept {
  return signaller_[releases_of(object)].load(std::memory_order_relaxed) == kReleasedByOthers;
}

// Of several permits a node of their own, because the object itself is the channel of their signals.
NodeId Prediction::describe_permits(NodeId object, u32 permits) noexcept {
  if (permits == 1) return graph_.describe(object, NodeKind::kLock, false) ? object : 0;
  if (const NodeId known = permits_node(object)) return known;
  const NodeId node = permits <= kMostPermits ? hooks_.add_twin(object, hooks_.argument) : 0;
  const bool ok =
      node != 0 && graph_.describe_permits(node, permits) && permits_node_.insert(object, node);
  return ok ? node : 0;
}

void Prediction::asked_for_permit(NodeId object, u32 permits) noexcept {
  if (!permit_request_is_news(object)) return;
  const NodeId node = describe_permits(object, permits);
  signaller_[releases_of(object)].store(node != 0 ? kAsked : kReleasedByOthers,
                                        std::memory_order_relaxed);
  graph_.set_active(node, false);
}

void Prediction::permit_released(NodeId object, u32 permits, bool by_holder) noexcept {
  if (!permit_release_is_news(object, by_holder)) return;
  const NodeId node = describe_permits(object, permits);
  const bool as_lock = by_holder && node != 0;
  signaller_[releases_of(object)].store(as_lock ? kReleasedByHolders : kReleasedByOthers,
                                        std::memory_order_relaxed);
  graph_.set_active(node, by_holder);
  reconsider(node);
}

}  // namespace gridlock::internal
