// SPDX-License-Identifier: Apache-2.0
//
// The memory of a process tree: one anonymous mapping, which the first process makes and fork
// inherits. So it has the same address everywhere, no name, and ends with its last user.
#pragma once

#include "harness/runtime/process_tree/guard.h"

namespace gridlock::internal {

struct TreeProcess;
struct TreeTables;

inline constexpr u32 kSizeClasses = 7;  // 64, 128, ... 4096 bytes

/// What stands at the start of it. Everything is valid when zeroed.
struct TreeHeader {
  RobustWord waits;   ///< TreeGuard
  RobustWord memory;  ///< guards the allocator; innermost
  RobustWord log;     ///< guards `log_begun`, and which records are written
  std::atomic<u32> process_count;
  u32 max_processes;
  std::atomic<bool> log_begun;   ///< some process has opened the log that all write to
  TreeProcess* processes;        ///< numbers 1 .. max_processes
  u64 size;                      ///< of the mapping
  u64 used;                      ///< from its start; never shrinks
  u64 free_small[kSizeClasses];  ///< offsets of the first free block of each class, 0: none
  u64 free_large;                ///< larger ones, each with its size
  // Of followed processes (followed.h), which find the memory by a name instead of inheriting it.
  std::atomic<u32> stamp;  ///< not 0, and of no other run: it is complete
  TreeTables* tables;
};

/// nullptr: there is no process tree yet.
TreeHeader* tree_header() noexcept;

/// A mapping that nobody else knows yet; nullptr: the kernel refuses.
TreeHeader* make_tree_memory(u32 max_processes, u64 bytes) noexcept;
/// The same in memory that is mapped already, and zeroed.
void fill_tree_memory(TreeHeader* header, u32 max_processes, u64 size) noexcept;
/// From now on tree_header() is this one. With the mutex of the process tree held.
void publish_tree_memory(TreeHeader* header) noexcept;

/// 64-aligned and zeroed; nullptr: full. Thread- and process-safe, also when a process is killed in
/// the middle: at worst one block is lost. Blocks up to 4096 bytes take the next power of two, larger
/// ones whole pages; a freed block serves requests of its size only.
void* tree_allocate(u64 bytes) noexcept;
void tree_free(void* block, u64 bytes) noexcept;

}  // namespace gridlock::internal
