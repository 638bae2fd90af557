// SPDX-License-Identifier: Apache-2.0
//
// Threads that can end a wait. Everything here is read from other threads while they may go on: an
// answer is right only if the waits behind it did not change meanwhile, which the caller has to
// check (Wait::sequence).
#pragma once

#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

enum class Source : u8 {
  kAvailable,    ///< it can be had now
  kOneThread,    ///< Releaser::thread has it
  kSeveral,      ///< threads that hold it shared, or writers that go first: ask blocks()
  kAnyOfPool,    ///< a thread of Releaser::pool, whichever
  kAnyThread,    ///< any thread at all
  kEndedThread,  ///< Releaser::thread had it when it ended
  kNoThread,     ///< the word names an owner that never was: the object's memory was overwritten
  kOutside,      ///< another program; ask outside_is_stuck()
};

struct Releaser {
  Source source;
  ThreadState* thread = nullptr;
  u32 pool = 0;
};

GRIDLOCK_INLINE bool waits(u32 sequence) noexcept { return (sequence & 1) != 0; }

/// Looks at no other thread than the one it names. `alive`: the object cannot be gone, because the
/// calling thread itself waits for it.
Releaser releaser_of(const Wait& wait, bool alive = false) noexcept;

/// After kSeveral: does `other`, which waits, have to do something before `waiter` can go on? Linear
/// in the number of things that `other` holds.
bool blocks(const ThreadState* other, const ThreadState* waiter) noexcept;

/// The entry with which a thread that waits, or has ended, holds something; nullptr if it does not.
const Held* held_by(const ThreadState* state, ObjectId object) noexcept;

/// It may give the results of the pool's tasks: as a worker, or because it cancels them.
GRIDLOCK_INLINE bool in_pool(const ThreadState* state, u32 pool) noexcept {
  const ThreadRecord& record = thread_record(state->number);
  return record.pool == pool || record.cancels_in.load() == pool;
}
/// Every live thread of the pool waits without a time limit.
bool pool_waits(u32 pool) noexcept;

/// The one thread that holds permits of a semaphore; nullptr if none or several do, or if it has
/// ended.
ThreadState* only_permit_holder(ObjectId object) noexcept;

}  // namespace gridlock::internal
