// SPDX-License-Identifier: Apache-2.0
//
// The wait-for graph of several processes that share locks, from the tables that each of them
// published. Pure: what is not known (a thread that is not listed) is taken for one that runs, so
// that an incomplete table can hide a deadlock and never invent one.
#pragma once

#include "harness/analysis/wait_for_graph.h"

namespace gridlock::internal {

/// What ends the wait of a thread, in the words of its own process.
enum class TreeNeed : u8 {
  kThreads,     ///< each of certain threads of the same process
  kAnyOf,       ///< one of certain threads of the same process
  kOwnProcess,  ///< any thread of the same process: a permit of a local semaphore
  kThread,      ///< a certain thread of whichever process: the owner of a shared lock
  kProcess,     ///< the main thread of another process: a join
  kTree,        ///< any thread of any process: a permit of a shared semaphore
  kNever,       ///< nobody can: who could has ended
  kCanGoOn,     ///< by now nothing keeps it
};

/// A thread that waits without a time limit.
struct WaitingThread {
  u32 process;  ///< number of its process
  u32 slot;     ///< names it within that
  TreeNeed need;
  u32 first;  ///< kThreads, kAnyOf: slots[first] .. slots[first + count - 1]
  u32 count;
  u32 other_process;  ///< kThread, kProcess: number
  u32 other_slot;     ///< kThread
};

/// A process that lives. One that is missing from the array has ended.
struct ProcessNode {
  u32 number;
  u32 main_slot;
  u32 live;  ///< how many threads it has, waiting or not, untracked ones included
};

/// Makes waiters[i] of threads[i]. `releasers` has room for `room` entries; a wait that does not
/// fit is taken for one that can end. Returns true if a thread outside the array runs, which is
/// find_stuck()'s `others_run`. At worst quadratic in the number of threads.
bool fill_tree_graph(const ProcessNode* processes, u32 process_count, const WaitingThread* threads,
                     u32 thread_count, const u32* slots, Waiter* waiters, WaiterIndex* releasers,
                     u32 room) noexcept;

}  // namespace gridlock::internal
