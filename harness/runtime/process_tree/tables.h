// SPDX-License-Identifier: Apache-2.0
//
// The waits of all processes of the tree, in the memory that they share. Each process writes its
// own table and reads all of them, with the TreeGuard held. Only the live sequences are written and
// read without it: they say whether a table still describes its threads.
#pragma once

#include "harness/analysis/process_tree_graph.h"
#include "harness/runtime/core/object_types.h"
#include "harness/runtime/process_tree/tree.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

inline constexpr u32 kMaxWaits = 512;
inline constexpr u32 kMaxReleasers = 4096;

/// A thing in the reports: process << 40 (0: shared) | letter << 32 | number.
using ThingKey = u64;
GRIDLOCK_INLINE ThingKey thing_key(u32 process, char letter, u32 number) noexcept {
  const u64 owner = is_shared_letter(letter) ? 0 : process;
  return (owner << 40) | (u64{static_cast<u8>(letter)} << 32) | number;
}

/// A thread that waits without a time limit.
struct PublishedWait {
  u32 slot;
  u32 thread;  ///< number
  u32 sequence;
  ObjectType type;
  TreeNeed need;  ///< kCanGoOn where the word of a shared object decides
  u32 first;      ///< of ProcessTable::releasers
  u32 count;
  u32 expected;                  ///< the word keeps this thread waiting while it has this value
  const std::atomic<u32>* word;  ///< of a shared object, the same address everywhere
  u32 other_process;             ///< of a join, and of kThread
  u32 other_slot;  ///< of kThread, with the next two: the holder of what followed processes share
  u32 other_sequence;  ///< as the waiter saw it while that one held it
  int other_os_id;
  int os_id;
  uptr object;  ///< of FollowedHolder
  ThingKey wants;
};

/// FollowedHolder::os_id where libc does not say whose it is.
inline constexpr int kNotNamed = -1;
/// Of what followed processes share (followed.h), as the waiter has seen it: its holder, and in which of its waits that was.
struct FollowedHolder {
  u32 waiter;   ///< the wait of the waiter, by its sequence
  u32 process;  ///< 0: not known, or it may go on
  u32 slot;
  u32 sequence;
  int os_id;
  uptr object;  ///< in which libc makes the waiter sleep
};

/// What a finding says about a thread, written by the thread's own process: a text in pieces.
enum class PieceKind : u32 { kThread, kWantedStack, kHeldStack, kObject };
struct Piece {
  PieceKind kind;
  u32 at;
  u32 size;
  bool shared;     ///< kHeldStack: held for reading
  ThingKey thing;  ///< kHeldStack, kObject
};
inline constexpr u32 kMaxPieces = 40;
/// By number, because a process that was started by exec has its texts elsewhere.
constexpr const char* kWantedModes[] = {nullptr, "shared", "upgrade"};
struct Description {
  u32 sequence;  ///< the wait that it describes
  u32 count;
  u32 wanted_mode;  ///< of kWantedModes
  Piece pieces[kMaxPieces];
  GRIDLOCK_INLINE char* text() noexcept { return reinterpret_cast<char*>(this + 1); }
  GRIDLOCK_INLINE const char* text() const noexcept {
    return reinterpret_cast<const char*>(this + 1);
  }
};
struct DescriptionRoom {
  Description* description;
  u64 bytes;  ///< allocated
};

struct ProcessTable {
  std::atomic<u32> sequence[kMaxSlots];      ///< live; odd while the thread waits
  std::atomic<u8> ended_holding[kMaxSlots];  ///< the thread ended with something shared held
  bool published;
  u32 live;
  u32 main_slot;
  u32 main_thread;  ///< number
  u32 wait_count;
  u32 releaser_count;
  PublishedWait waits[kMaxWaits];
  u32 releasers[kMaxReleasers];  ///< slots
  DescriptionRoom room[kMaxSlots];
  const RobustWord* guard[kMaxSlots];  ///< of what the described thread waits for, or nullptr
  FollowedHolder holder[kMaxSlots];    ///< of what the thread waits for; each by its own thread
  std::atomic<u32> is_stuck;  ///< a followed process: it is in a deadlock that was reported
};

/// A fork outside the tree (plain_forks.h).
inline constexpr u32 kMaxForks = 64;
struct ForkRecord {
  std::atomic<u64> who;           ///< 0: free
  std::atomic<u64> forker_start;  ///< of the process that forks, while the child is not known yet
};

struct TreeTables {
  u32 max_processes;
  std::atomic<u32> last_number[3];  ///< of L, K and J
  std::atomic<u32> ending;          ///< number of the process that ends the tree; 0: it goes on
  std::atomic<u32> forks_lost;      ///< more forks than there is room for
  std::atomic<u64> forks_begun;     ///< counted before each of them
  std::atomic<u64> rest_until;  ///< of followed processes: no look for a lasting sleep before that
  ForkRecord forks[kMaxForks];
  GRIDLOCK_INLINE std::atomic<ProcessTable*>& of(u32 number) noexcept {
    return reinterpret_cast<std::atomic<ProcessTable*>*>(this + 1)[number - 1];
  }
};

/// nullptr: there is no process tree, or no memory for its tables.
TreeTables* tree_tables() noexcept;
/// The calling process's table; nullptr where it has none.
ProcessTable* own_table() noexcept;
/// Only for a process that has a table.
GRIDLOCK_INLINE ProcessTable* table_of(u32 number) noexcept {
  return tree_tables()->of(number).load();
}
/// By P1, once, when it makes the process tree.
void init_tree_tables() noexcept;
/// By a process that is followed: these tables are its own from now on, with that number.
void follow_tables(TreeTables* tables, u32 number) noexcept;
/// Makes empty tables in the memory of the tree, without publishing them. nullptr: no memory.
TreeTables* make_tree_tables(u32 max_processes) noexcept;
/// By each process but the first, when it begins.
void begin_process_table(u32 number) noexcept;
/// By the process that has reaped it.
void end_process_table(u32 number) noexcept;
/// By a fork outside the tree: it has no table.
void leave_tables() noexcept;
/// The thread that the process began with; its end is that of the process.
bool is_main_of_process(const ThreadState* state) noexcept;
/// A thread has ended with these things held.
void note_ended_holding(const ThreadState* state) noexcept;

/// The next number of a shared object; `letter` L, K or J.
u32 next_shared_number(char letter) noexcept;

}  // namespace gridlock::internal
