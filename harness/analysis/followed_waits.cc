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
  tell_up_to(signal, newest, epoch, told);
  return newest;
}

void FollowedWaits::tell_up_to(NodeId signal, u32 newest, u32 epoch, u32 told) noexcept {
  for (u32 id = newest; id > told; id = (*asked_)[id].before)
    add_edge(signal, (*asked_)[id], epoch);
}

u32 FollowedWaits::newest_by(u32 thread) const noexcept { return asked_->newest_by(thread); }

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
  const bool told = source.waited_for && source.told_signals == source.signals;
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

// The signal is the end of a queue's tasks: the thread alone takes its items and says that they are done, and when it asks
// for another one it has done all that it took. While it waits for that one there is none, and so nothing to
// be done, and nobody waits for the end.
bool FollowedWaits::has_done_all(const SignalSource& source, const AskedRequest& asked,
                                 u32 epoch) noexcept {
  if (source.signal.rule != Rule::kItems) return false;
  const SignalSource* const items =
      sources_->known({source.signal.object, Channel::kSignal, Rule::kCounted});
  return items != nullptr && asked.node == items->node && items->receiver == asked.context.thread &&
         asked.context.to_epoch <= epoch;
}

// A request came before the first signal whose mark (the segment that it ended) is not before the
// request's segment. What came behind the last signal waits for the next one: who gives that is in the
// future, and somebody else might.
void FollowedWaits::tell_requests(SignalSource& source, u32 signaller) noexcept {
  const SegmentId* const marks = orders_->marks(source);
  const u32 count = marks != nullptr ? source.signals : 0;
  // Before, because what is told may lead back here.
  const u32 told = source.told;
  source.told_signals = count;
  u32 newest = asked_->newest_by(signaller);
  while (newest > told && (count == 0 || marks[count - 1] < (*asked_)[newest].context.segment))
    newest = (*asked_)[newest].before;
  if (newest > told) source.told = newest;
  for (u32 id = newest; id > told; id = (*asked_)[id].before) {
    u32 epoch = 1;
    while (epoch <= count && marks[epoch - 1] < (*asked_)[id].context.segment) ++epoch;
    if (!has_done_all(source, (*asked_)[id], epoch)) add_edge(source.node, (*asked_)[id], epoch);
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
  if ((free_giver_ == 0 && givers_.full()) || source.giver_count >= kMaxGivers) return false;
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

u32 FollowedWaits::kept(u32 request) noexcept { return asked_->kept(request); }

void FollowedWaits::keep_requests(const SignalSource& source) noexcept {
  for (u32 id = source.others; id != 0; id = givers_[id].next)
    givers_[id].newest = asked_->kept(givers_[id].newest);
}

}  // namespace gridlock::internal
