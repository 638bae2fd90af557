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
// With a second signaller the channel says nothing any more: its edges become inactive, its order is
// distrusted, and the cycles that were judged safe because of it are looked at again.
#include "harness/analysis/prediction.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMany = ~0u;          // several threads signal
constexpr u32 kOver = 0x80000000u;  // its marks are used up: what comes now orders nothing
constexpr u32 kMostMarks = 64;      // of a channel

u32 most_marks(Rule rule) noexcept { return rule == Rule::kOnce ? 1 : kMostMarks; }

}  // namespace

u32 Prediction::index_of(const Signal& signal) noexcept {
  return signal.object * kChannels + static_cast<u32>(signal.channel);
}

bool Prediction::says_nothing(const Signal& signal) const noexcept {
  return signaller_[index_of(signal)].load(std::memory_order_relaxed) == kMany;
}

bool Prediction::signal_is_known(const Actor& actor, const Signal& signal) const noexcept {
  return signaller_[index_of(signal)].load(std::memory_order_relaxed) == (actor.thread | kOver);
}

bool Prediction::receipt_is_known(const Actor& actor, const Signal& signal) const noexcept {
  return signal.rule == Rule::kWakeup || actor.sated[index_of(signal) % 8] == index_of(signal);
}

Prediction::Source* Prediction::source_of(const Signal& signal) noexcept {
  const u64 key = u64{index_of(signal)} + 1;
  if (const u32* known = source_of_.find(key))
    return sources_[*known].node != 0 ? &sources_[*known] : nullptr;
  if (sources_.full() || !source_of_.insert(key, sources_.size())) return nullptr;
  Source& source = sources_[sources_.add()];
  // A queue's first channel is the object itself in the graph, the others stand beside it.
  source.node = signal.channel == Channel::kSignal
                    ? signal.object
                    : hooks_.add_twin(signal.object, hooks_.argument);
  if (source.node == 0) return nullptr;
  source.signal = signal;
  source_of_node_.insert(source.node, sources_.size() - 1);
  const bool wakeup = signal.rule == Rule::kWakeup;
  graph_.describe(source.node, wakeup ? NodeKind::kWakeup : NodeKind::kSignal, false);
  return &source;
}

void Prediction::give_up(const Signal& signal, const Source* source) noexcept {
  signaller_[index_of(signal)].store(kMany, std::memory_order_relaxed);
  segments_.distrust(signal.object);
  if (source != nullptr && source->node != 0) {
    graph_.set_active(source->node, false);
    reconsider(source->node);
  }
  reconsider(signal.object);
}

u32 Prediction::receipts(const Actor& actor, const Signal& signal) noexcept {
  const u32* const known = receipts_.find((u64{index_of(signal) + 1} << 32) | actor.thread);
  return known == nullptr ? 0 : *known;
}

void Prediction::count_receipt(const Actor& actor, const Signal& signal) noexcept {
  const u64 key = (u64{index_of(signal) + 1} << 32) | actor.thread;
  if (u32* known = receipts_.find(key)) {
    ++*known;
  } else {
    receipts_.insert(key, 1);
  }
}

u32 Prediction::next_needed(const Actor& actor, const Signal& signal) noexcept {
  switch (signal.rule) {
    case Rule::kOnce:
      return 1;
    case Rule::kWakeup:
      return signal.number + 1;
    case Rule::kCounted:
      break;
  }
  const u32 number = receipts(actor, signal) + 1;
  return number > signal.free ? number - signal.free : 0;
}

// The signaller's segment ends with this signal. False: there is no room to remember it.
bool Prediction::mark(Actor& actor, Source& source, Rule rule) noexcept {
  const u32 room = most_marks(rule);
  if (source.first_mark == 0) {
    if (marks_.full(room)) return false;
    source.first_mark = marks_.size();
    marks_.resize(marks_.size() + room);
  }
  marks_[source.first_mark + source.signals - 1] = actor.segment;
  next_segment(actor);
  return true;
}

// From here on the channel orders the thread with others in a way that is not kept.
void Prediction::go_beyond_marks(Actor& actor, NodeId object) noexcept {
  next_segment(actor);
  segments_.tag(actor.segment, object);
}

// Edges from the channel to what the signaller requested since the last time.
void Prediction::tell_requests(Source& source, Rule rule, u32 signaller) noexcept {
  const bool marked = rule != Rule::kWakeup && source.first_mark != 0;
  const Marks marks{marked ? &marks_[source.first_mark] : nullptr,
                    marked ? (source.signals < kMostMarks ? source.signals : kMostMarks) : 0};
  const u32 fixed = rule == Rule::kWakeup ? source.signals : 0;
  // Before, because what is told may lead back here.
  const u32 told = source.told;
  source.told = newest_asked(signaller);
  add_signal_edges(source.node, signaller, marks, fixed, told);
}

