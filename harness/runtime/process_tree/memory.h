// SPDX-License-Identifier: Apache-2.0
//
// The memory that a family of processes shares: one anonymous mapping, made by its first process and
// inherited by fork, so it has the same address everywhere, no name, and ends with its last user.
#pragma once

#include "harness/runtime/process_tree/guard.h"

namespace gridlock::internal {

struct Member;

inline constexpr u32 kSizeClasses = 7;  // 64, 128, ... 4096 bytes

/// What stands at the start of it. Everything is valid when zeroed.
struct FamilyHeader {
  RobustWord waits;   ///< FamilyGuard
  RobustWord memory;  ///< guards the allocator; innermost
  RobustWord log;     ///< guards `log_begun`, and who has written which record
  std::atomic<u32> member_count;
  u32 max_members;
  std::atomic<bool> log_begun;   ///< some process has opened the log that all write to
  Member* members;               ///< numbers 1 .. max_members
  u64 size;                      ///< of the mapping
  u64 used;                      ///< from its start; never shrinks
  u64 free_small[kSizeClasses];  ///< offsets of the first free block of each class, 0: none
  u64 free_large;                ///< larger ones, each with its size
};

/// nullptr: there is no family yet.
FamilyHeader* family_header() noexcept;

/// A mapping that nobody else knows yet; nullptr: the kernel refuses.
FamilyHeader* make_family_memory(u32 max_members, u64 bytes) noexcept;
/// From now on family_header() is this one. With the mutex of the family held.
void publish_family_memory(FamilyHeader* header) noexcept;

/// 64-aligned and zeroed; nullptr: full. Thread- and process-safe, also when a process is killed in
/// the middle: at worst one block is lost. Blocks up to 4096 bytes take the next power of two, larger
/// ones whole pages; a freed block serves requests of its size only.
void* family_allocate(u64 bytes) noexcept;
void family_free(void* block, u64 bytes) noexcept;

}  // namespace gridlock::internal
