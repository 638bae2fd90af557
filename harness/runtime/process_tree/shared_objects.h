// SPDX-License-Identifier: Apache-2.0
//
// What IpcLock, IpcSemaphore and JoinableQueue have in common: their state lies in the memory of the
// process tree, and the program's object holds only its address. A fork copies the address, so all
// processes that can name the object share its state.
#pragma once

#include "harness/runtime/process_tree/tree.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

/// The state begins with it.
struct IpcObject {
  Core core;                ///< its id is the same in every process that can name the object
  std::atomic<u32> number;  ///< 3 and the L of "L3": of no other object, ever; 0 when it is gone
  u32 maker;                ///< number of the process that made it
  int maker_pid;
};

/// Memory for an object of `bytes`, which begins with an IpcObject, zeroed behind that. Makes the
/// process tree if there is none. nullptr: no memory (a capacity finding).
IpcObject* make_ipc_object(ObjectType type, u32 word, u64 bytes, std::string_view name,
                           CallSite where) noexcept;
/// True in the process that made it; a copy of the object in another one does not end it.
bool may_end_ipc_object(const IpcObject* object) noexcept;
void report_use_after_end(ThreadState* state, Op op, ObjectId id) noexcept;
/// False for the object that got `number`, while it lives. The memory of one that is gone may be another
/// object's; such a use is reported (misuse-use-after-destroy).
GRIDLOCK_INLINE bool is_ended(const IpcObject& object, u32 number, ThreadState* state, Op op,
                              ObjectId id) noexcept {
  if (GRIDLOCK_LIKELY(object.number.load(std::memory_order_relaxed) == number)) return false;
  report_use_after_end(state, op, id);
  return true;
}
/// Gives the memory back.
void end_ipc_object(IpcObject* object, u64 bytes) noexcept;

/// Tells ThreadSanitizer that the calling thread no longer holds its IpcLocks: its process or
/// thread ends and leaves them to another one, or it is the copy of a thread that holds them.
void let_go_for_tsan(const ThreadState* state) noexcept;

/// Some process of the tree was killed, so that counts of waiters may be too high.
bool some_process_died() noexcept;

// The owner of an IpcLock: process and slot in one word, so that a process killed between two
// instructions leaves no doubt.
inline constexpr u32 kSlotBits = 17;
inline constexpr u32 kMaxTreeProcesses = (1u << 14) - 2;
inline constexpr u32 kTokenMask = 0x7fffffffu;

GRIDLOCK_INLINE u32 process_of_token(u32 word) noexcept { return (word & kTokenMask) >> kSlotBits; }
/// slot + 1
GRIDLOCK_INLINE u32 slot_word_of_token(u32 word) noexcept { return word & ((1u << kSlotBits) - 1); }
GRIDLOCK_INLINE u32 token_of(const ThreadState* state) noexcept {
  return (this_process() << kSlotBits) | state->slot_word;
}
/// What became of the owner of a lock with this word.
enum class OwnerFate : u8 {
  kLives,  ///< or there is none
  kDied,   ///< its process has ended
  kEnded,  ///< the thread has, and was reported for it; the process goes on
};
/// Reads /proc if it is another process.
OwnerFate fate_of_owner(u32 word) noexcept;
GRIDLOCK_INLINE bool owner_is_gone(u32 word) noexcept {
  return fate_of_owner(word) != OwnerFate::kLives;
}

}  // namespace gridlock::internal
