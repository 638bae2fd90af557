// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/registry/threads.h"

#include "harness/platform/futex.h"
#include "harness/platform/mutex_ranks.h"
#include "harness/platform/pages.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/restartable.h"
#include "harness/runtime/core/control.h"
#include "harness/runtime/core/host.h"
#include "harness/runtime/core/notices.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/registry/contention.h"
#include "harness/runtime/registry/process_graph.h"
#include "harness/runtime/registry/stack_depot.h"

namespace gridlock::internal {

__thread ThreadState* tls_thread = nullptr;
std::atomic<std::atomic<u32>*> g_live_sequences{nullptr};

namespace {

constexpr u32 kFirstHeld = 16;

constinit RawMutex& g_mutex = mutex_of(MutexRank::kThreads);
Table<ThreadState*> g_slots;
std::atomic<u32> g_slot_count{0};  // what others may look at: of these the pointer is there
u32 g_free = 0;                    // slot + 1 of the first free one
std::atomic<u32> g_live{0};
std::atomic<u32> g_blocked{0};
std::atomic<u32> g_came{0};      // threads that were adopted, ever
std::atomic<u32> g_left{0};      // of them, those that are about to end, or have ended
std::atomic<u32> g_ended{0};     // since retire_threads()
std::atomic<u32> g_prepared{0};  // threads that were prepared, ever
std::atomic<u32> g_starting{0};  // of them, those that are neither adopted nor abandoned

// Not of the segment itself, whose number says less once it has been forgotten.
u64 salt_of(const ThreadState* state) noexcept {
  return mix((u64{state->number} << 32) | state->segments);
}

// For threads that come when the kernel has no memory left.
constexpr u32 kSpareStates = 32;
constexpr u64 kStateBytes = Ring::kSpace + sizeof(ThreadState) + (kFirstHeld + 1) * sizeof(Held);
struct alignas(4096) SpareState {
  char bytes[kStateBytes];
};
SpareState g_spare[kSpareStates];
u32 g_spare_used = 0;

char* memory_for_state() noexcept {
  if (void* const memory = reserve_pages(kStateBytes)) return static_cast<char*>(memory);
  return g_spare_used < kSpareStates ? &g_spare[g_spare_used++].bytes[0] : nullptr;
}

// The same for what threads hold: a thread that has a lock and no entry for it could not give it back.
constexpr u32 kSpareHeld = 1u << 14;
constinit Held g_spare_held[kSpareHeld] = {};
std::atomic<u32> g_spare_held_used{0};

Held* memory_for_held(u32 entries) noexcept {
  if (void* const memory = reserve_pages(u64{entries} * sizeof(Held)))
    return static_cast<Held*>(memory);
  if (entries > kSpareHeld) return nullptr;
  const u32 first = g_spare_held_used.fetch_add(entries);
  if (first <= kSpareHeld - entries) return &g_spare_held[first];
  g_spare_held_used.fetch_sub(entries);
  return nullptr;
}

// A slot's memory is never given back: others may look at it at any time.
ThreadState* take_slot() noexcept {
  if (g_free != 0) {
    ThreadState* const state = g_slots[g_free - 1];
    g_free = state->next_free;
    return state;
  }
  if (g_slots.full()) return nullptr;
  static_assert(Ring::kBytes == 4096, "the ring is what a page boundary aligns");
  char* const memory = memory_for_state();
  if (memory == nullptr) return nullptr;
  auto* const state = reinterpret_cast<ThreadState*>(memory + Ring::kSpace);
  state->ring.init(memory);
  state->held = reinterpret_cast<Held*>(state + 1) + 1;
  state->held_capacity = kFirstHeld;
  const u32 slot = g_slots.add();
  state->slot_word = slot + 1;
  state->one_user = 1;
  g_slots[slot] = state;
  g_slot_count.store(slot + 1, std::memory_order_release);
  return state;
}

}  // namespace

static void sign_in_segment(ThreadState* state) noexcept {
  ++state->segments;
  state->place = RequestNews::place_of(state->thread_node);
  state->held[-1].held_hash = salt_of(state);
  hash_held_again(state, 0);
}

bool g_fast_keeps_all_frames = false;
void enter_segment(ThreadState* state) noexcept {
  // From here on its requests are ordered with all others, as far as is known.
  if (state->thread_node.segment == kUnknownSegment && predicting()) report_capacity("max_objects");
  sign_in_segment(state);
}

// The fast path keeps few frames, does not look at the clock, and says nothing of a release.
void set_fast_limit(ThreadState* state) noexcept {
  bool fast = (g_site_frames == kFewSiteFrames || g_fast_keeps_all_frames) && !g_measure_holds &&
              control().point == nullptr && state->moved_up == 0 && state->holes == 0;
  for (u32 i = 0; fast && i < held_count(state); ++i) fast = (state->held[i].amount & kAcross) == 0;
  state->fast_limit = fast ? state->held + state->held_capacity - 1 : state->held;
}

void note_unoptimised_code() noexcept {
  g_site_frames = kSiteFrames;
  g_records_keep_callers = true;
  if (tls_thread != nullptr) set_fast_limit(tls_thread);
}

// `thread_node`: with the segment that its life begins in.
ThreadState* make_thread(const ThreadNode& thread_node, CallSite where, bool has_site) noexcept {
  const RawGuard guard(g_mutex);
  ThreadState* const state = take_slot();
  if (state == nullptr) return nullptr;
  const u32 number = next_thread_number();
  state->number = number;
  state->object = has_record(number) ? add_object(ObjectType::kThread, number, where, has_site) : 0;
  state->next_held = state->held;
  set_fast_limit(state);
  state->ring.clear();
  state->thread_node = thread_node;
  state->thread_node.thread = number;
  sign_in_segment(state);
  state->phase.store(ThreadPhase::kLive, std::memory_order_release);
  g_live.fetch_add(1);
  if (!has_record(number)) return state;
  ThreadRecord& record = thread_record(number);
  record.object = state->object;
  record.slot = state->slot_word - 1;
  record.last_segment = state->thread_node.segment;
  return state;
}

void end_thread_record(const ThreadState* state) noexcept {
  if (!has_record(state->number)) return;
  ThreadRecord& record = thread_record(state->number);
  record.last_segment = state->thread_node.segment;
  record.ended.store(1, std::memory_order_release);
  g_ended.fetch_add(1, std::memory_order_relaxed);
}

void free_thread(ThreadState* state) noexcept {
  const RawGuard guard(g_mutex);
  state->phase.store(ThreadPhase::kFree);
  state->started_by_us = false;
  state->next_free = g_free;
  g_free = state->slot_word;
}

u32 threads_that_came() noexcept { return g_came.load(); }
u32 threads_that_left() noexcept { return g_left.load(); }
void one_has_come() noexcept { g_came.fetch_add(1); }
void one_has_left() noexcept { g_left.fetch_add(1); }

void one_more_starts() noexcept {
  g_prepared.fetch_add(1);
  g_starting.fetch_add(1);
}
void one_has_started() noexcept { g_starting.fetch_sub(1); }

bool init_threads(u32 capacity) noexcept {
  return g_slots.reserve(kMaxThreadSlots) && init_thread_records(capacity - 1);
}

u32 starts_so_far() noexcept { return g_prepared.load(); }

u32 await_starting_threads() noexcept {
  constexpr u64 kPatienceNs = 2'000'000'000;
  constexpr u64 kStepNs = 100'000;
  for (u64 until = 0;;) {
    const u32 starts = g_prepared.load();
    const u32 starting = g_starting.load();
    if (starting == 0 || host_starts_threads()) return starts;
    if (until == 0) until = now_ns() + kPatienceNs;
    if (now_ns() >= until) return starts;
    futex_wait(&g_starting, starting, now_ns() + kStepNs);  // nobody wakes us
  }
}

// The fast path neither signs again nor looks for more than the newest entry.
void drop_low_held(ThreadState* state, Held* held) noexcept {
  for (; held != state->held; --held) *held = held[-1];
  held->held_hash = held[-1].held_hash;  // that of a thread that holds nothing
  ++state->held;
  --state->held_capacity;
  ++state->moved_up;
  recount(state);
  set_fast_limit(state);
}

void sign_moved(ThreadState* state) noexcept {
  Held* const first = state->held - state->moved_up;
  const u32 count = held_count(state);
  u32 kept = 0;
  first[-1] = state->held[-1];
  for (u32 i = 0; i < count; ++i) {
    if (!is_hole(state->held[i])) first[kept++] = state->held[i];
  }
  state->held = first;
  state->next_held = first + kept;
  state->held_capacity += state->moved_up;
  state->moved_up = state->holes = 0;
  state->indexed = false;
  if (kept == 0) state->index.release();
  hash_held_again(state, 0);
  set_fast_limit(state);
}

// Those above it are signed again when something is asked for; when half of them are holes, they are taken out.
void leave_hole(ThreadState* state, Held* held) noexcept {
  set_held(held, 0, kPermit);
  ++state->holes;
  recount(state);
  if (state->holes * 2 > held_count(state)) return sign_moved(state);
  set_fast_limit(state);
}

// A handler that comes meanwhile does without it.
static bool index_held(ThreadState* state) noexcept {
  if (state->in_runtime) return false;
  state->in_runtime = true;
  state->index.release();
  bool indexed = true;
  for (u32 i = 0; i < held_count(state) && indexed; ++i) {
    const ObjectId object = state->held[i].object;
    if (object != 0) indexed = state->index.insert(object, i + state->moved_up);
  }
  state->indexed = indexed;
  state->in_runtime = false;
  return indexed;
}

// What has moved since lies near the newest, where it was looked for already.
Held* find_held_among_many(ThreadState* state, ObjectId object) noexcept {
  if (object != 0 && state == tls_thread && (state->indexed || index_held(state))) {
    if (const u32* const place = state->index.find(object)) {
      Held* const held = state->held - state->moved_up + *place;
      if (held >= state->held && held < state->next_held && held->object == object) return held;
    }
  }
  for (Held* held = state->next_held; held != state->held;) {
    --held;
    if (held->object == object) return held;
  }
  return nullptr;
}

bool grow_held(ThreadState* state) noexcept {
  const u32 capacity = state->held_capacity * 2;
  Held* const entries = memory_for_held(capacity + 1);
  if (entries == nullptr) return false;
  const u32 count = held_count(state);
  for (u32 i = 0; i <= count; ++i) entries[i] = state->held[static_cast<i64>(i) - 1];
  state->held = entries + 1;
  state->next_held = state->held + count;
  state->indexed = false;
  // the old one is left: somebody may be reading it; all old ones together are no larger than the
  // new one
  state->held_capacity = capacity;
  set_fast_limit(state);
  return true;
}

u32 number_of_os_thread(int os_id) noexcept {
  u32 newest = 0;
  for (u32 number = next_record(0); number != 0; number = next_record(number)) {
    if (thread_record(number).os_id == os_id) newest = number;
  }
  if (newest != 0) return newest;
  const RawGuard guard(g_mutex);
  const u32 number = next_thread_number();
  if (!has_record(number)) return 0;
  ThreadRecord& record = thread_record(number);
  record.os_id = os_id;
  record.untracked = true;
  record.object = add_object(ObjectType::kThread, number, CallSite{}, false);
  return number;
}

void hash_held_again(ThreadState* state, u32 index) noexcept {
  for (u32 i = index; i < held_count(state); ++i) {
    Held& held = state->held[i];
    const u64 below = (&held)[-1].held_hash;
    const bool counts = !is_permit(held) || (held.amount & kLockLike) != 0;
    held.held_hash = counts ? hash_with(below, id_in_hash(held)) : below;
    if (counts && is_permit(held) && count_of(held) > 1)
      held.held_hash = hash_with(held.held_hash, count_of(held));
  }
}

// A slot that stands in a lock's word, or whose permits were leaked, shows its thread.
static bool is_shown_by_its_slot(u32 number, const ThreadRecord& record) noexcept {
  const ThreadState* const state = g_slots[record.slot];
  return state->number == number && state->phase.load() != ThreadPhase::kFree;
}

u32 ended_since_forgetting() noexcept { return g_ended.load(std::memory_order_relaxed); }

void retire_threads() noexcept {
  g_ended.store(0, std::memory_order_relaxed);
  for (u32 number = next_record(1); number != 0; number = next_record(number)) {
    ThreadRecord& record = thread_record(number);
    if (record.leaving || record.untracked || !is_past_joining(record)) continue;
    if (is_shown_by_its_slot(number, record)) continue;
    record.leaving = true;
    retire_object(record.object);
  }
}

void forget_threads(bool (*is_needed)(u32 number) noexcept) noexcept {
  const RawGuard guard(g_mutex);
  for (u32 number = next_record(1); number != 0; number = next_record(number)) {
    if (thread_record(number).leaving && !is_needed(number)) forget_record(number);
  }
}
u32 slot_count() noexcept { return g_slot_count.load(std::memory_order_acquire); }
ThreadState* thread_in_slot(u32 slot) noexcept { return g_slots[slot]; }
std::atomic<u32>& live_threads() noexcept { return g_live; }
std::atomic<u32>& blocked_threads() noexcept { return g_blocked; }

void keep_only_this_thread() noexcept {
  for (u32 slot = 0; slot < g_slots.size(); ++slot) {
    ThreadState* const state = g_slots[slot];
    if (state == tls_thread || state->phase.load() != ThreadPhase::kLive) continue;
    end_thread_record(state);
    if (has_record(state->number)) thread_record(state->number).lost_in_fork = true;
    state->phase.store(ThreadPhase::kEnded);
    if ((state->wait.sequence.load() & 1) != 0) state->wait.sequence.fetch_add(1);
  }
  prediction().only(tls_thread != nullptr ? &tls_thread->thread_node : nullptr);
  g_blocked.store(0);
  g_starting.store(0);
  g_came.store(tls_thread != nullptr ? 1 : 0);
  g_left.store(0);
  g_live.store(tls_thread != nullptr ? 1 : 0);
  if (tls_thread == nullptr) return;
  tls_thread->os_id = thread_os_id();
  if (has_record(tls_thread->number)) thread_record(tls_thread->number).os_id = tls_thread->os_id;
  // Whatever others did in the parent comes before all that is done in this process.
  for (u32 number = next_record(0); number != 0; number = next_record(number)) {
    const ThreadRecord& record = thread_record(number);
    if (number != tls_thread->number && record.ended.load() != 0 && record.last_segment != 0)
      prediction().joined(tls_thread->thread_node, record.last_segment);
  }
  enter_segment(tls_thread);
}

}  // namespace gridlock::internal
