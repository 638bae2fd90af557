// SPDX-License-Identifier: Apache-2.0
#include "harness/analysis/followed_waits.h"

namespace gridlock::internal {

bool FollowedWaits::init(u32 objects, AskedRequests* asked, RequestEdges* edges,
                         ChannelStates* states, SignalSources* sources, SignalOrders* orders,
                         ConditionRounds* rounds) noexcept {
  asked_ = asked;
  edges_ = edges;
  states_ = states;
  sources_ = sources;
  orders_ = orders;
  rounds_ = rounds;
  if (!givers_.reserve(objects + 1)) return false;
  givers_.add();  // index 0 means "none"
  return true;
}

void FollowedWaits::release() noexcept {
  followed_as_.release();
  thread_of_node_.release();
  givers_.release();
}

void FollowedWaits::remember(NodeId node, const RequestContext& context) noexcept {
  const u32 asked = asked_->add(node, context);
  if (asked == 0) return;
  const NodeId* const followed_as = followed_as_.find(context.thread);
  if (followed_as != nullptr) add_edge(*followed_as, (*asked_)[asked], 1);
}

void FollowedWaits::know_thread(u32 thread, NodeId node) noexcept {
  if (thread_of_node_.find(node) == nullptr) thread_of_node_.insert(node, thread);
}

void FollowedWaits::add_edge(NodeId signal, const AskedRequest& asked, u32 epoch) noexcept {
  follow(asked.node);  // if it is something that is signalled itself
  RequestContext context = asked.context;
  context.held_site = 0;
  context.held_mode = Mode::kExclusive;
  context.from_epoch = epoch;
  edges_->add(signal, asked.node, context);
}

u32 FollowedWaits::tell_all(NodeId signal, u32 thread, u32 epoch, u32 told) noexcept {
  const u32 newest = asked_->newest_by(thread);
  for (u32 id = newest; id > told; id = (*asked_)[id].before)
    add_edge(signal, (*asked_)[id], epoch);
  return newest;
}

void FollowedWaits::follow_thread(u32 thread, NodeId node) noexcept {
  if (followed_as_.find(thread) != nullptr || !followed_as_.insert(thread, node)) return;
  edges_->graph().describe(node, NodeKind::kSignal, false);
  tell_all(node, thread, 1, 0);
}

void FollowedWaits::follow(NodeId node) noexcept {
  constexpr u32 kDeepest = 64;
  if (const u32* const thread = thread_of_node_.find(node)) return follow_thread(*thread, node);
  SignalSource* const known = sources_->of_node(node);
  if (known == nullptr || depth_ == kDeepest) return;
  SignalSource& source = *known;
  const bool told = source.waited_for && asked_->newest_by(source.signaller) == source.told;
  source.waited_for = true;
  if (source.signaller == 0 || states_->says_nothing(source.signal)) return;
  ++depth_;
  if (source.signal.rule == Rule::kWakeup) {
    tell_rounds(source);
  } else if (!told) {
    tell_requests(source, source.signaller);
  }
  if (source.others != 0) {
    tell_givers(source);
    edges_->reconsider(source.node);
  }
  --depth_;
}

// A request came before the first signal whose mark (the segment that it ended) is not before the
// request's segment.
void FollowedWaits::tell_requests(SignalSource& source, u32 signaller) noexcept {
  const SegmentId* const marks = orders_->marks(source);
  const u32 count = marks != nullptr ? source.signals : 0;
  // Before, because what is told may lead back here.
  const u32 told = source.told;
  source.told = asked_->newest_by(signaller);
  for (u32 id = source.told; id > told; id = (*asked_)[id].before) {
    u32 epoch = 1;
    while (epoch <= count && marks[epoch - 1] < (*asked_)[id].context.segment) ++epoch;
    add_edge(source.node, (*asked_)[id], epoch);
  }
}

void FollowedWaits::tell_givers(SignalSource& source) noexcept {
  for (u32 id = source.others; id != 0; id = givers_[id].next) {
    Giver& giver = givers_[id];
    if (giver.told) continue;
    giver.told = true;
    for (u32 asked = giver.newest; asked != 0; asked = (*asked_)[asked].before)
      add_edge(giver.node, (*asked_)[asked], 1);
  }
}

// Each with the notification that came next.
void FollowedWaits::tell_rounds(SignalSource& source) noexcept {
  while (source.told_round != source.last_round) {
    const u32 before = source.told_round;
    const u32 id = before == 0 ? source.first_round : (*rounds_)[before].next;
    source.told_round = id;  // first, because what is told may lead back here
    const u32 told = before == 0 ? 0 : (*rounds_)[before].newest;
    const ConditionRound round = (*rounds_)[id];
    for (u32 asked = round.newest; asked > told; asked = (*asked_)[asked].before)
      add_edge(source.node, (*asked_)[asked], round.number);
  }
}

bool FollowedWaits::add_giver(u32 thread, SignalSource& source) noexcept {
  if ((free_giver_ == 0 && givers_.full()) || source.giver_count >= kMostGivers) return false;
  const NodeId node = edges_->add_alias(source.node);
  if (node == 0 || !edges_->graph().add_giver(source.node, node)) return false;
  const u32 giver = free_giver_ != 0 ? free_giver_ : givers_.add();
  if (free_giver_ != 0) free_giver_ = givers_[giver].next;
  givers_[giver] = {thread, node, asked_->newest_by(thread), source.others, false};
  source.others = giver;
  ++source.giver_count;
  return true;
}

void FollowedWaits::forget_givers(const SignalSource& source) noexcept {
  for (u32 id = source.others; id != 0;) {
    const u32 next = givers_[id].next;
    givers_[id].next = free_giver_;
    free_giver_ = id;
    id = next;
  }
}

void FollowedWaits::forget(const IdSet& nodes) noexcept {
  thread_of_node_.erase_if(
      [&](u64 node, u32) noexcept { return nodes.has(static_cast<NodeId>(node)); });
  followed_as_.erase_if([&](u64, u32 node) noexcept { return nodes.has(node); });
}

void FollowedWaits::keep_requests(const SignalSource& source) noexcept {
  for (u32 id = source.others; id != 0; id = givers_[id].next)
    givers_[id].newest = asked_->kept(givers_[id].newest);
}

}  // namespace gridlock::internal
