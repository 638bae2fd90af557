// SPDX-License-Identifier: Apache-2.0
//
// A channel's signals come from one thread or from several. While it is one:
//   - order: a receiver's n-th receipt needs the (n - free)-th signal, whatever the schedule. So what
//     the signaller did before that signal is before what the receiver does now: the signaller's
//     segment ends at each signal (a mark), and the receiver's next one begins after the mark;
//   - waiting: who waits for the k-th signal waits for everything that the signaller has to get before
//     it: an edge from each lock held while waiting to the channel, and one from the channel to each
//     lock that the signaller requested before its k-th signal. The latter are added only once
//     somebody waits while holding something, which is rare.
// With a second signaller the order is distrusted, and the cycles that were judged infeasible because of it
// are looked at again.
//
// A channel that several threads signal, or close. Some order is left then:
//   - the second one cannot signal before the first has given k signals, because it comes after the
//     k-th of them itself (it received it, or was started by who did). Then the first k are firm: they
//     are the first k of all, in every schedule, and a later receipt, too, comes after the k-th;
//   - a thread has received as many signals as there ever were: then it needed each of them, whoever
//     gave it (semaphores and queues; a latch). That holds until one more signal comes that is not
//     itself after that receipt.
// A waiter for its first signal waits for every signaller that is not kept back by the first one: each
// gets a node beside the channel's, with edges to what it requested before its first signal. What comes
// after that is not followed, so that it costs nothing.
#include "harness/analysis/signal_channels.h"

#include "harness/analysis/asked_requests.h"
#include "harness/analysis/followed_waits.h"
#include "harness/analysis/request_edges.h"
#include "harness/analysis/segments.h"
#include "harness/analysis/signal_orders.h"

