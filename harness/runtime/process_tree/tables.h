// SPDX-License-Identifier: Apache-2.0
//
// Who waits for what, over all processes of the family, as it stands in the memory that they share.
// Each process writes its own table, with the FamilyGuard held; everybody may read all of them with
// it held. Only the live sequences are written and read without: they say whether a table still
// describes its threads.
#pragma once

#include "harness/analysis/family_graph.h"
#include "harness/runtime/core/object_types.h"
#include "harness/runtime/process_tree/tree.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

inline constexpr u32 kMostWaits = 512;
inline constexpr u32 kMostReleasers = 4096;

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
  FamilyNeed need;  ///< kCanGoOn where the word of a shared object decides
  u32 first;        ///< of MemberTable::releasers
  u32 count;
  u32 expected;                  ///< the word keeps this thread waiting while it has this value
  const std::atomic<u32>* word;  ///< of a shared object, the same address everywhere
  u32 other_process;             ///< of a join
  ThingKey wants;
};

/// What is needed of a thread for a finding, written by its own process: a text in pieces.
enum class PieceKind : u32 { kThread, kWantedStack, kHeldStack, kObject };
struct Piece {
  PieceKind kind;
  u32 at;
  u32 size;
  bool shared;     ///< kHeldStack: held for reading
  ThingKey thing;  ///< kHeldStack, kObject
};
inline constexpr u32 kMostPieces = 40;
struct Description {
  u32 sequence;  ///< the wait that it describes
  u32 count;
  const char* wanted_mode;  ///< nullptr, or constant text of the program
  Piece pieces[kMostPieces];
  GRIDLOCK_INLINE char* text() noexcept { return reinterpret_cast<char*>(this + 1); }
  GRIDLOCK_INLINE const char* text() const noexcept {
    return reinterpret_cast<const char*>(this + 1);
  }
};
struct DescriptionRoom {
  Description* description;
  u64 bytes;  ///< allocated
};

struct MemberTable {
  std::atomic<u32> sequence[kMostSlots];      ///< live; odd while the thread waits
  std::atomic<u8> ended_holding[kMostSlots];  ///< the thread ended with something shared held
  bool published;
  u32 live;
  u32 main_slot;
  u32 main_thread;  ///< number
  u32 wait_count;
  u32 releaser_count;
  PublishedWait waits[kMostWaits];
  u32 releasers[kMostReleasers];  ///< slots
  DescriptionRoom room[kMostSlots];
  const RobustWord* guard[kMostSlots];  ///< of what the described thread waits for, or nullptr
};

/// A fork of one of the family's processes that is no member (plain_forks.h).
inline constexpr u32 kMostForks = 64;
struct ForkRecord {
  std::atomic<u64> who;           ///< 0: free
  std::atomic<u64> forker_start;  ///< while it is not known yet who: of the process that forks
};

struct FamilyTables {
  u32 max_members;
  std::atomic<u32> last_number[3];  ///< of L, K and J
  std::atomic<u32> ending;          ///< number of the member that ends the family; 0: it goes on
  std::atomic<u32> forks_lost;      ///< more forks than there is room for
  std::atomic<u64> forks_begun;     ///< counted before each of them
  ForkRecord forks[kMostForks];
  GRIDLOCK_INLINE std::atomic<MemberTable*>& of(u32 number) noexcept {
    return reinterpret_cast<std::atomic<MemberTable*>*>(this + 1)[number - 1];
  }
};

/// nullptr: there is no family, or no memory for its tables.
FamilyTables* family_tables() noexcept;
/// Of the calling process; nullptr where it has none.
MemberTable* own_table() noexcept;
/// Of a member that has one.
GRIDLOCK_INLINE MemberTable* table_of(u32 number) noexcept {
  return family_tables()->of(number).load();
}
/// By P1, once, when it makes the family.
void init_family_tables() noexcept;
/// By each member but the first, when it begins.
void begin_member_table(u32 number) noexcept;
/// By whoever has reaped it.
void end_member_table(u32 number) noexcept;
/// By a fork that is no member: it has none.
void leave_tables() noexcept;
/// The thread that a member began with; its end is that of the process.
bool is_main_of_member(const ThreadState* state) noexcept;
/// A thread has ended with these things held.
void note_ended_holding(const ThreadState* state) noexcept;

/// The next number of a shared object; `letter` L, K or J.
u32 next_shared_number(char letter) noexcept;

}  // namespace gridlock::internal
