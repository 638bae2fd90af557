// SPDX-License-Identifier: Apache-2.0
#include "harness/runtime/findings/acts.h"

#include "harness/runtime/registry/objects.h"

namespace gridlock::internal {
namespace {

// Notes of the latest destroyed locks, by id. Written without a lock: a note that two threads write
// at once, or that is read meanwhile, has one of their ids, or none.
struct Note {
  std::atomic<ObjectId> object;
  std::atomic<u32> thread;
  std::atomic<uptr> frames[kSiteFrames];
};

constexpr u32 kNotes = 1024;
Note g_notes[kNotes];

bool releases(Op op) noexcept { return effect_of(op) == OpEffect::kGives; }

bool tries(Op op) noexcept {
  return effect_of(op) == OpEffect::kTakes && form_of(op) == OpForm::kTries;
}

void take(const ThreadState* state, Record record, PastAct* out) noexcept {
  out->op = op_of(record);
  out->thread = state->number;
  out->frames[0] = full_address(low_address_of(record));
  out->size = out->frames[0] != 0 ? 1 : 0;
}

bool newest_release(const ThreadState* state, ObjectId object, PastAct* out) noexcept {
  for (u32 i = state->ring.size(); i > 0; --i) {
    const Record record = state->ring.oldest(i - 1);
    if (object_of(record) != object || !was_granted(record) || !releases(op_of(record))) continue;
    take(state, record, out);
    return true;
  }
  return false;
}

}  // namespace

void note_destroyed(ObjectId object, const void* frame) noexcept {
  const ThreadState* const state = tls_thread;
  if (object == 0 || state == nullptr) return;
  Note& note = g_notes[object % kNotes];
  note.object.store(0, std::memory_order_relaxed);
  note.thread.store(state->number, std::memory_order_relaxed);
  const auto* words = static_cast<const uptr*>(frame);
  u32 size = 0;
  while (size < kSiteFrames) {
    note.frames[size++].store(words[1], std::memory_order_relaxed);
    const uptr next = words[0];
    if (next <= reinterpret_cast<uptr>(words) || next >= state->stack_top || (next & 7) != 0) break;
    words = reinterpret_cast<const uptr*>(next);
  }
  if (size < kSiteFrames) note.frames[size].store(0, std::memory_order_relaxed);
  note.object.store(object, std::memory_order_release);
}

void forget_destroyed(ObjectId object) noexcept {
  ObjectId noted = object;
  g_notes[object % kNotes].object.compare_exchange_strong(noted, 0, std::memory_order_relaxed);
}

bool find_destroyed(ObjectId object, PastAct* out) noexcept {
  const Note& note = g_notes[object % kNotes];
  if (object == 0 || note.object.load(std::memory_order_acquire) != object) return false;
  out->op = Op::kDestroy;
  out->thread = note.thread.load(std::memory_order_relaxed);
  out->size = 0;
  for (; out->size < kSiteFrames; ++out->size) {
    out->frames[out->size] = note.frames[out->size].load(std::memory_order_relaxed);
    if (out->frames[out->size] == 0) break;
  }
  return note.object.load(std::memory_order_acquire) == object;
}

bool find_released(const ThreadState* self, ObjectId object, PastAct* out) noexcept {
  if (newest_release(self, object, out)) return true;
  for (u32 slot = 0; slot < slot_count(); ++slot) {
    const ThreadState* const other = thread_in_slot(slot);
    if (other == self || other->phase.load() == ThreadPhase::kFree) continue;
    if (newest_release(other, object, out)) return true;
  }
  return false;
}

bool find_failed_try(const ThreadState* self, ObjectId object, PastAct* out) noexcept {
  for (u32 i = self->ring.size(); i > 0; --i) {
    const Record record = self->ring.oldest(i - 1);
    if (object_of(record) != object || releases(op_of(record))) continue;
    if (was_granted(record) || !tries(op_of(record))) return false;
    take(self, record, out);
    return true;
  }
  return false;
}

void write_act(JsonWriter& json, const char* operation, ObjectId object, u32 thread, ObjectId lock,
               const CurrentStack& stack) noexcept {
  json.open_object();
  json.text("operation", operation);
  if (object != 0) write_object_id(json, "object", object);
  if (thread != 0) write_thread_id(json, "thread", thread);
  if (lock != 0) write_object_id(json, "lock", lock);
  if (stack.size != 0)
    write_stack(json, "stack", stack.frames, stack.size, stack.site, stack.exact);
  json.close_object();
}

void write_act(JsonWriter& json, ObjectId object, const PastAct& act) noexcept {
  write_act(json, name_of(act.op), object, act.thread, 0, {&act.frames[0], act.size});
}

}  // namespace gridlock::internal
