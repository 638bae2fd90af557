// SPDX-License-Identifier: Apache-2.0
//
// The process tree: the first process and all that were started from it as gridlock::Process. A
// table in memory that all of them share lists them. A fork that was not announced here is outside
// the tree: it has the number 0 and can use the memory, but the analysis does not know it.
#pragma once

#include <gridlock/identity.h>

#include "harness/runtime/core/process_number.h"
#include "harness/runtime/process_tree/guard.h"
#include "harness/runtime/process_tree/memory.h"

namespace gridlock::internal {

enum class ProcessState : u32 {
  kNone,      ///< no such number yet
  kPrepared,  ///< about to be forked
  kRunning,   ///< has begun
  kEnded,     ///< somebody has reaped it, or it never began
};

/// A number is given once and names a process forever.
struct alignas(64) TreeProcess {
  std::atomic<ProcessState> state;
  std::atomic<int> pid;          ///< 0: not known yet
  std::atomic<u64> start_time;   ///< processes.h
  std::atomic<u32> wait_status;  ///< of wait4, with kEnded
  u32 number;
  u32 parent;  ///< number; 0: started by a fork outside the tree
  int parent_pid;
  u32 object;  ///< what the parent calls it (ObjectId); means nothing elsewhere
  bool daemon;
  bool begin_written;  ///< its record; guarded by TreeHeader::log, as is the next
  bool end_written;
  char name[79];
  GRIDLOCK_INLINE ProcessState now() const noexcept { return state.load(); }
};

/// Makes the tree on first use; the calling process is then P1. False: no memory (a capacity
/// finding).
bool process_tree_ready() noexcept;

/// By the parent, before the fork. 0: all numbers are given (a capacity finding).
u32 tree_prepare(std::string_view name, bool daemon, CallSite where) noexcept;
/// fork() as that process, from the calling thread. 0: this is the child, and tree_begin() is
/// done. Negative: -errno, and the number is abandoned. Else the child's process id.
int tree_fork(u32 number) noexcept;
/// No fork came of it.
void tree_abandon(u32 number) noexcept;
/// In the child, right after the fork: it is that process now, and dies with its parent.
void tree_begin(u32 number) noexcept;
/// By the process that has reaped it; kStatusUnknown is allowed. Later calls do nothing.
void tree_ended(u32 number, int wait_status) noexcept;

/// 1 .. process_count() were given. Only where process_tree_ready().
TreeProcess& tree_process(u32 number) noexcept;
u32 process_count() noexcept;
/// Neither ended, a zombie, nor another process with a number used again. Reads /proc.
bool alive(const TreeProcess& process) noexcept;

// Between the files of the tree and those of log and fork.

/// The record `process` or `process-end`, if the log has begun and it has not been written.
void write_process_record(TreeProcess& process, bool end) noexcept;
/// The calling thread forks a process of the tree now.
bool forks_into_tree() noexcept;
/// In the child of a fork. True: it is about to be a process of the tree.
bool forked_in_tree() noexcept;

}  // namespace gridlock::internal