void Prediction::signals(Actor& actor, const Signal& signal) noexcept {
  if (says_nothing(signal) || signal_is_known(actor, signal)) return;
  std::atomic<u32>& word = signaller_[index_of(signal)];
  Source* const source = source_of(signal);
  const u32 signaller = word.load(std::memory_order_relaxed) & ~kOver;
  if (source == nullptr || (signaller != 0 && signaller != actor.thread)) {
    return give_up(signal, source);
  }
  const bool wakeup = signal.rule == Rule::kWakeup;
  source->signals = wakeup ? signal.number + 1 : source->signals + 1;
  const bool over = !wakeup && source->signals >= most_marks(signal.rule);
  word.store(actor.thread | (over ? kOver : 0), std::memory_order_relaxed);
  if (!wakeup && !mark(actor, *source, signal.rule)) return give_up(signal, source);
  if (source->waited_for) {
    tell_requests(*source, signal.rule, actor.thread);
  } else if (wakeup) {
    source->told = newest_asked(actor.thread);  // it came before a notification that is over
  }
  if (over && signal.rule == Rule::kCounted) go_beyond_marks(actor, signal.object);
}

// What the thread requested up to now has nothing to do with this signal, which only it will give: it
// takes up a task of which others wait for the result.
void Prediction::forget_earlier_requests(const Actor& actor, const Signal& signal) noexcept {
  if (signal.object == 0 || says_nothing(signal)) return;
  if (Source* const source = source_of(signal)) source->told = newest_asked(actor.thread);
}

u32 Prediction::needed_by(const Actor& actor, const Signal& signal) noexcept {
  if (says_nothing(signal) || source_of(signal) == nullptr) return 0;
  const u32 needed = next_needed(actor, signal);
  return needed > kMostMarks && signal.rule != Rule::kWakeup ? 0 : needed;
}

// Who waits holding nothing makes nobody wait yet, but somebody may wait for him.
void Prediction::awaits(const Actor& actor, const Asking& asking, const Signal& signal, u32 needed,
                        bool known) noexcept {
  const Source* const source = source_of(signal);
  if (source == nullptr) return;
  RequestContext context = context_of(actor, asking);
  context.to_epoch = needed;
  if (!known) remember(source->node, context);
  if (asking.count == 0) return;
  add_edges(asking, source->node, source->node, context);
  follow_wait(source->node);
}

// Somebody waits for this node of the lock-order graph while others wait for him: what its signaller
// needs is asked for from now on. Nothing if the node is a lock.
void Prediction::follow_wait(NodeId node) noexcept {
  constexpr u32 kDeepest = 64;
  if (const u32* const thread = thread_of_node_.find(node)) return follow_thread(*thread, node);
  const u32* const known = source_of_node_.find(node);
  if (known == nullptr || following_ == kDeepest) return;
  Source& source = sources_[*known];
  const bool wakeup = source.signal.rule == Rule::kWakeup;
  const u32 signaller =
      signaller_[index_of(source.signal)].load(std::memory_order_relaxed) & ~kOver;
  const bool told = source.waited_for && newest_asked(signaller) == source.told;
  source.waited_for = true;
  if (told || signaller == 0 || signaller == (kMany & ~kOver) || wakeup) return;
  ++following_;
  tell_requests(source, source.signal.rule, signaller);
  --following_;
}

void Prediction::received(Actor& actor, const Signal& signal) noexcept {
  if (receipt_is_known(actor, signal) || says_nothing(signal)) return;
  const Source* const source = source_of(signal);
  if (source == nullptr) return;
  const u32 needed = next_needed(actor, signal);
  count_receipt(actor, signal);
  const u32 signaller = signaller_[index_of(signal)].load(std::memory_order_relaxed) & ~kOver;
  const u32 room = most_marks(signal.rule);
  if (needed >= room) actor.sated[index_of(signal) % 8] = index_of(signal);
  if (signaller == actor.thread || needed == 0 || source->first_mark == 0) return;
  if (needed <= room && needed <= source->signals) {
    const SegmentId before = marks_[source->first_mark + needed - 1];
    if (before != 0) actor.segment = segments_.add(actor.segment, before, signal.object);
  }
  if (needed >= room && signal.rule == Rule::kCounted) go_beyond_marks(actor, signal.object);
}

void Prediction::retracted(NodeId object) noexcept {
  for (const Channel channel : {Channel::kSignal, Channel::kRoom, Channel::kDone}) {
    const Signal signal{object, channel, Rule::kOnce};
    if (says_nothing(signal)) continue;
    const u32* const known = source_of_.find(u64{index_of(signal)} + 1);
    give_up(signal, known != nullptr ? &sources_[*known] : nullptr);
  }
}

}  // namespace gridlock::internal
