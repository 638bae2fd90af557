// SPDX-License-Identifier: Apache-2.0
//
// Threads, objects and stacks as JSON members of a finding or a dump.
#pragma once

#include "harness/platform/proc.h"
#include "harness/runtime/core/json_writer.h"
#include "harness/runtime/registry/stack_depot.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

/// The objects that a line mentions, so that each is described once. Beyond kMax they are left
/// out.
class Mentioned {
 public:
  static constexpr u32 kMax = 512;
  constexpr Mentioned() = default;
  GRIDLOCK_INLINE void clear() noexcept { count_ = 0; }
  void add(ObjectId object) noexcept;
  void describe(JsonWriter& json) const noexcept;  ///< the member "objects"
  GRIDLOCK_INLINE u32 count() const noexcept { return count_; }
  GRIDLOCK_INLINE ObjectId operator[](u32 i) const noexcept { return objects_[i]; }

 private:
  ObjectId objects_[kMax] = {};
  u32 count_ = 0;
};

/// An element of "objects".
void write_object(JsonWriter& json, ObjectId object) noexcept;
void write_object_id(JsonWriter& json, const char* key, ObjectId object) noexcept;
/// The id of what a thread waits for.
void write_wanted_id(JsonWriter& json, const char* key, const Wait& wait) noexcept;
void write_thread_id(JsonWriter& json, const char* key, u32 number) noexcept;
/// Addresses that are return addresses: what is written is the place of the call. `exact`: the
/// first one is not.
void write_stack(JsonWriter& json, const char* key, const uptr* frames, u32 size,
                 const CallSite* site = nullptr, bool exact = false) noexcept;
void write_stack(JsonWriter& json, const char* key, StackId id) noexcept;

/// An element of "threads". `stack` (may be empty) is where the thread is now.
struct CurrentStack {
  const uptr* frames = nullptr;
  u32 size = 0;
  bool exact = false;
  const CallSite* site = nullptr;  ///< what the caller handed over; written first
  ThreadSleep sleep = {};          ///< where the kernel says that it sleeps
};
/// Member "state": `state`, or where a thread that is "running" for us sleeps.
void write_state(JsonWriter& json, const char* state, const ThreadSleep& sleep) noexcept;
void write_thread(JsonWriter& json, const ThreadState* state, Mentioned& mentioned,
                  const CurrentStack& now) noexcept;
/// A thread of which only the number is known, because it may have ended long ago. `stack`: where it
/// did what it is mentioned for.
void write_thread_by_number(JsonWriter& json, u32 number, Mentioned& mentioned,
                            StackId stack = 0) noexcept;

/// The same for a data race: without what the thread holds and waits for when the race is reported,
/// which has nothing to do with what it did before.
void write_thread_of_race(JsonWriter& json, u32 number, Mentioned& mentioned) noexcept;

/// Where `state` acquired what it holds. Member `key`.
void write_held_stack(JsonWriter& json, const char* key, const ThreadState* state,
                      ObjectId object) noexcept;

}  // namespace gridlock::internal
