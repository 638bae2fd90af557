// SPDX-License-Identifier: Apache-2.0
//
// Executions of which each decision matters: those of a search of all schedules, in which no thread is asked that has to wait
// at its point; and those whose decisions are written down, for whoever repeats or shrinks them.
#pragma once

#include "harness/tsan_abi/objects.h"

namespace gridlock::internal::controlled {

/// Tries of a thread that are refused, each because of another object than the one before, and none that is granted.
inline constexpr u32 kMostRefusals = 4;

/// A decision in the trace.
inline constexpr u32 kSwitched = 0x02000000;

/// Who waits so takes what somebody else releases, and conflicts with whoever had it.
GRIDLOCK_INLINE bool takes_what_is_released(Wait wait) noexcept {
  return wait == Wait::kMutex || wait == Wait::kReadLock || wait == Wait::kWriteLock ||
         wait == Wait::kSemaphore || wait == Wait::kOnce;
}
/// How many steps and decisions of its own lie behind the thread that runs.
GRIDLOCK_INLINE u32 position() noexcept {
  const Engine& engine = g_engine;
  return engine.current->past + static_cast<u32>(engine.steps - engine.since);
}

/// A try of the thread that runs was refused, because of who has this. One that tries it again and again waits until it is given
/// back; and where all schedules are searched an execution is left whose tries are refused without end (two std::lock in opposite orders
/// can take turns for ever). Returns, or does not.
void tried_in_vain(const SyncObject& object) noexcept;
/// A try of the thread that runs was granted.
void tried_well() noexcept;

/// Some thread can go on, or has to be seen to wait.
ThreadNumber next_of_those_that_may(bool yields) noexcept;
/// A decision of the thread that runs.
void record(u32 value) noexcept;
/// The thread does its next step; `waits`: it does not.
void record_step(ThreadNumber next, bool waits = false) noexcept;
/// At the end: who did not come to do its next step.
void record_what_is_left() noexcept;

}  // namespace gridlock::internal::controlled
