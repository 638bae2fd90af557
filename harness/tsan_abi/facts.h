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
  uptr site;   ///< where the owner acquired it
};

struct NamedThread {
  ThreadNumber number;
  Wait wait;
  bool timed;
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

/// An execution that is followed: it is run a second time for that, because it costs.
struct Followed {
  bool is_on;
  u64 every;    ///< steps from mark to mark; 0: none
  u64 stop_at;  ///< gridlock_explore_stop() before this step; 0: nowhere
  u32 mark_count;
  u8 marks[kMostMarks];
  u64 switch_count;  ///< of all; the last ones are in `switches`, at switch_count % kNamedSwitches
  Switch switches[kNamedSwitches];
};

}  // namespace gridlock::internal::controlled
