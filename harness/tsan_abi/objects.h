// SPDX-License-Identifier: Apache-2.0
//
// What an execution knows of mutexes, conditions, atomic objects and so on, by address and kind. The objects
// of the program itself are not changed, so an execution that was left in the middle leaves nothing in them.
#pragma once

#include "harness/tsan_abi/code_sites.h"

namespace gridlock::internal::controlled {

enum class ObjectKind : u8 {
  kMutex,
  kReadWriteLock,
  kCondition,
  kSemaphore,
  kBarrier,
  kOnce,
  kFutex,
  kAtomic,
  kThread,
  kAnnotated,   ///< what the program told ThreadSanitizer's functions of
  kPrimitive,   ///< one of Gridlock's own: `address` is its id
  kWord,        ///< that its waiters sleep at; `value`: the id
  kDescriptor,  ///< both ends of a pipe, a socket, a counter (descriptors.h)
};

inline constexpr u32 kNobody = ~u32{0};

struct SyncObject {
  uptr address;
  u32 number;  ///< among all objects of the execution, in the order in which they were first used
  ObjectKind kind;
  bool is_known;              ///< `value` is what the program's object said
  u32 owner;                  ///< a thread, or kNobody
  u32 count;                  ///< recursion of the owner; readers; arrivals at a barrier
  u32 value;                  ///< permits; state of a once flag
  u32 version;                ///< changes when it does; for those that look at it again and again
  u32 lost;                   ///< notifications while nobody waited
  uptr site;                  ///< where the owner acquired it
  u8 holds[kMaxThreads / 8];  ///< readers
  VectorClock released;
  VectorClock read;  ///< what readers released
};

/// The object, made when it is first used in an execution. Does not move.
SyncObject& object_at(const void* address, ObjectKind kind) noexcept;
/// Its owner began anew: what is known of it is gone.
void forget_object(const void* address, ObjectKind kind) noexcept;
/// "mutex M3"
void describe_object(Text& text, const SyncObject& object) noexcept;

GRIDLOCK_INLINE u32 what_of(const SyncObject& object) noexcept {
  return (static_cast<u32>(object.kind) << 16) | (object.number & 0xffff);
}
/// A point before an operation on it, which reaches so many bytes.
GRIDLOCK_INLINE void object_point(const SyncObject& object, bool changes = true, u32 size = 1,
                                  uptr site = 0, bool looks = false) noexcept {
  point({object.address, changes, StepRole::kPlain, false, step_site(site), size, 0, looks},
        what_of(object));
}
/// A point before what waits for it in this way.
GRIDLOCK_INLINE void acquire_point(SyncObject& object, Wait wait, uptr site,
                                   bool changes = true) noexcept {
  Fiber& self = *g_engine.current;
  self.needs = wait;
  self.needed = &object;
  self.timed_out = false;
  point({object.address, changes, StepRole::kAcquire, false, step_site(site)}, what_of(object));
}
/// A point before what others may wait for. `also`: another object that is changed.
GRIDLOCK_INLINE void release_point(SyncObject& object, uptr site, bool changes = true,
                                   u64 also = 0) noexcept {
  g_engine.current->needed = &object;
  point({object.address, changes, StepRole::kRelease, false, step_site(site), 1, also},
        what_of(object));
}

/// Those that wait for it so; how many.
u32 waiters_of(const SyncObject& object, Wait wait, ThreadNumber (&out)[kMaxThreads]) noexcept;
/// All that wait for it look again.
void wake_all(const SyncObject& object) noexcept;
/// One that waits for it so, by the strategy. False: nobody does.
bool wake_one(const SyncObject& object, Wait wait) noexcept;

}  // namespace gridlock::internal::controlled