namespace gridlock::internal {
namespace {

/// With a thread: as one that ends the waits of a queue.
constexpr u32 kCloser = 0x80000000u;

}  // namespace

void SignalChannels::init(const SignalParts& parts) noexcept { parts_ = parts; }

void SignalChannels::release() noexcept {
  signallers_.release();
  receipts_.release();
}

void SignalChannels::forget(const IdSet& nodes, LiveThreads& threads) noexcept {
  const auto gone = [&](u64 key, u32) noexcept {
    return nodes.has(ChannelStates::object_of_key(key)) ||
           !threads.lives(static_cast<u32>(key) & ~kCloser);
  };
  signallers_.erase_if(gone);
  receipts_.erase_if(gone);
}

u32 SignalChannels::receipts(const ThreadNode& thread_node, const Signal& signal) noexcept {
  const u32* const known = receipts_.find(ChannelStates::key_of(thread_node, signal));
  return known == nullptr ? 0 : *known;
}

// For an event: twice the times that the thread has received and then cleared it, and one more if it has
// received it since.
void SignalChannels::count_receipt(const ThreadNode& thread_node, const Signal& signal) noexcept {
  const u64 key = ChannelStates::key_of(thread_node, signal);
  u32* const known = receipts_.find(key);
  if (known == nullptr) {
    receipts_.insert(key, 1);
  } else if (signal.rule == Rule::kCleared) {
    *known |= 1;
  } else {
    ++*known;
  }
}

u32 SignalChannels::next_needed(const ThreadNode& thread_node, const Signal& signal) noexcept {
  switch (signal.rule) {
    case Rule::kOnce:
      return 1;
    case Rule::kCleared:
      return receipts(thread_node, signal) / 2 + 1;
    case Rule::kItems: {
      const u32 items = own_items(thread_node, signal);
      return items == 0 ? 1 : items;
    }
    case Rule::kWakeup:
      return signal.number + 1;
    case Rule::kCounted:
      break;
  }
  const u32 number = receipts(thread_node, signal) + 1;
  return number > signal.free ? number - signal.free : 0;
}

void SignalChannels::sole_signal(ThreadNode& thread_node, const Signal& signal,
                                 SignalSource& source, bool counts) noexcept {
  source.signaller = thread_node.thread;
  ++source.signals;
  const bool over = source.signals >= max_marks(signal.rule);
  parts_.states->store(ChannelStates::index_of(signal),
                       thread_node.thread | (over ? kMarksAreOver : 0));
  if (counts && is_counted(signal.rule)) parts_.orders->count_signal(thread_node.segment, source);
  parts_.orders->mark(thread_node, source);
  if (source.waited_for) parts_.waits->tell_requests(source, thread_node.thread);
  if (over && signal.rule != Rule::kOnce) parts_.orders->go_beyond_marks(thread_node, source);
}

// `counts`: it is one that a receipt can take.
void SignalChannels::give(ThreadNode& thread_node, const Signal& signal, bool counts) noexcept {
  SignalSource* const source = parts_.sources->of(signal);
  if (source == nullptr) return parts_.orders->give_up(signal, source);
  if (parts_.states->is_sole(signal) &&
      (source->signaller == 0 || source->signaller == thread_node.thread)) {
    sole_signal(thread_node, signal, *source, counts);
  } else {
    another_signal(thread_node, signal, *source);
  }
}

void SignalChannels::signals(ThreadNode& thread_node, const Signal& signal) noexcept {
  if (!parts_.states->says_nothing(signal) && !parts_.states->signal_is_known(thread_node, signal))
    give(thread_node, signal, true);
}

void SignalChannels::forget_earlier_requests(const ThreadNode& thread_node,
                                             const Signal& signal) noexcept {
  if (signal.object == 0 || !parts_.states->is_sole(signal)) return;
  if (SignalSource* const source = parts_.sources->of(signal))
    source->told = parts_.asked->newest_by(thread_node.thread);
}

u32 SignalChannels::needed_by(const ThreadNode& thread_node, const Signal& signal) noexcept {
  if (parts_.states->says_nothing(signal)) return 0;
  const SignalSource* const source = parts_.sources->of(signal);
  if (source == nullptr) return 0;
  const u32 needed = next_needed(thread_node, signal);
  if (signal.rule == Rule::kWakeup) return needed;
  // With several signallers it is not known which gives the second signal.
  const u32 most = parts_.states->is_sole(signal) ? kMaxMarks : 1;
  if (signal.rule == Rule::kItems && needed > most) return most;
  return needed > most ? 0 : needed;
}

// A waiter that holds nothing keeps no other thread waiting yet, but another one may wait for it.
void SignalChannels::awaits(const ThreadNode& thread_node, const PendingRequest& request,
                            const Signal& signal, u32 needed, bool known) noexcept {
  const SignalSource* const source = parts_.sources->of(signal);
  if (source == nullptr) return;
  RequestContext context = parts_.edges->context_of(thread_node, request);
  context.to_epoch = needed;
  if (!known) parts_.waits->remember(source->node, context);
  if (request.count == 0) return;
  parts_.edges->add_held(request, source->node, source->node, context);
  parts_.waits->follow(source->node);
}

// Beyond the marks, or with several signallers beyond the firm ones, a further receipt is no news.
void SignalChannels::received(ThreadNode& thread_node, const Signal& signal) noexcept {
  if (receipt_is_known(thread_node, signal) || parts_.states->says_nothing(signal)) return;
  SignalSource* const source = parts_.sources->of(signal);
  if (source == nullptr) return;
  const u32 needed = next_needed(thread_node, signal);
  count_receipt(thread_node, signal);
  if (source->receiver != thread_node.thread)
    source->receiver = source->receiver == 0 ? thread_node.thread : kSeveralReceive;
  const bool sole = parts_.states->is_sole(signal);
  u32 room = source->firm != 0 ? source->firm : 1;
  if (sole) room = max_marks(signal.rule);
  if (parts_.states->is_followed(signal)) room = kMaxMarks;
  if (needed >= room || signal.rule == Rule::kCleared)
    thread_node.receipts_known[ChannelStates::index_of(signal) % 8] =
        ChannelStates::index_of(signal);
  parts_.orders->order_by_mark(thread_node, *source, needed);
  if (received_all(thread_node, signal, needed, *source))
    parts_.orders->order_by_all(thread_node, *source);
  const bool other = source->signaller != 0 && source->signaller != thread_node.thread;
  if (sole && other && needed >= room && signal.rule != Rule::kOnce)
    parts_.orders->go_beyond_marks(thread_node, *source);
}

// What it has not received it does not wait for anew, and beyond the marks it does not matter.
void SignalChannels::cleared(ThreadNode& thread_node, const Signal& signal) noexcept {
  if (parts_.states->says_nothing(signal)) return;
  u32* const known = receipts_.find(ChannelStates::key_of(thread_node, signal));
  if (known == nullptr || (*known & 1) == 0 || *known / 2 >= kMaxMarks) return;
  ++*known;
  u32& receipts_known = thread_node.receipts_known[ChannelStates::index_of(signal) % 8];
  if (receipts_known == ChannelStates::index_of(signal)) receipts_known = 0;
}

// False: there is no room.
bool SignalChannels::add_signaller(ThreadNode& thread_node, const Signal& signal, u64 key,
                                   SignalSource& source) noexcept {
  const bool second = parts_.states->is_sole(signal);
  const bool may_be_firm = second ? source.first_mark != 0 : source.firm != 0;
  const u32 firm = may_be_firm ? parts_.orders->marks_before(thread_node.segment, source) : 0;
  if (firm != 0) {
    if (!signallers_.insert(key, 1)) return false;
    parts_.edges->graph().describe(source.node, NodeKind::kAnySignal, false);
    if (second || firm < source.firm) source.firm = firm;
    if (source.firm < source.farthest) {
      parts_.orders->distrust(source.later);
      source.farthest = source.firm;
    }
  } else {
    source.firm = 0;
    if (!signallers_.insert(key, 1) || !parts_.waits->add_giver(thread_node.thread, source))
      return false;
    parts_.orders->no_longer_orders(source.node);
    parts_.orders->distrust(source.later);
  }
  const bool follows = is_counted(signal.rule) && source.total < kMaxMarks;
  if (second) {
    parts_.states->store(ChannelStates::index_of(signal),
                         follows ? kSeveralFollowed : kSeveralSignal);
  }
  if (source.waited_for) parts_.waits->tell_givers(source);
  parts_.edges->reconsider(source.node);
  return true;
}

void SignalChannels::another_signal(ThreadNode& thread_node, const Signal& signal,
                                    SignalSource& source) noexcept {
  const u32 index = ChannelStates::index_of(signal);
  thread_node.signals_known[index % 8] = index;
  const u64 key = ChannelStates::key_of(thread_node, signal);
  const bool known = thread_node.thread == source.signaller || signallers_.find(key) != nullptr;
  if (known && !parts_.states->is_followed(signal)) return;
  if (!known && !add_signaller(thread_node, signal, key, source))
    return parts_.orders->give_up(signal, &source);
  if (parts_.states->is_followed(signal)) {
    parts_.orders->count_signal(thread_node.segment, source);
    if (source.total >= kMaxMarks) parts_.states->store(index, kSeveralSignal);
  }
  thread_node.segment = parts_.segments->add(thread_node.segment, 0);
}

bool SignalChannels::received_all(const ThreadNode& thread_node, const Signal& signal, u32 needed,
                                  const SignalSource& source) noexcept {
  if (!parts_.states->is_followed(signal)) return false;
  return needed == source.total &&
         (signal.rule == Rule::kCounted || own_items(thread_node, signal) == needed);
}

// In every schedule, so that it says nothing new.
bool SignalChannels::comes_after_end(u32 thread, SegmentId segment,
                                     const SignalSource& source) noexcept {
  u32 steps = kMaxSignalSteps;
  return source.closer == thread ||
         (source.closer != 0 && parts_.segments->order(source.end_mark, segment, &steps).ordered);
}

// To end the waits of a queue is as good as any number of signals: who receives nothing goes on as well.
void SignalChannels::ends_waits(ThreadNode& thread_node, const Signal& signal) noexcept {
  if (parts_.states->says_nothing(signal)) return;
  SignalSource* const source = parts_.sources->of(signal);
  if (source == nullptr) return parts_.orders->give_up(signal, source);
  const SegmentId before = thread_node.segment;
  if (comes_after_end(thread_node.thread, before, *source)) return;
  const u64 key = ChannelStates::key_of(thread_node, signal) | kCloser;
  if (source->signaller == 0 || source->signaller == thread_node.thread) {
    if (parts_.states->is_sole(signal) && !parts_.states->signal_is_known(thread_node, signal))
      give(thread_node, signal, false);
  } else if (signallers_.find(key) == nullptr &&
             !add_signaller(thread_node, signal, key, *source)) {
    return parts_.orders->give_up(signal, source);
  }
  if (parts_.states->is_followed(signal) && !parts_.orders->comes_after_all(before, *source)) {
    parts_.states->store(ChannelStates::index_of(signal), kSeveralSignal);
    parts_.orders->distrust_all(*source);
  }
  if (source->closer == 0) {
    source->closer = thread_node.thread;
    source->end_mark = before;
    source->end = parts_.edges->add_alias(source->node);
    if (thread_node.segment == before)
      thread_node.segment = parts_.segments->add(thread_node.segment, 0);
  } else if (source->closer != thread_node.thread) {
    parts_.orders->distrust(source->end);
  }
}

void SignalChannels::received_end(ThreadNode& thread_node, const Signal& signal) noexcept {
  if (receipt_is_known(thread_node, signal) || parts_.states->says_nothing(signal)) return;
  const SignalSource* const source = parts_.sources->of(signal);
  if (source == nullptr) return;
  thread_node.receipts_known[ChannelStates::index_of(signal) % 8] = ChannelStates::index_of(signal);
  if (source->end != 0 && source->closer != thread_node.thread)
    thread_node.segment = parts_.segments->add(thread_node.segment, source->end_mark, source->end);
}

// In another schedule it gives one, unless it comes after the end in every schedule.
void SignalChannels::comes_too_late(ThreadNode& thread_node, const Signal& signal) noexcept {
  if (parts_.states->says_nothing(signal)) return;
  SignalSource* const source = parts_.sources->of(signal);
  if (source == nullptr) return parts_.orders->give_up(signal, source);
  const u64 key = ChannelStates::key_of(thread_node, signal);
  const SegmentId before = thread_node.segment;
  const bool always_late =
      source->closer == 0 || comes_after_end(thread_node.thread, before, *source);
  if (always_late || source->signaller == 0 || source->signaller == thread_node.thread ||
      signallers_.find(key) != nullptr) {
    return;
  }
  if (!add_signaller(thread_node, signal, key, *source))
    return parts_.orders->give_up(signal, source);
  if (parts_.states->is_followed(signal) && !parts_.orders->comes_after_all(before, *source)) {
    parts_.states->store(ChannelStates::index_of(signal), kSeveralSignal);
    parts_.orders->distrust_all(*source);
  }
  thread_node.segment = parts_.segments->add(before, 0);
}

// Items that the thread itself has put, if nobody else has put any: all of them have to be done.
u32 SignalChannels::own_items(const ThreadNode& thread_node, const Signal& signal) noexcept {
  const Signal items{signal.object, Channel::kSignal, Rule::kCounted};
  const SignalSource* const source = parts_.sources->known(items);
  const bool mine =
      source != nullptr && parts_.states->is_sole(items) && source->signaller == thread_node.thread;
  return mine ? source->total : 0;
}

}  // namespace gridlock::internal
