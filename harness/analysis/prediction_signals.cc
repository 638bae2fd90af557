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
// With a second signaller the order is distrusted, and the cycles that were judged safe because of it
// are looked at again: prediction_several.cc.
#include "harness/analysis/prediction.h"
#include "harness/analysis/signal_state.h"

namespace gridlock::internal {
namespace {

u32 most_marks(Rule rule) noexcept { return rule == Rule::kOnce ? 1 : kMostMarks; }

}  // namespace

u32 Prediction::index_of(const Signal& signal) noexcept {
  return signal.object * kChannels + static_cast<u32>(signal.channel);
}

u64 Prediction::key_of(const Actor& actor, const Signal& signal) noexcept {
  return (u64{index_of(signal) + 1} << 32) | actor.thread;
}

bool Prediction::says_nothing(const Signal& signal) const noexcept {
  return signaller_[index_of(signal)].load(std::memory_order_relaxed) == kNothing;
}

bool Prediction::is_sole(const Signal& signal) const noexcept {
  return signaller_[index_of(signal)].load(std::memory_order_relaxed) < kFollowed;
}

bool Prediction::is_followed(const Signal& signal) const noexcept {
  return signaller_[index_of(signal)].load(std::memory_order_relaxed) == kFollowed;
}

bool Prediction::signal_is_known(const Actor& actor, const Signal& signal) const noexcept {
  const u32 index = index_of(signal);
  const u32 known = signaller_[index].load(std::memory_order_relaxed);
  return known == (actor.thread | kOver) || (known == kSeveral && actor.given[index % 8] == index);
}

bool Prediction::wait_is_known(const Actor& actor, const Signal& signal) const noexcept {
  return actor.sated[index_of(signal) % 8] == index_of(signal);
}

bool Prediction::receipt_is_known(const Actor& actor, const Signal& signal) const noexcept {
  return signal.rule == Rule::kWakeup || wait_is_known(actor, signal);
}

Prediction::Source* Prediction::known_source(const Signal& signal) noexcept {
  const u32* const known = source_of_.find(u64{index_of(signal)} + 1);
  return known != nullptr && sources_[*known].node != 0 ? &sources_[*known] : nullptr;
}

Prediction::Source* Prediction::source_of(const Signal& signal) noexcept {
  const u64 key = u64{index_of(signal)} + 1;
  if (source_of_.find(key) != nullptr) return known_source(signal);
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

// What is ordered by a signal beyond the first rests on something of its own, because the first may
// stay firm when they do not.
NodeId Prediction::later_of(Source& source) noexcept {
  if (source.later == 0) source.later = hooks_.add_twin(source.node, hooks_.argument);
  return source.later;
}

void Prediction::give_up(const Signal& signal, Source* source) noexcept {
  signaller_[index_of(signal)].store(kNothing, std::memory_order_relaxed);
  if (source == nullptr) return;
  for (u32 id = source->completions; id != 0; id = completions_[id].next)
    distrust(completions_[id].via);
  distrust(source->later);
  distrust(source->end);
  graph_.set_active(source->node, false);
  no_longer_orders(source->node);
  reconsider(source->node);
}

u32 Prediction::receipts(const Actor& actor, const Signal& signal) noexcept {
  const u32* const known = receipts_.find(key_of(actor, signal));
  return known == nullptr ? 0 : *known;
}

// Of an event, twice the times that the thread has received and then cleared it, and one more if it has
// received it since.
void Prediction::count_receipt(const Actor& actor, const Signal& signal) noexcept {
  const u64 key = key_of(actor, signal);
  u32* const known = receipts_.find(key);
  if (known == nullptr) {
    receipts_.insert(key, 1);
  } else if (signal.rule == Rule::kCleared) {
    *known |= 1;
  } else {
    ++*known;
  }
}

u32 Prediction::next_needed(const Actor& actor, const Signal& signal) noexcept {
  switch (signal.rule) {
    case Rule::kOnce:
      return 1;
    case Rule::kCleared:
      return receipts(actor, signal) / 2 + 1;
    case Rule::kItems: {
      const u32 items = own_items(actor, signal);
      return items == 0 ? 1 : items;
    }
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
void Prediction::go_beyond_marks(Actor& actor, Source& source) noexcept {
  next_segment(actor);
  segments_.tag(actor.segment, later_of(source));
}

// Edges from the channel to what the signaller requested since the last time.
void Prediction::tell_requests(Source& source, u32 signaller) noexcept {
  const bool marked = source.first_mark != 0;
  const Marks marks{marked ? &marks_[source.first_mark] : nullptr, marked ? source.signals : 0};
  // Before, because what is told may lead back here.
  const u32 told = source.told;
  source.told = newest_asked(signaller);
  add_signal_edges(source.node, signaller, marks, 0, told);
}

void Prediction::sole_signal(Actor& actor, const Signal& signal, Source& source,
                             bool counts) noexcept {
  source.signaller = actor.thread;
  ++source.signals;
  const bool over = source.signals >= most_marks(signal.rule);
  signaller_[index_of(signal)].store(actor.thread | (over ? kOver : 0), std::memory_order_relaxed);
  if (counts && is_counted(signal.rule)) count_signal(actor.segment, source);
  if (!mark(actor, source, signal.rule)) return give_up(signal, &source);
  if (source.waited_for) tell_requests(source, actor.thread);
  if (over && signal.rule != Rule::kOnce) go_beyond_marks(actor, source);
}

// `counts`: it is one that a receipt can take.
void Prediction::give(Actor& actor, const Signal& signal, bool counts) noexcept {
  Source* const source = source_of(signal);
  if (source == nullptr) return give_up(signal, source);
  if (signal.rule == Rule::kWakeup) return notifies(actor, signal, *source);
  if (is_sole(signal) && (source->signaller == 0 || source->signaller == actor.thread)) {
    sole_signal(actor, signal, *source, counts);
  } else {
    another_signal(actor, signal, *source);
  }
}

void Prediction::signals(Actor& actor, const Signal& signal) noexcept {
  if (!says_nothing(signal) && !signal_is_known(actor, signal)) give(actor, signal, true);
}

// What the thread requested up to now has nothing to do with this signal, which only it will give: it
// takes up a task of which others wait for the result.
void Prediction::forget_earlier_requests(const Actor& actor, const Signal& signal) noexcept {
  if (signal.object == 0 || !is_sole(signal)) return;
  if (Source* const source = source_of(signal)) source->told = newest_asked(actor.thread);
}

u32 Prediction::needed_by(const Actor& actor, const Signal& signal) noexcept {
  if (says_nothing(signal)) return 0;
  const Source* const source = source_of(signal);
  if (source == nullptr) return 0;
  const u32 needed = next_needed(actor, signal);
  if (signal.rule == Rule::kWakeup) return needed;
  // Of several signallers nobody knows who gives the second.
  const u32 most = is_sole(signal) ? kMostMarks : 1;
  if (signal.rule == Rule::kItems && needed > most) return most;
  return needed > most ? 0 : needed;
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
  const bool told = source.waited_for && newest_asked(source.signaller) == source.told;
  source.waited_for = true;
  if (source.signaller == 0 || says_nothing(source.signal)) return;
  ++following_;
  if (source.signal.rule == Rule::kWakeup) {
    tell_rounds(source);
  } else if (!told) {
    tell_requests(source, source.signaller);
  }
  if (source.others != 0) {
    tell_givers(source);
    reconsider(source.node);
  }
  --following_;
}

// Whoever received signal `needed`, or a later one, comes after it.
void Prediction::order_by_mark(Actor& actor, Source& source, u32 needed) noexcept {
  const u32 known = is_sole(source.signal) ? source.signals : source.firm;
  const u32 number = needed < known ? needed : known;
  if (number == 0 || source.first_mark == 0 || source.signaller == actor.thread) return;
  const SegmentId before = marks_[source.first_mark + number - 1];
  const NodeId via = number == 1 ? source.node : later_of(source);
  if (before == 0 || via == 0) return;
  actor.segment = segments_.add(actor.segment, before, via);
  if (number > source.farthest) source.farthest = number;
}

// Beyond the marks, or with several signallers beyond the firm ones, a further receipt is no news.
void Prediction::received(Actor& actor, const Signal& signal) noexcept {
  if (receipt_is_known(actor, signal) || says_nothing(signal)) return;
  Source* const source = source_of(signal);
  if (source == nullptr) return;
  const u32 needed = next_needed(actor, signal);
  count_receipt(actor, signal);
  const bool sole = is_sole(signal);
  u32 room = source->firm != 0 ? source->firm : 1;
  if (sole) room = most_marks(signal.rule);
  if (is_followed(signal)) room = kMostMarks;
  if (needed >= room || signal.rule == Rule::kCleared)
    actor.sated[index_of(signal) % 8] = index_of(signal);
  order_by_mark(actor, *source, needed);
  if (received_all(actor, signal, needed, *source)) order_by_all(actor, *source);
  const bool other = source->signaller != 0 && source->signaller != actor.thread;
  if (sole && other && needed >= room && signal.rule != Rule::kOnce)
    go_beyond_marks(actor, *source);
}

// What it has not received it does not wait for anew, and beyond the marks it does not matter.
void Prediction::cleared(Actor& actor, const Signal& signal) noexcept {
  if (says_nothing(signal)) return;
  u32* const known = receipts_.find(key_of(actor, signal));
  if (known == nullptr || (*known & 1) == 0 || *known / 2 >= kMostMarks) return;
  ++*known;
  u32& sated = actor.sated[index_of(signal) % 8];
  if (sated == index_of(signal)) sated = 0;
}

}  // namespace gridlock::internal
