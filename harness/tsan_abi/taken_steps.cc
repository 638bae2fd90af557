// SPDX-License-Identifier: Apache-2.0
#include "harness/tsan_abi/taken_steps.h"

#include "harness/platform/syscall.h"
#include "harness/tsan_abi/objects.h"
#include "harness/tsan_abi/watching.h"

namespace gridlock::internal::controlled {
namespace {

constexpr u64 kNoEntry = ~u64{0};
constexpr u32 kUnpointedAccesses = 20000;  // as where there is nothing to follow
constexpr u64 kStepsWithStacks = 2048;

struct HeldLocks {
  u32 count;
  const SyncObject* locks[kTakenHeld];
};

struct Taking {
  Followed* followed;
  u64 open;                      // the entry that was made last and not looked at since; kNoEntry
  u32 unpointed;                 // accesses until one is a point in any case
  bool is_put_off[kMaxThreads];  // `put_off` is the operation before which the thread was stopped
  TakenStep put_off[kMaxThreads];
  TakenStep waiting[kMaxThreads];  // in which it has to wait
  uptr guard[kMaxThreads];         // the mutex that it gave back to wait for a condition
  HeldLocks held[kMaxThreads];
};
Taking g_taking;

TakenStep& entry(u64 index) noexcept { return g_taking.followed->taken[index % kMostTaken]; }

u64 append() noexcept { return g_taking.followed->taken_count++; }

// The kernel copies those bytes, or says that there are none to read: memory may be gone by now. It is an alignment of
// eight bytes that it reads.
bool is_readable(uptr address) noexcept {
  constexpr i64 kNoSuchWay = -1;
  constexpr i64 kFault = -14;
  return raw_syscall(SYS_rt_sigprocmask, kNoSuchWay, static_cast<i64>(address & ~uptr{7}), 0, 8) !=
         kFault;
}

bool read_memory(uptr address, u32 size, u64& value) noexcept {
  if (!is_readable(address) || !is_readable(address + size - 1)) return false;
  value = 0;
  __builtin_memcpy(&value, reinterpret_cast<const void*>(address), size);
  return true;
}

SyncObject* object_of(const TakenStep& step) noexcept {
  if (step.kind == kNoObject || step.object == 0) return nullptr;
  return &object_at(reinterpret_cast<const void*>(step.address),
                    static_cast<ObjectKind>(step.kind));
}

bool is_lock(const SyncObject& object) noexcept {
  return object.kind == ObjectKind::kMutex || object.kind == ObjectKind::kReadWriteLock;
}

bool reads_under(const SyncObject& object, u32 thread) noexcept {
  return object.kind == ObjectKind::kReadWriteLock &&
         (object.holds[thread >> 3] >> (thread & 7) & 1) != 0;
}

bool has_value(const TakenStep& step, u64& value) noexcept {
  if (step.size == 0) return false;
  if (step.kind == static_cast<u8>(ObjectKind::kSemaphore)) {
    value = object_of(step)->value;
    return true;
  }
  return read_memory(step.address, step.size, value);
}

// Whether the thread has the lock now.
void look_at_lock(u32 thread, const SyncObject& object) noexcept {
  HeldLocks& held = g_taking.held[thread];
  u32 at = 0;
  while (at < held.count && held.locks[at] != &object) ++at;
  if (object.owner == thread || reads_under(object, thread)) {
    if (at == held.count && at < kTakenHeld) held.locks[held.count++] = &object;
  } else if (at < held.count) {
    for (--held.count; at < held.count; ++at) held.locks[at] = held.locks[at + 1];
  }
}

void note_what_is_held(TakenStep& step) noexcept {
  const SyncObject* const object = object_of(step);
  if (object != nullptr && is_lock(*object)) look_at_lock(step.thread, *object);
  if (object != nullptr && object->kind == ObjectKind::kCondition &&
      g_taking.guard[step.thread] != 0) {
    look_at_lock(step.thread, object_at(reinterpret_cast<const void*>(g_taking.guard[step.thread]),
                                        ObjectKind::kMutex));
  }
  const HeldLocks& held = g_taking.held[step.thread];
  step.held_count = held.count;
  for (u32 i = 0; i < held.count; ++i) {
    step.held[i] =
        held_entry('M', held.locks[i]->number + 1, reads_under(*held.locks[i], step.thread));
  }
  if (g_watching != nullptr)
    step.held_count +=
        g_watching->held(step.thread, &step.held[held.count], kTakenHeld - held.count);
}

bool was_granted(const TakenStep& step) noexcept {
  if (step.is_lock) return g_watching->holds(step.thread, static_cast<u32>(step.address));
  const SyncObject* const object = object_of(step);
  if (object == nullptr || step.role == StepRole::kRelease) return step.is_granted;
  if (is_lock(*object)) return object->owner == step.thread || reads_under(*object, step.thread);
  if (object->kind == ObjectKind::kSemaphore && step.has_after) return step.after < step.before;
  return step.is_granted;
}

// The operation made last is done: what became of it.
void close() noexcept {
  if (g_taking.open == kNoEntry) return;
  TakenStep& step = entry(g_taking.open);
  g_taking.open = kNoEntry;
  step.has_after = has_value(step, step.after);
  step.is_granted = was_granted(step);
  note_what_is_held(step);
}

void begin_operation(TakenStep& step) noexcept {
  step.number = g_engine.steps;
  step.has_before = has_value(step, step.before);
  step.has_after = false;
  step.before_is_address = step.after_is_address = false;
}

// Of the program's memory, or where that would lie.
bool is_address(u64 value) noexcept {
  constexpr u64 kLowest = 1 << 16;
  constexpr u64 kProgram = u64{0x55} << 40;
  constexpr u64 kEnd = u64{1} << 47;
  return value >= kLowest && value < kEnd && (value >= kProgram || is_readable(value));
}

void describe(TakenStep& step, const Step& told, u32 what) noexcept {
  constexpr u32 kMemory = 1;
  constexpr u32 kCreate = 0x4001;  // threads.cc
  step.address = told.object;
  step.what = what;
  step.thread = g_engine.current->number;
  step.other = 0;
  step.role = told.role;
  step.changes = told.changes;
  step.looks = told.looks;
  step.waits = step.goes_on = false;
  step.is_granted = true;
  step.object = step.frame_count = step.held_count = 0;
  step.place = 0;
  step.name[0] = 0;
  step.operation = nullptr;
  step.is_lock = false;
  step.kind = kNoObject;
  step.size = 0;
  if (what >> 28 == kMemory) {
    step.size = told.size <= 8 ? static_cast<u8>(told.size) : u8{0};
  } else if (what >> 16 <= static_cast<u32>(ObjectKind::kDescriptor) && told.object != 0) {
    step.kind = static_cast<u8>(what >> 16);
    step.object = (what & 0xffff) + 1;
    const auto kind = static_cast<ObjectKind>(step.kind);
    if (kind == ObjectKind::kAtomic || kind == ObjectKind::kFutex)
      step.size = told.size <= 8 ? static_cast<u8>(told.size) : u8{0};
    if (kind == ObjectKind::kSemaphore) step.size = 4;
    if (kind == ObjectKind::kPrimitive || kind == ObjectKind::kDescriptor)
      step.operation = g_engine.current->operation;
    if (kind == ObjectKind::kPrimitive) step.is_lock = g_engine.current->is_lock;
  } else {
    // They are numbered as they are made.
    step.other =
        static_cast<ThreadNumber>(what >> 16 == kCreate ? g_engine.fiber_count : what & 0xffff);
  }
}

void find_stack(TakenStep& step) noexcept {
  if (g_engine.steps + kStepsWithStacks < g_taking.followed->steps) return;
  uptr frames[kFrames];
  const On was_on = g_engine.on;
  g_engine.on = kOff;  // the unwinder's own calls are none of the execution's
  const u32 count = find_callers(frames, kFrames);
  g_engine.on = was_on;
  step.frame_count = count < kTakenFrames ? count : kTakenFrames;
  for (u32 i = 0; i < step.frame_count; ++i) step.frames[i] = frames[i];
}

TakenStep& take(const Step& told, u32 what) noexcept {
  close();
  g_taking.open = append();
  TakenStep& step = entry(g_taking.open);
  describe(step, told, what);
  begin_operation(step);
  return step;
}

bool is_of(const TakenStep& step, const Fiber& fiber) noexcept {
  if (step.thread != fiber.number) return false;
  return fiber.object == nullptr ? step.object == 0
                                 : step.address == fiber.object->address &&
                                       step.kind == static_cast<u8>(fiber.object->kind);
}

// The thread that runs has to wait.
void take_wait() noexcept {
  const Fiber& self = *g_engine.current;
  const bool is_open = g_taking.open != kNoEntry && is_of(entry(g_taking.open), self);
  if (is_open && entry(g_taking.open).goes_on) {
    // Woken in vain: it waits on.
    --g_taking.followed->taken_count;
    g_taking.open = kNoEntry;
    return;
  }
  if (!is_open) {
    // A wait without a point of its own: for the mutex of a condition.
    const SyncObject* const object = self.object;
    const Step told{object == nullptr ? 0 : object->address, true, StepRole::kAcquire};
    find_stack(take(told, object == nullptr ? 0 : what_of(*object)));
  }
  TakenStep& step = entry(g_taking.open);
  g_taking.open = kNoEntry;
  step.waits = true;
  step.is_granted = false;
  const SyncObject* const object = object_of(step);
  if (object != nullptr && object->kind == ObjectKind::kCondition)
    g_taking.guard[step.thread] = self.needed != nullptr ? self.needed->address : 0;
  note_what_is_held(step);
  g_taking.waiting[step.thread] = step;
}

}  // namespace

void begin_taking(Followed& followed) noexcept {
  g_taking.followed = &followed;
  followed.taken_count = 0;
  g_taking.open = kNoEntry;
  g_taking.unpointed = kUnpointedAccesses;
  for (u32 i = 0; i < kMaxThreads; ++i) {
    g_taking.is_put_off[i] = false;
    g_taking.guard[i] = 0;
    g_taking.held[i].count = 0;
  }
}

void take_step(const Step& step, u32 what) noexcept { find_stack(take(step, what)); }

bool take_access(const Step& step, u32 what, uptr place) noexcept {
  if (--g_taking.unpointed == 0) {
    g_taking.unpointed = kUnpointedAccesses;
    return true;
  }
  take(step, what).place = place;
  return false;
}

void take_stop(ThreadNumber next, bool waits) noexcept {
  const Fiber& self = *g_engine.current;
  if (waits) {
    take_wait();
    return;
  }
  if (next == self.number || g_taking.open == kNoEntry ||
      entry(g_taking.open).thread != self.number)
    return;
  // Nothing was done yet: it happens when the thread goes on.
  g_taking.put_off[self.number] = entry(g_taking.open);
  g_taking.is_put_off[self.number] = true;
  g_taking.open = kNoEntry;
  --g_taking.followed->taken_count;
}

void take_return(bool waited) noexcept {
  const Fiber& self = *g_engine.current;
  if (!waited && !g_taking.is_put_off[self.number]) return;
  close();
  g_taking.open = append();
  TakenStep& step = entry(g_taking.open);
  step = waited ? g_taking.waiting[self.number] : g_taking.put_off[self.number];
  g_taking.is_put_off[self.number] = false;
  if (waited) {
    step.waits = false;
    step.goes_on = true;
    step.is_granted = !self.timed_out;
  }
  begin_operation(step);
}

void take_read(u64 value) noexcept {
  if (!g_engine.follows || g_taking.open == kNoEntry) return;
  entry(g_taking.open).before = value;
}

void take_before_free() noexcept {
  if (g_engine.follows) close();
}

void end_taking(Failure failure) noexcept {
  const Fiber& self = *g_engine.current;
  const bool is_its_own = g_taking.open != kNoEntry && entry(g_taking.open).thread == self.number;
  if (is_its_own && self.wait != Wait::kNothing) {
    take_wait();
  } else if (failure == Failure::kDataRace || failure == Failure::kCrash) {
    g_taking.open = kNoEntry;  // it ends before that access
  }
  close();
  // What only this process knows: where memory is, and names of Gridlock's own primitives.
  static Outcome words;
  const u64 count = g_taking.followed->taken_count;
  for (u64 i = count > kMostTaken ? count - kMostTaken : 0; i < count; ++i) {
    TakenStep& step = entry(i);
    step.before_is_address = step.size == 8 && step.has_before && is_address(step.before);
    step.after_is_address = step.size == 8 && step.has_after && is_address(step.after);
    if (g_watching == nullptr) continue;
    const bool is_own = step.kind == static_cast<u8>(ObjectKind::kPrimitive);
    const bool is_word = step.kind == static_cast<u8>(ObjectKind::kWord);
    if (!is_own && !is_word) continue;
    words.text_size = 0;
    Text text(words);
    g_watching->name_object(text,
                            is_word ? object_of(step)->value : static_cast<u32>(step.address));
    u32 size = 0;
    for (; size + 1 < sizeof step.name && size < words.text_size; ++size)
      step.name[size] = words.text[size];
    step.name[size] = 0;
  }
}

}  // namespace gridlock::internal::controlled
