// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/threads.h"

#include <pthread.h>

#include "harness/platform/futex.h"
#include "harness/platform/pages.h"
#include "harness/platform/raw_io.h"
#include "harness/platform/restartable.h"
#include "harness/runtime/contention.h"
#include "harness/runtime/control.h"
#include "harness/runtime/family_tables.h"
#include "harness/runtime/findings.h"
#include "harness/runtime/fork.h"
#include "harness/runtime/ipc_objects.h"
#include "harness/runtime/publication.h"
#include "harness/runtime/runtime.h"
#include "harness/runtime/stack_depot.h"
#include "harness/runtime/sync.h"
#include "harness/runtime/wait.h"

namespace gridlock::internal {

__thread ThreadState* tls_thread = nullptr;

namespace {

constexpr u32 kFirstHeld = 16;

/// What a record is copied by: it has atomic members, and others may not be looking.
using RecordWord [[gnu::may_alias]] = u32;
static_assert(sizeof(ThreadRecord) % sizeof(RecordWord) == 0);

RawMutex g_mutex;
Table<ThreadState*> g_slots;
std::atomic<u32> g_slot_count{0};  // what others may look at: of these the pointer is there
Table<ThreadRecord> g_records;
u32 g_unrecorded = 0;  // from this number on threads have no record of their own
u32 g_beyond = 0;      // how many of these there were
u32 g_free = 0;        // slot + 1 of the first free one
std::atomic<u32> g_live{0};
std::atomic<u32> g_blocked{0};
std::atomic<u32> g_prepared{0};  // threads that were prepared, ever
std::atomic<u32> g_starting{0};  // of them, those that are neither adopted nor abandoned
pthread_key_t g_key;

// What the main thread of a member held when it was forked: its parent gives that back, and the
// copy ends with the process.
constexpr u32 kMostInherited = 64;
ObjectId g_inherited[kMostInherited];
u32 g_inherited_count = 0;

bool is_inherited(ObjectId object) noexcept {
  for (u32 i = 0; i < g_inherited_count; ++i) {
    if (g_inherited[i] == object) return true;
  }
  return false;
}

void at_thread_exit(void* state) noexcept {
  auto* const thread = static_cast<ThreadState*>(state);
  if (thread != tls_thread) return;
  const u32 number = thread->number;
  end_thread(thread);
  tell_of_thread(ThreadEvent::kEnding, number, 0);
}

u64 salt_of(const ThreadState* state) noexcept {
  return mix((u64{state->number} << 32) | state->actor.segment);
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
  g_slots[slot] = state;
  g_slot_count.store(slot + 1, std::memory_order_release);
  return state;
}

// `actor`: with the segment that its life begins in.
ThreadState* make_state(const Actor& actor, CallSite where, bool has_site) noexcept {
  const RawGuard guard(g_mutex);
  ThreadState* const state = take_slot();
  if (state == nullptr) return nullptr;
  if (g_records.size() == 0) g_records.add();
  const u32 number = g_records.full() ? g_unrecorded + ++g_beyond : g_records.add();
  state->number = number;
  state->object = has_record(number) ? add_object(ObjectType::kThread, number, where, has_site) : 0;
  state->next_held = state->held;
  set_fast_limit(state);
  state->ring.clear();
  state->actor = actor;
  state->actor.thread = number;
  enter_segment(state);
  state->phase.store(ThreadPhase::kLive, std::memory_order_release);
  g_live.fetch_add(1);
  if (!has_record(number)) return state;
  g_records[number].object = state->object;
  g_records[number].slot = state->slot_word - 1;
  g_records[number].last_segment = state->actor.segment;
  return state;
}

// With none of the runtime's mutexes held.
void say_if_unrecorded(const ThreadState* state) noexcept {
  if (!has_record(state->number)) report_capacity("max_objects");
}

void end_record(const ThreadState* state) noexcept {
  if (!has_record(state->number)) return;
  ThreadRecord& record = g_records[state->number];
  record.last_segment = state->actor.segment;
  record.ended.store(1, std::memory_order_release);
}

void begin_life(ThreadState* state) noexcept {
  const RawGuard guard(graph_mutex());
  prediction().begins(state->actor);
}

void end_life(ThreadState* state) noexcept {
  const RawGuard guard(graph_mutex());
  prediction().ends(state->actor);
}

[[noreturn]] void no_memory() noexcept {
  constexpr char kMessage[] = "gridlock: no memory for another thread's records\n";
  say(&kMessage[0], sizeof kMessage - 1);
  exit_now(3);
}

}  // namespace

void enter_segment(ThreadState* state) noexcept {
  // Without its segments the analysis would call everything concurrent.
  if (state->actor.segment == 0 && predicting()) {
    stop_predicting();
    report_capacity("max_objects");
  }
  state->held[-1].signature = salt_of(state);
  sign_again(state, 0);
}

// The fast path keeps few frames, does not look at the clock, and says nothing of a release.
void set_fast_limit(ThreadState* state) noexcept {
  bool fast = g_site_frames == kFewSiteFrames && !g_measure_holds && control().point == nullptr;
  for (u32 i = 0; i < held_count(state); ++i) fast = fast && (state->held[i].amount & kAcross) == 0;
  state->fast_limit = fast ? state->held + state->held_capacity - 1 : state->held;
}

void note_unoptimised_code() noexcept {
  g_site_frames = kSiteFrames;
  if (tls_thread != nullptr) set_fast_limit(tls_thread);
}

bool init_threads(u32 capacity) noexcept {
  // One more than are given: that of g_unrecorded.
  if (pthread_key_create(&g_key, &at_thread_exit) != 0 || !g_slots.reserve(kMostThreadSlots) ||
      !g_records.reserve(capacity + 1)) {
    return false;
  }
  g_records.limit(capacity);
  g_unrecorded = capacity;
  return true;
}

ThreadState* register_this_thread() noexcept {
  ensure_runtime();
  if (tls_thread != nullptr) return tls_thread;  // ensure_runtime registers the main thread
  Actor actor;
  {
    const RawGuard guard(graph_mutex());
    prediction().appears(actor);
  }
  ThreadState* const state = make_state(actor, CallSite{}, false);
  if (state == nullptr) no_memory();
  begin_life(state);
  adopt_thread(state);
  say_if_unrecorded(state);
  if (process_id() == thread_os_id()) {
    name_object(state->object, {"main", 4});
  } else {
    note_stranger();
  }
  tell_of_thread(ThreadEvent::kAdopted, state->number, 0);
  return state;
}

ThreadState* prepare_thread(ThreadState* parent, std::string_view name, CallSite where) noexcept {
  Actor actor;
  {
    const RawGuard guard(graph_mutex());
    const SegmentId before = parent->actor.segment;
    prediction().starts(parent->actor, actor);
    hold_across(parent, before);
  }
  enter_segment(parent);
  ThreadState* const state = make_state(actor, where, true);
  if (state == nullptr) return nullptr;
  begin_life(state);
  state->started_by_us = true;
  if (!name.empty()) name_object(state->object, name);
  uptr frames[kStackLimit];
  const u32 size = unwind_stack(&frames[0], options().stack_depth, 1);
  if (has_record(state->number))
    g_records[state->number].created_stack = keep_stack(&frames[0], size);
  say_if_unrecorded(state);
  parent->ring.add(Op::kCreate, state->object, 0, kGrantedBit);
  g_prepared.fetch_add(1);
  g_starting.fetch_add(1);
  return state;
}

u32 starts_so_far() noexcept { return g_prepared.load(); }

u32 await_starting_threads() noexcept {
  constexpr u64 kPatienceNs = 2'000'000'000;
  constexpr u64 kStepNs = 100'000;
  const u64 until = now_ns() + kPatienceNs;
  for (;;) {
    const u32 starts = g_prepared.load();
    const u32 starting = g_starting.load();
    if (starting == 0 || now_ns() >= until) return starts;
    futex_wait(&g_starting, starting, now_ns() + kStepNs);  // nobody wakes us
  }
}

void abandon_thread(ThreadState* state) noexcept {
  g_starting.fetch_sub(1);
  end_life(state);
  end_record(state);
  state->phase.store(ThreadPhase::kEnded);
  g_live.fetch_sub(1);
}

void adopt_thread(ThreadState* state) noexcept {
  state->os_id = thread_os_id();
  state->stack_top = stack_top();
  state->restartable = restartable_slot();
  if (has_record(state->number)) g_records[state->number].os_id = state->os_id;
  if (state->started_by_us) g_starting.fetch_sub(1);
  tls_thread = state;
  pthread_setspecific(g_key, state);
  state->ring.add(Op::kStart, state->object, 0, kGrantedBit);
}

void end_thread(ThreadState* state) noexcept {
  // What processes share, a process that ends leaves to the next one, which reports it (owner-died).
  const bool ends_process = is_main_of_member(state);
  for (u32 i = 0; i < held_count(state); ++i) {
    const Held& held = state->held[i];
    if (state->number == 1 && is_inherited(held.object)) continue;
    const bool shared = held.object != 0 && is_shared_type(object_info(held.object).type);
    if (!is_permit(held) && !(shared && ends_process)) report_exit_holding(state, held.object);
  }
  let_go_for_tsan(state);
  state->in_runtime = true;
  end_life(state);
  end_record(state);
  state->phase.store(ThreadPhase::kEnded);
  g_live.fetch_sub(1);
  check_after_end();
  state->in_runtime = false;
  tls_thread = nullptr;
  // A slot that stands in a lock's word, or whose permits were leaked, stays for the reports.
  if (held_count(state) != 0) return note_ended_holding(state);
  const RawGuard guard(g_mutex);
  state->phase.store(ThreadPhase::kFree);
  state->started_by_us = false;
  state->next_free = g_free;
  g_free = state->slot_word;
}

void joined_thread(ThreadState* state, u32 number) noexcept {
  {
    const RawGuard guard(graph_mutex());
    prediction().joined(state->actor, g_records[number].last_segment);
  }
  enter_segment(state);
}

bool grow_held(ThreadState* state) noexcept {
  const u32 capacity = state->held_capacity * 2;
  auto* const entries = static_cast<Held*>(reserve_pages((u64{capacity} + 1) * sizeof(Held)));
  if (entries == nullptr) return false;
  const u32 count = held_count(state);
  for (u32 i = 0; i <= count; ++i) entries[i] = state->held[static_cast<i64>(i) - 1];
  state->held = entries + 1;
  state->next_held = state->held + count;
  // the old one is left: somebody may be reading it; all old ones together are no larger than the
  // new one
  state->held_capacity = capacity;
  set_fast_limit(state);
  return true;
}

u32 number_of_os_thread(int os_id) noexcept {
  for (u32 number = thread_count(); number > 0; --number) {
    if (g_records[number].os_id == os_id) return number;
  }
  const RawGuard guard(g_mutex);
  if (g_records.full()) return 0;
  const u32 number = g_records.add();
  g_records[number].os_id = os_id;
  g_records[number].stranger = true;
  g_records[number].object = add_object(ObjectType::kThread, number, CallSite{}, false);
  return number;
}

void sign_again(ThreadState* state, u32 index) noexcept {
  for (u32 i = index; i < held_count(state); ++i) {
    Held& held = state->held[i];
    const u64 below = (&held)[-1].signature;
    const bool signs = !is_permit(held) || (held.amount & kLockLike) != 0;
    held.signature = signs ? sign(below, signed_id(held)) : below;
    if (signs && is_permit(held) && count_of(held) > 1)
      held.signature = sign(held.signature, count_of(held));
  }
}

bool has_record(u32 number) noexcept { return number < g_unrecorded; }
ThreadRecord& thread_record(u32 number) noexcept {
  return g_records[number < g_unrecorded ? number : g_unrecorded];
}
u32 thread_count() noexcept { return g_records.size() == 0 ? 0 : g_records.size() - 1; }
u32 slot_count() noexcept { return g_slot_count.load(std::memory_order_acquire); }
ThreadState* thread_in_slot(u32 slot) noexcept { return g_slots[slot]; }
std::atomic<u32>& live_threads() noexcept { return g_live; }
std::atomic<u32>& blocked_threads() noexcept { return g_blocked; }

void keep_only_this_thread() noexcept {
  for (u32 slot = 0; slot < g_slots.size(); ++slot) {
    ThreadState* const state = g_slots[slot];
    if (state == tls_thread || state->phase.load() != ThreadPhase::kLive) continue;
    end_record(state);
    if (has_record(state->number)) g_records[state->number].lost_in_fork = true;
    state->phase.store(ThreadPhase::kEnded);
    if ((state->wait.sequence.load() & 1) != 0) state->wait.sequence.fetch_add(1);
  }
  prediction().only(tls_thread != nullptr ? &tls_thread->actor : nullptr);
  g_blocked.store(0);
  g_starting.store(0);
  g_live.store(tls_thread != nullptr ? 1 : 0);
  if (tls_thread == nullptr) return;
  tls_thread->os_id = thread_os_id();
  if (has_record(tls_thread->number)) g_records[tls_thread->number].os_id = tls_thread->os_id;
  // Whatever others did in the parent comes before all that is done in this process.
  for (u32 number = 1; number <= thread_count(); ++number) {
    const ThreadRecord& record = g_records[number];
    if (number != tls_thread->number && record.ended.load() != 0 && record.last_segment != 0)
      prediction().joined(tls_thread->actor, record.last_segment);
  }
  enter_segment(tls_thread);
}

// The records change places; what others wrote down of the two threads before is older than anything
// that this process does, so nothing comes of the mistake.
void become_main_thread() noexcept {
  ThreadState* const self = this_thread();
  if (!has_record(self->number)) {
    g_slots[g_records[1].slot]->number = self->number;
    g_records[1].slot = self->slot_word - 1;
    g_records[1].os_id = self->os_id;
    g_records[1].ended.store(0);
    self->object = g_records[1].object;
    self->number = self->actor.thread = 1;
    forget_made();
  } else if (self->number != 1) {
    const u32 was = self->number;
    auto* const first = reinterpret_cast<RecordWord*>(&g_records[1]);
    auto* const own = reinterpret_cast<RecordWord*>(&g_records[was]);
    for (u64 i = 0; i < sizeof(ThreadRecord) / sizeof(RecordWord); ++i) {
      const RecordWord word = first[i];
      first[i] = own[i];
      own[i] = word;
    }
    renumber_thread(g_records[1].object, 1);
    renumber_thread(g_records[was].object, was);
    ThreadState* const other = g_slots[g_records[was].slot];
    if (other->number == 1) other->number = was;
    self->number = 1;
    self->actor.thread = 1;
    forget_made();
  }
  name_object(self->object, {"main", 4});
  let_go_for_tsan(self);
  g_inherited_count = 0;
  for (u32 i = 0; i < held_count(self) && i < kMostInherited; ++i)
    g_inherited[g_inherited_count++] = self->held[i].object;
  for (u32 number = 2; number <= thread_count(); ++number) joined_thread(self, number);
}

RawMutex& threads_mutex() noexcept { return g_mutex; }

}  // namespace gridlock::internal
