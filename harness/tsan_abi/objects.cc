// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/objects.h"

#include "harness/tsan_abi/own_pages.h"
#include "harness/tsan_abi/watching.h"

namespace gridlock::internal::controlled {
namespace {

constexpr u32 kSlots = 1 << 17;
constexpr u32 kObjects = kSlots / 2;

struct Slot {
  u64 key;
  u32 generation;
  u32 object;
};

Slot* g_slots = nullptr;
SyncObject* g_objects = nullptr;
u32 g_count = 0;
u32 g_generation = 0;  // of g_count

[[noreturn]] void no_room() noexcept {
  failing()
      .text("an execution uses more than ")
      .number(kObjects)
      .text(" synchronisation objects, or there is no memory for them\n");
  fail(Failure::kUncontrolled);
}

u64 key_of(const void* address, ObjectKind kind) noexcept {
  return (static_cast<u64>(reinterpret_cast<uptr>(address)) << 4) | static_cast<u64>(kind);
}

SyncObject& new_object(const void* address, ObjectKind kind, u32 index) noexcept {
  SyncObject& object = g_objects[index];
  object.address = reinterpret_cast<uptr>(address);
  object.number = index;
  object.kind = kind;
  object.is_known = false;
  object.owner = kNobody;
  object.count = object.value = object.lost = object.version = 0;
  object.site = 0;
  __builtin_memset(object.holds, 0, sizeof object.holds);
  object.released.clear();
  object.read.clear();
  return object;
}

}  // namespace

SyncObject& object_at(const void* address, ObjectKind kind) noexcept {
  const u32 generation = g_engine.generation;
  if (GRIDLOCK_UNLIKELY(g_slots == nullptr)) {
    g_slots = static_cast<Slot*>(own_pages(kSlots * sizeof(Slot)));
    g_objects = static_cast<SyncObject*>(own_pages(kObjects * sizeof(SyncObject)));
    if (g_slots == nullptr || g_objects == nullptr) no_room();
  }
  if (g_generation != generation) {
    g_generation = generation;
    g_count = 0;
  }
  const u64 key = key_of(address, kind);
  for (u64 at = mix(key);; ++at) {
    Slot& slot = g_slots[at % kSlots];
    if (GRIDLOCK_LIKELY(slot.generation == generation)) {
      if (slot.key == key) return g_objects[slot.object];
      continue;
    }
    if (g_count == kObjects) no_room();
    slot = {key, generation, g_count++};
    return new_object(address, kind, slot.object);
  }
}

void forget_object(const void* address, ObjectKind kind) noexcept {
  SyncObject& object = object_at(address, kind);
  const u32 number = object.number;
  new_object(address, kind, number);
}

void describe_object(Text& text, const SyncObject& object) noexcept {
  constexpr const char* kNames[] = {
      "mutex M",     "read-write lock R", "condition C",     "semaphore S", "barrier B",
      "once flag O", "futex F",           "atomic object A", "thread T",    "object X",
      "object G",    "object W",          "descriptor X"};
  if (object.kind == ObjectKind::kWord && g_watching != nullptr) {
    g_watching->name_object(text, object.value);
    return;
  }
  text.text(kNames[static_cast<u32>(object.kind)]).number(object.number + u64{1});
}

u32 waiters_of(const SyncObject& object, Wait wait, ThreadNumber (&out)[kMaxThreads]) noexcept {
  u32 count = 0;
  for (u32 i = 0; i < g_engine.fiber_count; ++i) {
    const Fiber& fiber = g_fibers[i];
    if (!fiber.is_runnable && !fiber.has_ended && fiber.object == &object && fiber.wait == wait) {
      out[count++] = fiber.number;
    }
  }
  return count;
}

void wake_all(const SyncObject& object) noexcept {
  for (u32 i = 0; i < g_engine.fiber_count; ++i) {
    Fiber& fiber = g_fibers[i];
    if (!fiber.is_runnable && fiber.object == &object) make_runnable(fiber);
  }
}

bool wake_one(const SyncObject& object, Wait wait) noexcept {
  ThreadNumber waiters[kMaxThreads];
  const u32 count = waiters_of(object, wait, waiters);
  if (count == 0) return false;
  make_runnable(g_fibers[waiters[choose(count)]]);
  return true;
}

}  // namespace gridlock::internal::controlled
