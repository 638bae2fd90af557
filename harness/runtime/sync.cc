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
#include "harness/runtime/sync.h"

#include "harness/platform/pages.h"
#include "harness/runtime/order.h"
#include "harness/runtime/requests.h"
#include "harness/runtime/runtime.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMany = ~0u;          // several threads signal
constexpr u32 kOver = 0x80000000u;  // its marks are used up: what comes now orders nothing
constexpr u32 kMostMarks = 64;      // of a channel
constexpr u32 kChannels = 3;

struct Source {
  Signal signal;
  ObjectId node;    // stands for the channel in the lock-order graph
  u32 signals;      // given so far by the sole signaller
  u32 first_mark;   // of kMostMarks in g_marks; 0: none yet
  u32 told;         // the signaller's newest request that has an edge
  bool waited_for;  // by a thread that held something
};

Table<std::atomic<u32>> g_signaller;  // number of the thread, by object and channel; 0: nobody yet
Table<Source> g_sources;              // this and the rest: guarded by graph_mutex()
Table<SegmentId> g_marks;
KeyMap g_source_of;       // by object and channel
KeyMap g_source_of_node;  // by node
u32 g_following = 0;      // how deep follow_wait() is in itself
KeyMap g_receipts;        // by object, channel and thread: how many

u32 index_of(const Signal& signal) noexcept {
  return signal.object * kChannels + static_cast<u32>(signal.channel);
}

std::atomic<u32>& signaller_of(const Signal& signal) noexcept {
  return g_signaller[index_of(signal)];
}

bool nothing_to_note(const ThreadState* state, const Signal& signal) noexcept {
  return signal.object == 0 || state->in_runtime || !predicting() ||
         signaller_of(signal).load(std::memory_order_relaxed) == kMany;
}

// What a thread receives from a channel after its marks needs no look any more.
u32& sated(ThreadState* state, const Signal& signal) noexcept {
  return state->sated[index_of(signal) % 8];
}

Source* source_of(const Signal& signal) noexcept {
  const u64 key = u64{index_of(signal)} + 1;
  if (const u32* known = g_source_of.find(key))
    return g_sources[*known].node != 0 ? &g_sources[*known] : nullptr;
  if (g_sources.full() || !g_source_of.insert(key, g_sources.size())) return nullptr;
  Source& source = g_sources[g_sources.add()];
  // A queue's first channel is the object itself in the graph, the others stand beside it.
  source.node = signal.channel == Channel::kSignal ? signal.object : add_twin(signal.object);
  if (source.node == 0) return nullptr;
  source.signal = signal;
  g_source_of_node.insert(source.node, g_sources.size() - 1);
  const bool wakeup = signal.rule == Rule::kWakeup;
  lock_order_graph().describe(source.node, wakeup ? NodeKind::kWakeup : NodeKind::kSignal, false);
  return &source;
}

void give_up(const Signal& signal, const Source* source) noexcept {
  signaller_of(signal).store(kMany, std::memory_order_relaxed);
  segments().distrust(signal.object);
  if (source != nullptr && source->node != 0) {
    lock_order_graph().set_active(source->node, false);
    reconsider_cycles(source->node);
  }
  reconsider_cycles(signal.object);
}

u64 receipt_key(const ThreadState* state, const Signal& signal) noexcept {
  return (u64{index_of(signal) + 1} << 32) | state->number;
}

u32 receipts(const ThreadState* state, const Signal& signal) noexcept {
  const u32* const known = g_receipts.find(receipt_key(state, signal));
  return known == nullptr ? 0 : *known;
}

void count_receipt(const ThreadState* state, const Signal& signal) noexcept {
  const u64 key = receipt_key(state, signal);
  if (u32* known = g_receipts.find(key)) {
    ++*known;
  } else {
    g_receipts.insert(key, 1);
  }
}

// Which signal the thread's next receipt needs; 0: none.
u32 next_needed(const ThreadState* state, const Signal& signal) noexcept {
  switch (signal.rule) {
    case Rule::kOnce:
      return 1;
    case Rule::kWakeup:
      return signal.number + 1;
    case Rule::kCounted:
      break;
  }
  const u32 number = receipts(state, signal) + 1;
  return number > signal.free ? number - signal.free : 0;
}

