// SPDX-License-Identifier: Apache-2.0
//
// Findings over several processes. What the threads of other processes were doing is put together
// from the descriptions that they left in the shared memory.
#pragma once

#include "harness/runtime/findings/finding_line.h"
#include "harness/runtime/process_tree/tables.h"

namespace gridlock::internal {

/// A thread of any process of the tree. With the TreeGuard held.
struct Involved {
  u32 process;
  const PublishedWait* wait;
  const Description* description;
};

/// threads[i] waits for something that threads[i + 1] (the last: threads[0]) has to do. One thread:
/// self-deadlock.
void report_tree_deadlock(const Involved* threads, u32 count) noexcept;
/// The threads need each other through a pool.
void report_tree_pool_deadlock(const Involved* threads, u32 count) noexcept;
/// The thread that has what one of them waits for, and is none of them.
struct AsleepHolder {
  u32 process;  ///< 0: it is not known
  u32 thread;   ///< number
  int os_id;
  bool lives;
  bool reads;
  ThingKey object;
};
/// The threads wait for what nobody can do.
void report_tree_starvation(const Involved* threads, u32 count,
                            const AsleepHolder& holder = {}) noexcept;

/// The owner of an IpcLock, as the lock itself has it.
struct IpcOwner {
  u32 process;
  u32 thread;  ///< number; 0: unknown, it was killed while acquiring
  int os_id;
  uptr frames[kSiteFrames];
  CallSite site;
  bool has_site;
};

/// `state` has come upon a lock whose owner died with it.
void report_owner_died(ThreadState* state, ObjectId object, const IpcOwner& owner) noexcept;
/// `state` releases a lock that a thread of another process holds. Once for each object and place.
void report_foreign_unlock(ThreadState* state, ObjectId object, const IpcOwner& owner) noexcept;

}  // namespace gridlock::internal
