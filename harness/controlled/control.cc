// SPDX-License-Identifier: Apache-2.0
//
// Gridlock's own primitives under schedules that are chosen. They change their words as always; where another thread
// may run first, who sleeps and wakes, and what time it is, is the engine's business. Nothing of the observer is
// instrumented, so there is no point within it, and it holds none of its mutexes where one of these is called.
#include "harness/controlled/control.h"

#include "harness/runtime/orders/hooks.h"
#include "harness/runtime/registry/objects.h"
#include "harness/runtime/waits/wait.h"
#include "harness/tsan_abi/code_sites.h"
#include "harness/tsan_abi/facts.h"
#include "harness/tsan_abi/objects.h"
#include "harness/tsan_abi/precise.h"
#include "harness/tsan_abi/virtual_time.h"

namespace gridlock::internal::controlled {
namespace {

constexpr u32 kYields = 0x60000000;
constexpr u32 kSpuriousOneIn = 8;
constexpr u32 kMostSpurious = 2;  // of a thread, in a search of all schedules
constexpr u32 kTries =
    16;  // since it slept last, and then the others go first: it may wait for one of them

ThreadState*
    g_states[kMaxThreads];  // of those that have used a primitive in an execution that is followed
Failure g_due = Failure::kNone;
char g_due_text[1024];

// A loop of tries, that of std::lock among them, waits without saying for whom.
bool spins(const Operation& operation) noexcept {
  if (operation.nanoseconds != 0 || form_of(operation.op) != OpForm::kTries) return false;
  Fiber& self = *g_engine.current;
  if (++self.tries < kTries) return false;
  self.tries = 0;
  return true;
}

u32 offset_of(uptr return_address) noexcept {
  return static_cast<u32>(return_address - 1 - g_program_begin);
}

bool is_at(const SteeredCycle::Edge& edge, const ThreadState* state) noexcept {
  const u32 here = offset_of(state->next_held->frames[0]);
  bool asks = false;
  for (u32 i = 0; i < edge.count; ++i) asks = asks || edge.wanted[i] == here;
  for (u32 i = 0; asks && i < held_count(state); ++i) {
    if (offset_of(state->held[i].frames[0]) == edge.held) return true;
  }
  return false;
}

// A thread at an edge of the cycle waits for threads at the others.
void steer(const ThreadState* state, const Operation& operation) noexcept {
  const SteeredCycle& cycle = *g_engine.steered;
  if (operation.nanoseconds != kNoTimeout || state->in_runtime) return;
  for (u32 i = 0; i < cycle.edges; ++i) {
    const u32 bit = 1u << i;
    if ((g_engine.arrived & bit) != 0 || !is_at(cycle.edge[i], state)) continue;
    g_engine.arrived |= bit;
    if (g_engine.arrived == (1u << cycle.edges) - 1) {
      let_go_on(true);
    } else {
      controlled::block(Wait::kHeldBack, nullptr, kNever, state->next_held->frames[0]);
      if (g_engine.arrived != (1u << cycle.edges) - 1) g_engine.arrived &= ~bit;
    }
    return;
  }
}

// In a search of all schedules each operation conflicts with each other one: what a condition's wait, say, does to the lock
// that it is given is no step of its own, and what was left out for it would be missed. So all stand for one object.
SyncObject& all_primitives() noexcept {
  static char key;
  return object_at(&key, ObjectKind::kPrimitive);
}

// `changes`: who waits for a change by tries looks again.
void point_of_all(u32 what, bool changes) noexcept {
  SyncObject& all = all_primitives();
  point({all.address, true}, what);
  if (changes) ++all.version;
}

void reach_precisely(const SyncObject& object, const Operation& operation) noexcept {
  if (spins(operation)) await_change(all_primitives());
  point_of_all(what_of(object), form_of(operation.op) != OpForm::kTries);
}

// For taken_steps.h: what a report calls it. Where only what comes after tells what became of it, and no lock is held then that
// would say so, it has no word.
GRIDLOCK_NOINLINE void tell(ThreadState* state, const Operation& operation) noexcept {
  Fiber& self = *g_engine.current;
  g_states[self.number] = state;
  const OpEffect effect = effect_of(operation.op);
  const bool is_done =
      form_of(operation.op) == OpForm::kInstant &&
      (effect == OpEffect::kGives || effect == OpEffect::kSignals || effect == OpEffect::kClears);
  self.is_lock = operation.op == Op::kLock || operation.op == Op::kTryLock ||
                 operation.op == Op::kLockShared || operation.op == Op::kTryLockShared;
  self.operation = is_done || self.is_lock ? name_of(operation.op) : nullptr;
}

void reach(ThreadState* state, const Operation& operation) noexcept {
  if (!g_engine.on) return;
  fail_if_due();
  if (GRIDLOCK_UNLIKELY(g_engine.follows)) tell(state, operation);
  const auto* const key = reinterpret_cast<const void*>(uptr{operation.object});
  const SyncObject& object = object_at(key, ObjectKind::kPrimitive);
  if (GRIDLOCK_UNLIKELY(g_engine.precise)) return reach_precisely(object, operation);
  object_point(object);
  if (GRIDLOCK_UNLIKELY(g_engine.steered->edges != 0)) steer(state, operation);
  if (spins(operation)) controlled::yield_point(kYields);
}

Wake block_here(ThreadState* state, const WaitFor& what, u32 expected, u64 deadline) noexcept {
  if (!g_engine.on) return kFreeControl.block(state, what, expected, deadline);
  fail_if_due();
  if (what.word->load() != expected) return Wake::kLookAgain;
  SyncObject& object = object_at(what.word, ObjectKind::kWord);
  object.value = what.object;
  g_engine.current->tries = 0;
  const u64 until = deadline == kNoTimeout      ? kNever
                    : deadline < kStartOfOthers ? 0
                                                : deadline - kStartOfOthers;
  const uptr site = state->wait.stack_size != 0 ? state->wait.stack[0] : 0;
  const bool woken = controlled::block(Wait::kPrimitive, &object, until, site);
  // It looks at the word again, which is a step like any other.
  if (GRIDLOCK_UNLIKELY(g_engine.precise)) point_of_all(what_of(object), true);
  return woken ? Wake::kLookAgain : Wake::kTimedOut;
}

void wake_here(std::atomic<u32>& word, u32 count, bool shared) noexcept {
  if (!g_engine.on) return wake_by_kernel(word, count, shared);
  const SyncObject& object = object_at(&word, ObjectKind::kWord);
  ThreadNumber all[kMaxThreads];
  const u32 waiting = waiters_of(object, Wait::kPrimitive, all);
  for (u32 woken = 0; woken < count && woken < waiting; ++woken) {
    const u32 chosen = woken + (count < waiting ? controlled::choose(waiting - woken) : 0);
    const ThreadNumber thread = all[chosen];
    all[chosen] = all[woken];
    make_runnable(g_fibers[thread]);
  }
}

u64 virtual_now() noexcept { return g_engine.on ? kStartOfOthers + g_engine.now : now_ns(); }

void yield_here() noexcept {
  if (!g_engine.on) return yield_to_kernel();
  fail_if_due();
  controlled::yield_point(kYields);
}

u32 choose_here(Choice choice, u32 bound) noexcept {
  if (!g_engine.on) return 0;
  if (choice == Choice::kSpuriousWakeup) {
    if (!g_engine.spurious) return 0;
    if (!g_engine.precise) return controlled::choose(kSpuriousOneIn) == 0 ? 1 : 0;
    Fiber& self = *g_engine.current;
    if (self.spurious_count >= kMostSpurious || controlled::choose(2) == 0) return 0;
    ++self.spurious_count;
    return 1;
  }
  return controlled::choose(bound);
}

}  // namespace

const Control kControlled = {&reach,      &block_here, &wake_here,   &virtual_now,
                             &yield_here, 0,           &choose_here, nullptr};

bool thread_holds(ThreadNumber thread, u32 object) noexcept {
  ThreadState* const state = g_states[thread];
  return state != nullptr && find_held(state, object) != nullptr;
}

u32 locks_held_by(ThreadNumber thread, u32* out, u32 limit) noexcept {
  const ThreadState* const state = g_states[thread];
  u32 count = 0;
  for (u32 i = 0; state != nullptr && i < held_count(state) && count < limit; ++i) {
    const Held& held = state->held[i];
    if (held.object == 0 || is_permit(held)) continue;
    const ObjectInfo& info = object_info(held.object);
    out[count++] = held_entry(type_letter(info.type), info.number, is_shared(held));
  }
  return count;
}

void forget_threads() noexcept {
  for (ThreadState*& state : g_states) state = nullptr;
}

void forget_failure() noexcept {
  g_due = Failure::kNone;
  g_due_text[0] = 0;
}

void fail_soon(Failure failure, const char* text, u32 size) noexcept {
  if (g_due != Failure::kNone) return;
  g_due = failure;
  const u32 kept = size < sizeof g_due_text - 1 ? size : sizeof g_due_text - 1;
  for (u32 i = 0; i < kept; ++i) g_due_text[i] = text[i];
  g_due_text[kept] = 0;
}

void fail_if_due() noexcept {
  if (GRIDLOCK_LIKELY(g_due == Failure::kNone)) return;
  const Failure failure = g_due;
  Text said = failing();
  said.text("  ").text(g_due_text).text("\n");
  describe_callers(said);
  fail(failure);
}

// The deadlock is known before its last thread sleeps: that one has said what it waits for.
static void note_own_wait() noexcept {
  Fiber& self = *g_engine.current;
  ThreadState* const state = tls_thread;
  if (self.wait != Wait::kNothing || state == nullptr || state->wait.object == 0) return;
  const void* const word = state->wait.word;
  SyncObject& object = object_at(word != nullptr ? word : &state->wait, ObjectKind::kWord);
  object.value = state->wait.object;
  self.wait = Wait::kPrimitive;
  self.object = &object;
  self.wait_site = 0;
}

void fail_stuck() noexcept {
  note_own_wait();
  Text said = failing();
  said.text("  ").text(g_due_text).text("\n");
  describe_threads(said);
  fail(Failure::kDeadlock);
}

}  // namespace gridlock::internal::controlled