u32 most_marks(Rule rule) noexcept { return rule == Rule::kOnce ? 1 : kMostMarks; }

// The signaller's segment ends with this signal. False: there is no room to remember it.
bool mark(ThreadState* state, Source& source, Rule rule) noexcept {
  const u32 room = most_marks(rule);
  if (source.first_mark == 0) {
    if (g_marks.full(room)) return false;
    source.first_mark = g_marks.size();
    g_marks.resize(g_marks.size() + room);
  }
  g_marks[source.first_mark + source.signals - 1] = state->segment;
  enter_segment(state, segments().add(state->segment, 0));
  return true;
}

// From here on the channel orders the thread with others in a way that is not kept.
void go_beyond_marks(ThreadState* state, ObjectId object) noexcept {
  enter_segment(state, segments().add(state->segment, 0));
  segments().tag(state->segment, object);
}

// Edges from the channel to what the signaller requested since the last time.
void tell_requests(Source& source, Rule rule, u32 signaller) noexcept {
  const bool marked = rule != Rule::kWakeup && source.first_mark != 0;
  const Marks marks{marked ? &g_marks[source.first_mark] : nullptr,
                    marked ? (source.signals < kMostMarks ? source.signals : kMostMarks) : 0};
  const u32 fixed = rule == Rule::kWakeup ? source.signals : 0;
  // Before, because what is told may lead back here.
  const u32 told = source.told;
  source.told = newest_request(signaller);
  add_edges_from_signal(source.node, signaller, marks, fixed, told);
}

}  // namespace

bool init_sync(u32 objects) noexcept {
  const bool ok = g_signaller.reserve((objects + 1) * kChannels) &&
                  g_sources.reserve(objects + 1) && g_marks.reserve(objects + 1 + kMostMarks);
  if (!ok) return false;
  g_signaller.resize((objects + 1) * kChannels);
  g_sources.add();
  g_marks.add();
  return true;
}

void before_signal(ThreadState* state, const Signal& signal) noexcept {
  if (nothing_to_note(state, signal)) return;
  const u32 known = signaller_of(signal).load(std::memory_order_relaxed);
  if (known == (state->number | kOver)) return;
  const GraphWork work(state);
  Source* const source = source_of(signal);
  const u32 signaller = signaller_of(signal).load(std::memory_order_relaxed) & ~kOver;
  if (source == nullptr || (signaller != 0 && signaller != state->number)) {
    return give_up(signal, source);
  }
  const bool wakeup = signal.rule == Rule::kWakeup;
  source->signals = wakeup ? signal.number + 1 : source->signals + 1;
  const bool over = !wakeup && source->signals >= most_marks(signal.rule);
  signaller_of(signal).store(state->number | (over ? kOver : 0), std::memory_order_relaxed);
  if (!wakeup && !mark(state, *source, signal.rule)) return give_up(signal, source);
  if (source->waited_for) {
    tell_requests(*source, signal.rule, state->number);
  } else if (wakeup) {
    source->told = newest_request(state->number);  // it came before a notification that is over
  }
  if (over && signal.rule == Rule::kCounted) go_beyond_marks(state, signal.object);
}

void forget_earlier_requests(const ThreadState* state, const Signal& signal) noexcept {
  if (signal.object == 0 || signaller_of(signal).load(std::memory_order_relaxed) == kMany) return;
  if (Source* const source = source_of(signal)) source->told = newest_request(state->number);
}

// Who waits holding nothing makes nobody wait yet, but somebody may wait for him.
void before_receive(ThreadState* state, const Signal& signal) noexcept {
  if (nothing_to_note(state, signal)) return;
  const Ask ask = static_cast<Ask>(kFirstWait + static_cast<u8>(signal.channel));
  const u64 key = order_key(state, signal.object, ask);
  if (order_seen(key) && signal.rule != Rule::kWakeup) return;
  const GraphWork work(state);
  Source* const source = source_of(signal);
  const u32 needed = source == nullptr ? 0 : next_needed(state, signal);
  if (needed == 0 || (needed > kMostMarks && signal.rule != Rule::kWakeup)) return;
  if (!order_seen(key)) note_wait_request(state, source->node, needed, key);
  if (add_edges_from_held(state, source->node, needed, Ask::kLock)) follow_wait(source->node);
}

