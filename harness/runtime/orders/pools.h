// SPDX-License-Identifier: Apache-2.0
//
// Results that a pool of threads owes. While the task is in the pool's queue any thread of the pool
// can give the result, and nobody else can; once a thread has begun with it, only that one.
//
// A task's order with others is that of its submission, whichever thread of the pool ran it this
// time: it comes after what its submitter did before, not after what the same worker did before.
#pragma once

#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

bool init_pools(u32 objects) noexcept;

/// Numbers 1, 2, ...
u32 new_pool() noexcept;

/// The thread or the pool that a future's result comes from.
struct Producer {
  u32 pool = 0;                   ///< one of its threads, 0: none
  ThreadState* thread = nullptr;  ///< this one
};
/// Nobody: it is not owed by a pool. May be read at any time; it is right as long as no thread of
/// the pool has gone on meanwhile.
Producer producer_of_future(ObjectId future) noexcept;

/// Only the threads of the pool take items out of this queue. Its end (Executor::shutdown) gives no
/// room: it makes who waits for it fail.
void pool_empties_queue(ObjectId queue, u32 pool) noexcept;
/// 0: anybody may.
u32 pool_that_empties(ObjectId queue) noexcept;

/// The result is owed from now on; before the task is in the queue.
void task_queued(ThreadState* state, ObjectId future, u32 pool) noexcept;
/// The calling thread begins with the task. Returns what task_ended() needs.
SegmentId task_begun(ThreadState* state, ObjectId future) noexcept;
/// It has given the result.
void task_ended(ThreadState* state, SegmentId before) noexcept;

/// Calls each(segment) for tasks that are queued. With graph_mutex() held.
void each_submitted(void (*each)(SegmentId segment, void* argument), void* argument) noexcept;

/// False: a pool has a worker of which nothing is known (has_record), so no pool is stuck.
bool pools_are_known() noexcept;

}  // namespace gridlock::internal
