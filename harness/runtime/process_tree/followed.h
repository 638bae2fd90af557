// SPDX-License-Identifier: Apache-2.0
//
// Followed processes: those that one `gridlock exec` watches, each with the observer in front of libc. They use the memory
// and the tables of a process tree for one thing, deadlocks over locks that they share. All else is as in a process
// alone: its own log, its own numbers, its own end. A process joins when it first uses such a lock, so one that does not
// pays nothing; a fork is nobody before it joins by itself.
//
// No claim is made without knowing the holder: it has named itself in the lock, its thread is one that libc's word of it names
// as well, and it says itself that it holds what is waited for (waits.cc). A process that is not watched has no
// name and is in no claim.
#pragma once

#include "harness/platform/base.h"
#include "harness/runtime/core/control.h"
#include "harness/runtime/core/process_number.h"
#include "harness/runtime/process_tree/shared_objects.h"

namespace gridlock::internal {

/// At the start, while the environment is still as it was given: where the memory is found.
void remember_followed_memory() noexcept;
/// The calling process has a number from now on. False: it is not followed, or there is no room; then nothing that
/// processes share is watched in it.
bool join_followed() noexcept;
/// Names the run in memory that outlives it. After join_followed().
u32 followed_stamp() noexcept;
/// The tree that this process knows, if any, is one of followed processes.
bool is_followed_tree() noexcept;

/// Of the calling process: names one of its threads in a lock.
GRIDLOCK_INLINE u32 followed_token(const ThreadState* state) noexcept {
  return (followed_process() << kSlotBits) | state->slot_word;
}

/// What is waited for.
struct FollowedWord {
  const std::atomic<u32>& token;  ///< of the holder
  const std::atomic<int>*
      owner;  ///< its thread's number, as libc has it; nullptr: it reads, and libc has none
  const void* object;  ///< in which libc's futex lies
};
/// By a thread that waits, from time to time: is that a deadlock? Does not return where the process ends for it.
/// kDeadlock: it was reported, and the wait is not published any more.
Wake look_at_followed(ThreadState* state, const FollowedWord& word) noexcept;
/// The same of a wait for a permit of a semaphore that processes share, which any of them may post (lasting_sleep.h).
Wake look_at_followed_permit(ThreadState* state, const std::atomic<u32>& permits) noexcept;

}  // namespace gridlock::internal
