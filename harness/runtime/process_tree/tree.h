// SPDX-License-Identifier: Apache-2.0
//
// The family: the first process and all that were started from it as gridlock::Process. Who they
// are stands in memory that all of them share. The fork of a member that nobody announced here is
// no member: it has the number 0, the memory is there for it, the analysis is not.
#pragma once

#include <gridlock/identity.h>

#include "harness/runtime/core/process_number.h"
#include "harness/runtime/process_tree/guard.h"
#include "harness/runtime/process_tree/memory.h"

namespace gridlock::internal {

enum class MemberState : u32 {
  kNone,      ///< no such number yet
  kPrepared,  ///< about to be forked
  kRunning,   ///< has begun
  kEnded,     ///< somebody has reaped it, or it never began
};

/// A number is given once and names a process forever.
struct alignas(64) Member {
  std::atomic<MemberState> state;
  std::atomic<int> pid;          ///< 0: not known yet
  std::atomic<u64> start_time;   ///< processes.h
  std::atomic<u32> wait_status;  ///< of wait4, with kEnded
  u32 number;
  u32 parent;  ///< number; 0: started by a fork that is no member
  int parent_pid;
  u32 object;  ///< what the parent calls it (ObjectId); means nothing elsewhere
  bool daemon;
  bool begin_written;  ///< its record; guarded by FamilyHeader::log, as is the next
  bool end_written;
  char name[79];
  GRIDLOCK_INLINE MemberState now() const noexcept { return state.load(); }
};

/// Makes the family on first use; the calling process is then P1. False: no memory (a capacity
/// finding).
bool family_ready() noexcept;

/// By the parent, before the fork. 0: all numbers are given (a capacity finding).
u32 family_prepare(std::string_view name, bool daemon, CallSite where) noexcept;
/// fork() as that member, from the calling thread. 0: this is the child, and family_begin() is
/// done. Negative: -errno, and the number is abandoned. Else the child's process id.
int family_fork(u32 number) noexcept;
/// No fork came of it.
void family_abandon(u32 number) noexcept;
/// In the child, right after the fork: it is the member now, and dies with its parent.
void family_begin(u32 number) noexcept;
/// By whoever has reaped it; kStatusUnknown is allowed. Once a member; later calls do nothing.
void family_ended(u32 number, int wait_status) noexcept;

/// 1 .. member_count() were given. Only where family_ready().
Member& member(u32 number) noexcept;
u32 member_count() noexcept;
/// Neither ended, a zombie, nor another process with a number used again. Reads /proc.
bool alive(const Member& member) noexcept;

// Between the family's own files and those of log and fork.

/// The record `process` or `process-end`, if the log has begun and it has not been written.
void write_member_record(Member& member, bool end) noexcept;
/// The calling thread forks a member now.
bool forks_member() noexcept;
/// In the child of a fork. True: it is about to be a member.
bool forked_family() noexcept;

}  // namespace gridlock::internal
