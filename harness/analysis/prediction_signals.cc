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
// are looked at again. Who waits for his first signal then waits for every one of them: each gets a
// node beside the channel's, with edges to what it requested before its first signal. What comes after
// that is not followed, so that it costs nothing.
#include "harness/analysis/prediction.h"

namespace gridlock::internal {
namespace {

constexpr u32 kNothing = ~0u;       // in the place of a signaller: nothing is concluded any more
constexpr u32 kSeveral = ~0u - 1;   // several threads signal
constexpr u32 kOver = 0x80000000u;  // its marks are used up: what comes now orders nothing
constexpr u32 kMostMarks = 64;      // of a channel

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
  return signaller_[index_of(signal)].load(std::memory_order_relaxed) < kSeveral;
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
  signaller_[index_of(signal)].store(kNothing, std::memory_order_relaxed);
  segments_.distrust(signal.object);
  if (source != nullptr && source->node != 0) {
    graph_.set_active(source->node, false);
    reconsider(source->node);
  }
  reconsider(signal.object);
}

u32 Prediction::receipts(const Actor& actor, const Signal& signal) noexcept {
  const u32* const known = receipts_.find(key_of(actor, signal));
  return known == nullptr ? 0 : *known;
}

void Prediction::count_receipt(const Actor& actor, const Signal& signal) noexcept {
  const u64 key = key_of(actor, signal);
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

void Prediction::sole_signal(Actor& actor, const Signal& signal, Source& source) noexcept {
  const bool wakeup = signal.rule == Rule::kWakeup;
  source.signaller = actor.thread;
  source.signals = wakeup ? signal.number + 1 : source.signals + 1;
  const bool over = !wakeup && source.signals >= most_marks(signal.rule);
  signaller_[index_of(signal)].store(actor.thread | (over ? kOver : 0), std::memory_order_relaxed);
  if (!wakeup && !mark(actor, source, signal.rule)) return give_up(signal, &source);
  if (source.waited_for) {
    tell_requests(source, signal.rule, actor.thread);
  } else if (wakeup) {
    source.told = newest_asked(actor.thread);  // it came before a notification that is over
  }
  if (over && signal.rule == Rule::kCounted) go_beyond_marks(actor, signal.object);
}

// Of a condition each notification counts, and not only the first: from two threads they say nothing.
void Prediction::another_signal(Actor& actor, const Signal& signal, Source& source) noexcept {
  if (signal.rule == Rule::kWakeup) return give_up(signal, &source);
  const u32 index = index_of(signal);
  actor.given[index % 8] = index;
  const u64 key = key_of(actor, signal);
  if (actor.thread == source.signaller || giver_of_.find(key) != nullptr) return;
  const NodeId node = hooks_.add_twin(source.node, hooks_.argument);
  if (node == 0 || givers_.full() || !giver_of_.insert(key, givers_.size()) ||
      !graph_.add_giver(source.node, node)) {
    return give_up(signal, &source);
  }
  signaller_[index].store(kSeveral, std::memory_order_relaxed);
  segments_.distrust(signal.object);
  const u32 giver = givers_.add();
  givers_[giver] = {node, newest_asked(actor.thread), source.others, false};
  source.others = giver;
  next_segment(actor);
  if (source.waited_for) tell_givers(source);
  reconsider(source.node);
  reconsider(signal.object);
}

void Prediction::tell_givers(Source& source) noexcept {
  for (u32 id = source.others; id != 0; id = givers_[id].next) {
    Giver& giver = givers_[id];
    if (giver.told) continue;
    giver.told = true;
    for (u32 asked = giver.newest; asked != 0; asked = asked_[asked].before)
      add_signal_edge(giver.node, asked_[asked], 1);
  }
}

void Prediction::signals(Actor& actor, const Signal& signal) noexcept {
  if (says_nothing(signal) || signal_is_known(actor, signal)) return;
  Source* const source = source_of(signal);
  if (source == nullptr) return give_up(signal, source);
  if (is_sole(signal) && (source->signaller == 0 || source->signaller == actor.thread)) {
    sole_signal(actor, signal, *source);
  } else {
    another_signal(actor, signal, *source);
  }
}

// What the thread requested up to now has nothing to do with this signal, which only it will give: it
// takes up a task of which others wait for the result.
void Prediction::forget_earlier_requests(const Actor& actor, const Signal& signal) noexcept {
  if (signal.object == 0 || !is_sole(signal)) return;
  if (Source* const source = source_of(signal)) source->told = newest_asked(actor.thread);
}

u32 Prediction::needed_by(const Actor& actor, const Signal& signal) noexcept {
  if (says_nothing(signal) || source_of(signal) == nullptr) return 0;
  const u32 needed = next_needed(actor, signal);
  const u32 most = is_sole(signal) ? kMostMarks : 1;
  return needed > most && signal.rule != Rule::kWakeup ? 0 : needed;
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
  if (source.signaller == 0 || source.signal.rule == Rule::kWakeup || says_nothing(source.signal))
    return;
  ++following_;
  if (!told) tell_requests(source, source.signal.rule, source.signaller);
  if (source.others != 0) {
    tell_givers(source);
    reconsider(source.node);
  }
  --following_;
}

// Beyond the marks, or with several signallers beyond the first, a further receipt is no news.
void Prediction::received(Actor& actor, const Signal& signal) noexcept {
  if (receipt_is_known(actor, signal) || says_nothing(signal)) return;
  const Source* const source = source_of(signal);
  if (source == nullptr) return;
  const u32 needed = next_needed(actor, signal);
  count_receipt(actor, signal);
  const u32 room = is_sole(signal) ? most_marks(signal.rule) : 1;
  if (needed >= room) actor.sated[index_of(signal) % 8] = index_of(signal);
  if (!is_sole(signal) || source->signaller == actor.thread || needed == 0 ||
      source->first_mark == 0) {
    return;
  }
  if (needed <= room && needed <= source->signals) {
    const SegmentId before = marks_[source->first_mark + needed - 1];
    if (before != 0) actor.segment = segments_.add(actor.segment, before, signal.object);
  }
  if (needed >= room && signal.rule == Rule::kCounted) go_beyond_marks(actor, signal.object);
}

void Prediction::ends_waits(Actor& actor, const Signal& signal) noexcept {
  const SegmentId before = actor.segment;
  signals(actor, signal);
  if (Source* const source = source_of(signal)) source->end_mark = before;
}

void Prediction::received_end(Actor& actor, const Signal& signal) noexcept {
  if (receipt_is_known(actor, signal) || says_nothing(signal)) return;
  const Source* const source = source_of(signal);
  if (source == nullptr) return;
  actor.sated[index_of(signal) % 8] = index_of(signal);
  if (is_sole(signal) && source->signaller != actor.thread && source->end_mark != 0)
    actor.segment = segments_.add(actor.segment, source->end_mark, signal.object);
}

void Prediction::retracted(const Signal& signal) noexcept {
  if (says_nothing(signal)) return;
  const u32* const known = source_of_.find(u64{index_of(signal)} + 1);
  give_up(signal, known != nullptr ? &sources_[*known] : nullptr);
}

}  // namespace gridlock::internal
