// SPDX-License-Identifier: Apache-2.0
//
// What prediction forgets, and why nothing that can still be found is missed.
//
//   - An object that is gone is asked for by nobody and held by nobody, so no edge to or from it can close a cycle
//     with a request that is still to come: a cycle through it was found when its last edge came. Where another
//     edge keeps it in its held set it is a gate between that and other old requests: there it stays, and its
//     number is not used again until that is gone, too.
//   - A signal of an object that is gone comes no more, so what its signals have ordered stays ordered.
//   - What an ended thread asked for is what others wait for who join it, or wait for a signal of it. Who can not be
//     joined, and gives no signal that is left, is waited for by nobody.
//   - Of one thread's requests for one node, made with the same held (of what is there) and in different segments,
//     the newest few stay.
//   - What was said to be no news (RequestNews) names objects by their numbers, so all of it goes. It is a cache.
//   - Segments that none of all this names are left out (segments.h).
//
// First everybody gives up what is gone, then everything that is kept marks what it needs, then the rest goes.
#include "harness/analysis/prediction.h"

namespace gridlock::internal {
namespace {

constexpr u32 kEnough = 1u << 16;  // below that nothing is gained

bool has_grown(u32 added, u32 all) noexcept { return added >= kEnough && added >= all / 2; }

}  // namespace

bool Prediction::should_forget() const noexcept {
  return has_grown(segments_.added(), segments_.kept()) ||
         has_grown(asked_.added(), asked_.size()) ||
         (!in_vain_ && (segments_.nearly_full() || asked_.nearly_full()));
}

void Prediction::forget_channels() noexcept {
  sources_.each([&](SignalSource& source) {
    if (!gone_.has(source.signal.object)) return;
    waits_.forget_givers(source);
    rounds_.forget(source);
    orders_.forget(source);
    sources_.forget(source);
  });
  orders_.forget_leans();
  waits_.forget(gone_);
  edges_.forget(gone_);
  signals_.forget(gone_, threads_);
  holds_.forget(gone_);
  barriers_.forget(gone_);
  once_.forget(gone_, threads_);
}

void Prediction::forget_requests(const Forgetting& what) noexcept {
  signallers_.release();
  const auto signals = [&](u32 thread) {
    if (thread != 0) signallers_.insert(thread, 1);
  };
  sources_.each([&](const SignalSource& source) {
    signals(source.signaller);
    waits_.each_giver(source, signals);
  });
  barriers_.each_party(signals);
  // What was held and is gone can be a gate towards old requests only.
  const auto sort_of = [&](const AskedRequest& asked) {
    const RequestContext& context = asked.context;
    u64 sort =
        mix((u64{context.thread} << 32) | asked.node) ^ static_cast<u64>(context.wanted_mode);
    if (HeldChains::is_chain(context.held_set)) return mix(sort ^ context.held_set) | 1;
    const HeldSets::View held = graph_.held_set(context.held_set);
    for (u32 i = 0; i < held.size(); ++i) {
      if (!gone_.has(node_of(held[i]))) sort = mix(sort ^ held[i]);
    }
    return mix(sort) | 1;
  };
  asked_.drop_if(gone_, sort_of, [&](const AskedRequest& asked) {
    const u32 thread = asked.context.thread;
    return !threads_.lives(thread) && signallers_.find(thread) == nullptr &&
           !what.may_be_joined(thread);
  });
  sources_.each([&](const SignalSource& source) {
    waits_.keep_requests(source);
    rounds_.each(source, [&](ConditionRound& round) { round.newest = asked_.kept(round.newest); });
  });
  barriers_.keep_requests();
  asked_.forget_dropped();
}

void Prediction::mark_context(u32 thread, SegmentId segment, u32 held_set) noexcept {
  if (thread != 0) named_threads_.insert(thread, 1);
  segments_.mark(segment);
  graph_.mark_held_set(held_set);
  if (HeldChains::is_chain(held_set)) return;
  const HeldSets::View held = graph_.held_set(held_set);
  if (held.size() == 1) note_in_use(node_of(held[0]));
}

void Prediction::note_in_use(NodeId node) noexcept {
  if (gone_.has(node) && !in_use_.add(node)) none_is_free_ = true;
}

void Prediction::mark_what_is_kept(const Forgetting& what) noexcept {
  named_threads_.release();
  const auto mark = [&](SegmentId segment) { segments_.mark(segment); };
  graph_.each_context([&](u32 thread, SegmentId segment, u32 held_set) {
    mark_context(thread, segment, held_set);
  });
  asked_.each([&](const AskedRequest& asked) {
    mark_context(asked.context.thread, asked.context.segment, asked.context.held_set);
  });
  sources_.each([&](const SignalSource& source) { orders_.each_segment(source, mark); });
  orders_.each_lean(mark);
  holds_.each_segment(mark);
  barriers_.each_segment(mark);
  once_.each_segment(mark);
  threads_.each([&](const ThreadNode& thread_node) { mark(thread_node.segment); });
  what.mark_segments(
      [](SegmentId segment, void* segments) { static_cast<Segments*>(segments)->mark(segment); },
      &segments_);
}

// What a thread remembers of channels, so that it need not ask, may be of one that is gone. It may look at it
// meanwhile, and then asks.
void Prediction::clear_thread_nodes() noexcept {
  threads_.each([&](ThreadNode& thread_node) {
    for (u32& known : thread_node.receipts_known) {
      if (gone_.has(known / ChannelStates::kChannels)) known = 0;
    }
    for (u32& known : thread_node.signals_known) {
      if (gone_.has(known / ChannelStates::kChannels)) known = 0;
    }
    if (gone_.has(thread_node.last_once)) thread_node.last_once = 0;
  });
}

void Prediction::forget(const Forgetting& what) noexcept {
  gone_.clear();
  in_use_.clear();
  u32 known = 0;
  while (known < what.count && gone_.add(what.gone[known])) ++known;
  none_is_free_ = known < what.count;  // no memory
  graph_.remove(gone_, what.gone, known);
  forget_channels();
  clear_thread_nodes();
  forget_requests(what);
  mark_what_is_kept(what);
  graph_.forget_held_sets([&](NodeId node) { note_in_use(node); });
  segments_.forget_unmarked(gone_);
  in_vain_ = segments_.nearly_full() || asked_.nearly_full();
  for (u32 i = 0; i < what.count; ++i) {
    if (!is_free(what.gone[i])) continue;
    states_.forget(what.gone[i]);
    asked_.forget_node(what.gone[i]);
    segments_.forget_object(what.gone[i]);
    graph_.forget_node(what.gone[i]);
  }
  edges_.news().forget();
}

}  // namespace gridlock::internal
