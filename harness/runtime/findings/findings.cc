// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/core/notices.h"

#include <signal.h>

#include "harness/platform/raw_io.h"
#include "harness/runtime/core/options.h"
#include "harness/runtime/findings/acts.h"
#include "harness/runtime/findings/cycle_edges.h"
#include "harness/runtime/findings/end_records.h"
#include "harness/runtime/findings/ending.h"
#include "harness/runtime/findings/finding_line.h"
#include "harness/runtime/waits/releasers.h"
#include "harness/runtime/waits/wait.h"

namespace gridlock::internal {
namespace {

constexpr u32 kMaxThreads = 64;  // described in full in one finding

// All of it: how many of our own frames there are depends on which calls the compiler turned into
// jumps.
CurrentStack stack_here(uptr* frames) noexcept {
  return {frames, unwind_stack(frames, options().stack_depth, 0)};
}

u64 hash_of(const CurrentStack& stack) noexcept {
  u64 hash = stack.size;
  for (u32 i = 0; i < stack.size; ++i) hash = mix(hash ^ stack.frames[i]);
  return hash;
}

// Once per thread, in the order of the steps.
void write_threads_of(FindingLine& line, const CycleStep* steps, u32 length) noexcept {
  JsonWriter& json = line.json();
  json.open_array("threads");
  for (u32 i = 0; i < length && i < kMaxThreads; ++i) {
    write_thread_by_number(json, steps[i].context.thread, line.mentioned());
  }
  json.close_array();
}

void write_steps(FindingLine& line, const CycleStep* steps, u32 length) noexcept {
  for (u32 i = 0; i < length; ++i) line.mentioned().add(steps[i].from);
  write_cycle_edges(line.json(), steps, length);
}

// How a lock is held or wanted, where that is not exclusively.
void write_modes(JsonWriter& json, const ThreadState* thread, ObjectId held) noexcept {
  const Held* const entry = held_by(thread, held);
  if (entry != nullptr && is_shared(*entry)) json.text("held_mode", "shared");
  // It holds nothing of it: a writer that waits, in front of readers that wait behind it.
  if (entry == nullptr && object_info(held).type == ObjectType::kSharedLock)
    json.text("held_mode", "queued");
  if (thread->wait.op == Op::kLockShared) json.text("wanted_mode", "shared");
  if (thread->wait.op == Op::kUpgrade) json.text("wanted_mode", "upgrade");
}

// In a deadlock each thread holds what the one before it wants; the edge leads from that to what it
// wants itself.
void write_waits(FindingLine& line, ThreadState* const* threads, u32 count) noexcept {
  JsonWriter& json = line.json();
  json.open_array("cycle");
  for (u32 i = 0; i < count && i < kMaxCycleIds; ++i) {
    const ObjectId held = threads[(i + count - 1) % count]->wait.object;
    if (held != 0) write_object_id(json, nullptr, held);
  }
  json.close_array();
  json.open_array("edges");
  for (u32 i = 0; i < count && i < kMaxThreads; ++i) {
    const ThreadState* const thread = threads[i];
    const ObjectId held = threads[(i + count - 1) % count]->wait.object;
    if (held == 0 || thread->wait.object == 0) continue;
    json.open_object();
    write_object_id(json, "from", held);
    write_object_id(json, "to", thread->wait.object);
    write_thread_id(json, "thread", thread->number);
    write_modes(json, thread, held);
    write_held_stack(json, "held_stack", thread, held);
    write_stack(json, "wanted_stack", &thread->wait.stack[0], thread->wait.stack_size);
    json.close_object();
  }
  json.close_array();
}

// Threads that are gone and took something with them that the waiting ones need.
void write_ended_holders(FindingLine& line) noexcept {
  u32 written = 0;
  for (u32 slot = 0; slot < slot_count() && written < kMaxThreads; ++slot) {
    const ThreadState* const state = thread_in_slot(slot);
    if (state->phase.load() != ThreadPhase::kEnded || held_count(state) == 0) continue;
    write_thread(line.json(), state, line.mentioned(), {});
    ++written;
  }
}

// The threads that wait for the object being destroyed. While they wait, nothing of them changes.
void write_waiters(FindingLine& line, const ThreadState* self, u32 owner_slot_word,
                   ObjectId object) noexcept {
  u32 written = 0;
  for (u32 slot = 0; slot < slot_count() && written < kMaxThreads; ++slot) {
    const ThreadState* const other = thread_in_slot(slot);
    if (other == self || other->slot_word == owner_slot_word) continue;
    if (other->phase.load() != ThreadPhase::kLive || (other->wait.sequence.load() & 1) == 0)
      continue;
    if (other->wait.object != object && held_by(other, object) == nullptr) continue;
    write_thread(line.json(), other, line.mentioned(), {});
    ++written;
  }
}

// What was wrong, and what went before it.
void write_misuse(FindingLine& line, Kind kind, const ThreadState* state, Op op, ObjectId object,
                  ObjectId lock, const CurrentStack& here) noexcept {
  JsonWriter& json = line.json();
  json.open_array("acts");
  write_act(json, name_of(op), object, state->number, lock, here);
  PastAct before;
  const bool known = kind == Kind::kMisuseUseAfterDestroy  ? find_destroyed(object, &before)
                     : kind == Kind::kMisuseUnlockNotOwner ? find_failed_try(state, object, &before)
                     : kind == Kind::kMisuseUnlockFree || kind == Kind::kMisuseReleaseOverBound
                         ? find_released(state, object, &before)
                         : false;
  if (known) {
    write_act(json, object, before);
    line.mentioned().add(thread_record(before.thread).object);  // its name
  }
  json.close_array();
}

}  // namespace

void report_misuse(Kind kind, ThreadState* state, Op op, ObjectId object, u32 owner_slot_word,
                   ObjectId lock) noexcept {
  uptr frames[kStackLimit];
  const CurrentStack here = stack_here(&frames[0]);
  if (object == 0 || !is_news(kind, hash_of(here), identity_of(object))) return;
  FindingLine line(kind);
  JsonWriter& json = line.json();
  line.mentioned().add(object);
  line.mentioned().add(lock);
  json.text("detail", name_of(op));
  json.open_array("threads");
  write_thread(json, state, line.mentioned(), here);
  const bool is_thread = owner_slot_word != 0 && owner_slot_word <= slot_count();
  if (is_thread && owner_slot_word != state->slot_word) {
    write_thread(json, thread_in_slot(owner_slot_word - 1), line.mentioned(), {});
  }
  if (kind == Kind::kMisuseDestroyHeld) write_waiters(line, state, owner_slot_word, object);
  json.close_array();
  write_misuse(line, kind, state, op, object, lock, here);
}

void report_exit_holding(ThreadState* state, ObjectId object) noexcept {
  if (object == 0) return;
  FindingLine line(Kind::kMisuseThreadExitHolding);
  line.mentioned().add(object);
  line.json().open_array("threads");
  write_thread(line.json(), state, line.mentioned(), {});
  line.json().close_array();
  line.json().open_array("acts");
  write_act(line.json(), "end", object, state->number, 0, {});
  line.json().close_array();
}

void report_cycle(const CycleStep* steps, u32 length) noexcept {
  FindingLine line(Kind::kLockOrderCycle);
  write_steps(line, steps, length);
  write_threads_of(line, steps, length);
}

void report_deadlock(ThreadState* const* threads, u32 count) noexcept {
  FindingLine line(count == 1 ? Kind::kSelfDeadlock : Kind::kDeadlock);
  if (count == 1 && threads[0]->wait.in_handler) line.json().text("detail", "in a signal handler");
  write_waits(line, threads, count);
  line.json().open_array("threads");
  for (u32 i = 0; i < count && i < kMaxThreads; ++i)
    write_thread(line.json(), threads[i], line.mentioned(), {});
  line.json().close_array();
}

void report_pool_deadlock(ThreadState* const* threads, u32 count) noexcept {
  FindingLine line(Kind::kDeadlock);
  line.json().text("detail", "no thread of the pool is left for the tasks in its queue");
  line.json().open_array("threads");
  for (u32 i = 0; i < count && i < kMaxThreads; ++i)
    write_thread(line.json(), threads[i], line.mentioned(), {});
  line.json().close_array();
}

void report_starvation(ThreadState* const* threads, u32 count, const char* detail) noexcept {
  const Wait* lost = nullptr;  // the wait that a notification came too early for
  for (u32 i = 0; i < count && lost == nullptr; ++i) {
    const Wait& wait = threads[i]->wait;
    if (wait.type == ObjectType::kCondition && wait.target != 0) lost = &wait;
  }
  FindingLine line(lost != nullptr ? Kind::kLostWakeup : Kind::kStarvation);
  if (detail != nullptr) line.json().text("detail", detail);
  for (u32 i = 0; i < count && detail == nullptr; ++i) {
    if (releaser_of(threads[i]->wait).source != Source::kNoThread) continue;
    line.json().text("detail", "the lock's memory names an owner that no thread is");
    break;
  }
  if (lost != nullptr) line.mentioned().add(lost->object);
  line.json().open_array("threads");
  bool notifier_written = lost == nullptr;
  for (u32 i = 0; i < count && i < kMaxThreads; ++i) {
    CurrentStack place;
    if (lost != nullptr && threads[i]->number == lost->target) {
      const KeptStack kept = kept_stack(lost->notified);
      place = {kept.frames, kept.size};
      notifier_written = true;
    }
    write_thread(line.json(), threads[i], line.mentioned(), place);
  }
  if (!notifier_written)
    write_thread_by_number(line.json(), lost->target, line.mentioned(), lost->notified);
  write_ended_holders(line);
  line.json().close_array();
  if (lost == nullptr) return;
  const KeptStack kept = kept_stack(lost->notified);
  line.json().open_array("acts");
  write_act(line.json(), name_of(Op::kNotify), lost->object, lost->target, 0,
            {kept.frames, kept.size, false, kept.site});
  line.json().close_array();
}

void report_capacity(const char* option) noexcept {
  u64 key = 1;  // of the text: two places that say the same need not have one copy of it
  for (const char* at = option; *at != 0; ++at) key = mix(key ^ static_cast<u8>(*at));
  if (!first_time(key)) return;
  FindingLine line(Kind::kCapacity);
  line.json().text("detail", option);
}

}  // namespace gridlock::internal
