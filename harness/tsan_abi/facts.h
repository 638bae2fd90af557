// SPDX-License-Identifier: Apache-2.0
//
// What is known of a failure besides its text, for the log; and how an execution went, for whoever follows it again. Plain
// data, in memory that the process of an execution shares with the one that made it.
#pragma once

#include "harness/schedule/replay.h"
#include "harness/tsan_abi/fibers.h"
#include "harness/tsan_abi/outcome.h"

namespace gridlock::internal::controlled {

inline constexpr u32 kNamedThreads = 32;
inline constexpr u32 kNamedSwitches = 64;

struct NamedObject {
  u32 number;  ///< 0: none
  u8 kind;     ///< ObjectKind
  u32 owner;   ///< a thread, or kNobody
  u32 lost;    ///< notifications while nobody waited
  u32 value;   ///< of a descriptor: described_value()
  uptr site;   ///< where the owner acquired it
};

struct NamedThread {
  ThreadNumber number;
  Wait wait;
  bool timed;
  bool writes;  ///< kDescriptor: it waits for room
  ThreadNumber joins;
  NamedObject object;
  uptr made_at;
  u32 frame_count;
  uptr frames[kFrames];
};

struct NamedAccess {
  ThreadNumber thread;
  u32 kind;  ///< of shadow.h
  u32 size;
  uptr address;
  uptr place;
};

/// Of the failure that an outcome has.
struct Facts {
  u32 thread_count;
  u32 access_count;
  NamedThread threads[kNamedThreads];
  NamedAccess accesses[2];
};

/// One thread stops and another one goes on.
struct Switch {
  u64 step;  ///< the last one before it
  ThreadNumber from;
  ThreadNumber to;
  bool waits;  ///< it stops because it has to
  u32 frame_count;
  uptr frames[kFrames];
};

inline constexpr u32 kMostTaken = 1 << 14;
inline constexpr u32 kTakenFrames = 14;
inline constexpr u32 kTakenHeld = 6;

/// One thing that a thread did in an execution that is followed: a step, or an access that is none.
struct TakenStep {
  u64 number;    ///< steps of the execution, this one included
  u64 before;    ///< what was there before it: memory, permits
  u64 after;     ///< and behind it
  uptr address;  ///< of what it was done to; 0: nothing that has one
  uptr place;    ///< of an access that is no step
  u32 what;      ///< as the trace has it
  u32 object;    ///< its number, from 1; 0: none
  ThreadNumber thread;
  ThreadNumber other;  ///< the thread that it makes or joins
  StepRole role;
  u8 kind;  ///< ObjectKind, or kNoObject
  u8 size;  ///< bytes of the values; 0: there are none
  bool changes;
  bool looks;
  bool has_before;
  bool has_after;
  bool before_is_address;  ///< it looks like one in this process, and means nothing in another
  bool after_is_address;
  bool waits;       ///< the thread has to wait in it, and goes on by another entry of the same
  bool goes_on;     ///< that entry
  bool is_granted;  ///< a lock or permit was taken; a wait did not run out of time
  u32 held_count;
  u32 held[kTakenHeld];   ///< held_entry() of the locks that its thread holds behind it
  char name[40];          ///< of one of Gridlock's own primitives
  const char* operation;  ///< on that; nullptr: what became of it is not known
  bool is_lock;           ///< and granted if its thread holds it behind it
  u32 frame_count;
  uptr frames[kTakenFrames];
};
inline constexpr u8 kNoObject = 0xff;
inline constexpr u32 kHeldShared = u32{1} << 31;  ///< for reading
inline constexpr u32 kHeldNumber = (u32{1} << 24) - 1;
/// "M3": 'M' and 3.
constexpr u32 held_entry(char letter, u32 number, bool shared) noexcept {
  return (number & kHeldNumber) | (static_cast<u32>(letter & 0x7f) << 24) |
         (shared ? kHeldShared : u32{0});
}

/// An execution that is followed: it is run a second time for that, because it costs.
struct Followed {
  bool is_on;
  u64 every;    ///< steps from mark to mark; 0: none
  u64 stop_at;  ///< gridlock_explore_stop() before this step; 0: nowhere
  u32 mark_count;
  u8 marks[kMostMarks];
  u64 switch_count;  ///< of all; the last ones are in `switches`, at switch_count % kNamedSwitches
  Switch switches[kNamedSwitches];
  u64 steps;        ///< that it is expected to have: those long before the end get no stacks
  u64 taken_count;  ///< of all; the last ones are in `taken`, at taken_count % kMostTaken
  TakenStep taken[kMostTaken];
};

}  // namespace gridlock::internal::controlled
