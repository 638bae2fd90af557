// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/registry/contention.h"

#include "harness/platform/futex.h"
#include "harness/platform/mutex_ranks.h"
#include "harness/platform/pages.h"
#include "harness/runtime/core/control.h"
#include "harness/runtime/core/options.h"

namespace gridlock::internal {

bool g_measure_holds = false;

namespace {

constexpr u32 kMaxOpenHolds = 1u << 16;  // of one thread; more are not measured
constexpr u64 kPatienceNs = 100'000'000;

struct AtomicSpans {
  std::atomic<u64> count;
  std::atomic<u64> total_ns;
  std::atomic<u64> longest_ns;
  u32 thread;     // these two belong to longest_ns
  StackId stack;  // and are guarded by g_mutex
};

struct Entry {
  std::atomic<u64> acquisitions;
  AtomicSpans waits;
  AtomicSpans holds;
  std::atomic<u64> overtakings;   // readers that took it while a writer waited
  std::atomic<u32> writer;        // number of the first writer that waits now, 0: none
  std::atomic<u64> writer_since;  // and when it began, and how many there were then
  std::atomic<u64> writer_from;
  Overtaken worst;  // of the waits that are over; guarded by g_mutex
  std::atomic<u32> listed;
  ObjectId next;  // in the list of the locks that have figures
};

struct OpenHold {
  ObjectId object;
  u64 since;
};

// A thread's own; side by side with its held set, which has no room for a time.
struct OpenHolds {
  OpenHold* entries;
  u32 count;
};

Table<Entry> g_entries;
Table<OpenHolds> g_open;                                         // by slot
std::atomic<ObjectId> g_first{0};                                // of the list
constinit RawMutex& g_mutex = mutex_of(MutexRank::kContention);  // a new longest span

void add(std::atomic<u64>& sum, u64 more) noexcept {
  sum.fetch_add(more, std::memory_order_relaxed);
}

// The id may be anything if the memory of the object was overwritten.
Entry* entry_of(ObjectId object) noexcept {
  if (object == 0 || object > object_count() || !is_lock_type(object_info(object).type))
    return nullptr;
  Entry& entry = g_entries[object];
  if (entry.listed.load(std::memory_order_relaxed) != 0 || entry.listed.exchange(1) != 0)
    return &entry;
  ObjectId first = g_first.load();
  do {
    entry.next = first;
  } while (!g_first.compare_exchange_weak(first, object));
  return &entry;
}

// True: it may be the longest, and the caller has g_mutex.
bool add_span(AtomicSpans& spans, u64 ns) noexcept {
  add(spans.count, 1);
  add(spans.total_ns, ns);
  if (ns <= spans.longest_ns.load(std::memory_order_relaxed) && ns != 0) return false;
  g_mutex.lock();
  if (ns > spans.longest_ns.load(std::memory_order_relaxed) || spans.thread == 0) return true;
  g_mutex.unlock();
  return false;
}

void set_longest(AtomicSpans& spans, u64 ns, u32 thread, StackId stack) noexcept {
  spans.longest_ns.store(ns, std::memory_order_relaxed);
  spans.thread = thread;
  spans.stack = stack;
  g_mutex.unlock();
}

Spans figures_of(const AtomicSpans& spans) noexcept {
  return {spans.count.load(), spans.total_ns.load(), spans.longest_ns.load(), spans.thread,
          spans.stack};
}

void clear(AtomicSpans& spans) noexcept {
  spans.count.store(0);
  spans.total_ns.store(0);
  spans.longest_ns.store(0);
  spans.thread = 0;
  spans.stack = 0;
}

// With g_mutex held.
Overtaken overtaken_now(Entry& entry) noexcept {
  const u32 number = entry.writer.load();
  const u64 readers = entry.overtakings.load() - entry.writer_from.load();
  if (number == 0 || readers <= entry.worst.readers) return entry.worst;
  const ThreadState* const state = thread_in_slot(thread_record(number).slot);
  const StackId stack = state->number == number
                            ? keep_stack(&state->wait.stack[0], state->wait.stack_size)
                            : StackId{0};
  return {readers, time_now() - entry.writer_since.load(), number, stack, true};
}

void clear(Entry& entry) noexcept {
  entry.acquisitions.store(0);
  clear(entry.waits);
  clear(entry.holds);
  entry.overtakings.store(0);
  entry.writer.store(0);
  entry.worst = {};
  entry.listed.store(0);
}

// Others may add locks at the front meanwhile, and nobody else takes one out.
void unlist(ObjectId object) noexcept {
  ObjectId first = object;
  if (g_first.compare_exchange_strong(first, g_entries[object].next)) return;
  ObjectId before = first;
  while (before != 0 && g_entries[before].next != object) before = g_entries[before].next;
  if (before != 0) g_entries[before].next = g_entries[object].next;
}

void forget_figures(ObjectId object) noexcept {
  if (g_entries[object].listed.load() == 0) return;
  const RawGuard guard(g_mutex);
  unlist(object);
  clear(g_entries[object]);
}

bool worse(const ContentionFigures& a, const ContentionFigures& b) noexcept {
  if (a.waits.total_ns != b.waits.total_ns) return a.waits.total_ns > b.waits.total_ns;
  return a.holds.total_ns > b.holds.total_ns;
}

}  // namespace

bool init_contention(u32 capacity) noexcept {
  g_measure_holds = options().contention;
  return g_entries.reserve(capacity + 1) &&
         follow_objects([](ObjectId object) noexcept { return g_entries.reach(object + 1); },
                        &forget_figures) &&
         (!g_measure_holds || g_open.reserve(kMaxThreadSlots));
}

void note_wait(ThreadState* state, ObjectId object, u64 ns) noexcept {
  Entry* const entry = entry_of(object);
  if (entry == nullptr) return;
  if (!add_span(entry->waits, ns)) return;
  set_longest(entry->waits, ns, state->number,
              keep_stack(&state->wait.stack[0], state->wait.stack_size));
}

void note_overtaking(ObjectId object) noexcept {
  if (Entry* const entry = entry_of(object)) add(entry->overtakings, 1);
}

u64 note_writer_waits(ThreadState* state, ObjectId object, u64 since) noexcept {
  Entry* const entry = entry_of(object);
  if (entry == nullptr) return 0;
  const u64 overtakings = entry->overtakings.load(std::memory_order_relaxed);
  u32 nobody = 0;
  if (entry->writer.load(std::memory_order_relaxed) == 0 &&
      entry->writer.compare_exchange_strong(nobody, state->number)) {
    entry->writer_since.store(since);
    entry->writer_from.store(overtakings);
  }
  return overtakings;
}

void note_writer_done(ThreadState* state, ObjectId object, u64 ns, u64 overtakings) noexcept {
  Entry* const entry = entry_of(object);
  if (entry == nullptr) return;
  if (entry->writer.load(std::memory_order_relaxed) == state->number) entry->writer.store(0);
  const u64 readers = entry->overtakings.load(std::memory_order_relaxed) - overtakings;
  if (readers == 0) return;
  const RawGuard guard(g_mutex);
  if (readers <= entry->worst.readers) return;
  entry->worst = {readers, ns, state->number,
                  keep_stack(&state->wait.stack[0], state->wait.stack_size), false};
}

void note_hold_begins(ThreadState* state, ObjectId object) noexcept {
  Entry* const entry = entry_of(object);
  if (entry == nullptr) return;
  add(entry->acquisitions, 1);
  if (!g_open.reach(state->slot_word)) return;
  OpenHolds& open = g_open[state->slot_word - 1];
  if (open.entries == nullptr)
    open.entries = static_cast<OpenHold*>(reserve_pages(kMaxOpenHolds * sizeof(OpenHold)));
  if (open.entries == nullptr || open.count == kMaxOpenHolds) return;
  open.entries[open.count++] = {object, time_now()};
}

void note_hold_ends(ThreadState* state, const Held& held) noexcept {
  if (state->slot_word > g_open.reached()) return;
  OpenHolds& open = g_open[state->slot_word - 1];
  u32 at = open.count;
  while (at > 0 && open.entries[at - 1].object != held.object) --at;
  if (at == 0) return;
  const u64 ns = time_now() - open.entries[at - 1].since;
  for (--open.count; at <= open.count; ++at) open.entries[at - 1] = open.entries[at];
  Entry* const entry = entry_of(held.object);
  if (entry == nullptr || !add_span(entry->holds, ns)) return;
  const u32 size = frame_count(held);
  set_longest(entry->holds, ns, state->number,
              has_site(held) ? keep_stack(&held.frames[0], size, site_of(held))
                             : keep_stack(&held.frames[0], size));
}

u32 worst_contention(ContentionFigures* out, u32 room) noexcept {
  if (!g_mutex.lock_until(time_now() + kPatienceNs)) return 0;
  u32 count = 0;
  for (ObjectId object = g_first.load(); object != 0; object = g_entries[object].next) {
    Entry& entry = g_entries[object];
    const ContentionFigures figures{object, entry.acquisitions.load(), figures_of(entry.waits),
                                    figures_of(entry.holds), overtaken_now(entry)};
    if (count == room && !worse(figures, out[count - 1])) continue;
    u32 at = count < room ? count++ : count - 1;
    for (; at > 0 && worse(figures, out[at - 1]); --at) out[at] = out[at - 1];
    out[at] = figures;
  }
  g_mutex.unlock();
  return count;
}

void forget_contention() noexcept {
  for (ObjectId object = g_first.load(); object != 0; object = g_entries[object].next) {
    clear(g_entries[object]);
  }
  g_first.store(0);
}

}  // namespace gridlock::internal