void follow_wait(u32 node) noexcept {
  constexpr u32 kDeepest = 64;
  if (object_info(node).type == ObjectType::kThread)
    return follow_thread(object_info(node).thread, node);
  const u32* const known = g_source_of_node.find(node);
  if (known == nullptr || g_following == kDeepest) return;
  Source& source = g_sources[*known];
  const bool wakeup = source.signal.rule == Rule::kWakeup;
  const u32 signaller = signaller_of(source.signal).load(std::memory_order_relaxed) & ~kOver;
  const bool told = source.waited_for && newest_request(signaller) == source.told;
  source.waited_for = true;
  if (told || signaller == 0 || signaller == (kMany & ~kOver) || wakeup) return;
  ++g_following;
  tell_requests(source, source.signal.rule, signaller);
  --g_following;
}

void after_receive(ThreadState* state, const Signal& signal) noexcept {
  if (signal.rule == Rule::kWakeup || nothing_to_note(state, signal)) return;
  if (sated(state, signal) == index_of(signal)) return;
  const GraphWork work(state);
  const Source* const source = source_of(signal);
  if (source == nullptr) return;
  const u32 needed = next_needed(state, signal);
  count_receipt(state, signal);
  const u32 signaller = signaller_of(signal).load(std::memory_order_relaxed) & ~kOver;
  const u32 room = most_marks(signal.rule);
  if (needed >= room) sated(state, signal) = index_of(signal);
  if (signaller == state->number || needed == 0 || source->first_mark == 0) return;
  if (needed <= room && needed <= source->signals) {
    const SegmentId before = g_marks[source->first_mark + needed - 1];
    if (before != 0) enter_segment(state, segments().add(state->segment, before, signal.object));
  }
  if (needed >= room && signal.rule == Rule::kCounted) go_beyond_marks(state, signal.object);
}

// Of a semaphore that began with one permit, by object.
enum : u32 { kNeverReleased = 0, kAsked = 1, kReleasedByHolders = 2 };

void note_lock_like(ThreadState* state, ObjectId object) noexcept {
  std::atomic<u32>& known = g_signaller[object * kChannels];
  if (object == 0 || known.load(std::memory_order_relaxed) != kNeverReleased || state->in_runtime)
    return;
  const GraphWork work(state);
  if (known.load(std::memory_order_relaxed) != kNeverReleased) return;
  known.store(kAsked, std::memory_order_relaxed);
  lock_order_graph().describe(object, NodeKind::kLock, false);
  lock_order_graph().set_active(object, false);
}

void note_permit_released(ThreadState* state, ObjectId object, bool own) noexcept {
  std::atomic<u32>& known = g_signaller[object * kChannels];
  const u32 now = own ? u32{kReleasedByHolders} : kMany;
  const u32 before = known.load(std::memory_order_relaxed);
  if (object == 0 || before == now || before == kMany || state->in_runtime) return;
  const GraphWork work(state);
  if (known.load(std::memory_order_relaxed) == kMany) return;
  known.store(now, std::memory_order_relaxed);
  lock_order_graph().describe(object, NodeKind::kLock, false);
  lock_order_graph().set_active(object, own);
  reconsider_cycles(object);
}

void retract_signal(ThreadState* state, ObjectId object) noexcept {
  for (const Channel channel : {Channel::kSignal, Channel::kRoom, Channel::kDone}) {
    const Signal signal{object, channel, Rule::kOnce};
    if (nothing_to_note(state, signal)) continue;
    const GraphWork work(state);
    const u32* const known = g_source_of.find(u64{index_of(signal)} + 1);
    give_up(signal, known != nullptr ? &g_sources[*known] : nullptr);
  }
}

}  // namespace gridlock::internal
