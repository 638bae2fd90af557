// SPDX-License-Identifier: Apache-2.0
//
// The other half of a misuse: where the lock was released already, where it was destroyed, where the
// try failed. Found when a finding is written, in what the threads' rings still have; only a
// destructor leaves a note of its own, because its ring entry would not have the caller.
#pragma once

#include "harness/runtime/findings/describe.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

/// Something a thread did before.
struct PastAct {
  Op op;
  u32 thread;  ///< its number
  u32 size;    ///< of `frames`, return addresses; 0: the place is not known
  uptr frames[kSiteFrames];
};

/// A lock that has an id is destroyed. `frame`: frame address of its destructor. A later lock may
/// take the place of the note.
void note_destroyed(ObjectId object, const void* frame) noexcept;
/// The id stands for another object from now on.
void forget_destroyed(ObjectId object) noexcept;
/// False when it is not known (any more).
bool find_destroyed(ObjectId object, PastAct* out) noexcept;
/// The newest release of `object` that had an effect: the thread's own, else another thread's.
bool find_released(const ThreadState* self, ObjectId object, PastAct* out) noexcept;
/// The thread's newest operation on `object` is an attempt that failed: that one.
bool find_failed_try(const ThreadState* self, ObjectId object, PastAct* out) noexcept;

/// An element of "acts". `lock`: what had to be held for it, 0: none.
void write_act(JsonWriter& json, const char* operation, ObjectId object, u32 thread, ObjectId lock,
               const CurrentStack& stack) noexcept;
void write_act(JsonWriter& json, ObjectId object, const PastAct& act) noexcept;

}  // namespace gridlock::internal
