// SPDX-License-Identifier: Apache-2.0
//
// A pthread_mutex_t as glibc lays it out. Its list field is used by robust mutexes only (glibc puts those into a list
// that the kernel reads when a thread dies); in all others it is zero from every form of initialisation, and glibc
// never looks at it: there we keep who the mutex is and who has it.
#pragma once

#include <pthread.h>

#include "harness/interpose/libc_ways.h"
#include "harness/interpose/mark.h"
#include "harness/interpose/real.h"
#include "harness/runtime/registry/threads.h"

namespace gridlock::internal {

struct MutexParts {
  std::atomic<u32> lock;  ///< 0 free, 1 held, 2 held and somebody may sleep
  u32 count;              ///< of a recursive one
  int owner;
  u32 users;
  int kind;
  short spins;
  short elision;
  Mark mark;                ///< the list field, first half
  std::atomic<u32> holder;  ///< ThreadState::slot_word of whoever has it, 0: nobody, or is about to
  /// asked_word_at() of the last nesting that it was acquired in, with kOnlyTried (fast_mutex.h); 0: it has to be looked
  /// up. Changed by its holder.
  std::atomic<u32> asked;
};
static_assert(sizeof(MutexParts) == sizeof(pthread_mutex_t), "the layout of glibc");
static_assert(offsetof(MutexParts, lock) == offsetof(pthread_mutex_t, __data.__lock) &&
                  offsetof(MutexParts, count) == offsetof(pthread_mutex_t, __data.__count) &&
                  offsetof(MutexParts, owner) == offsetof(pthread_mutex_t, __data.__owner) &&
                  offsetof(MutexParts, users) == offsetof(pthread_mutex_t, __data.__nusers) &&
                  offsetof(MutexParts, kind) == offsetof(pthread_mutex_t, __data.__kind) &&
                  offsetof(MutexParts, mark) == offsetof(pthread_mutex_t, __data.__list),
              "the layout of glibc");

inline constexpr int kTypeMask = 3;
inline constexpr int kRobustBit = 16;
inline constexpr int kSharedBit = 128;
inline constexpr int kDestroyedKind = -1;

GRIDLOCK_INLINE MutexParts& parts_of(pthread_mutex_t* mutex) noexcept {
  return *reinterpret_cast<MutexParts*>(mutex);
}

/// Side by side, so that they are one load and one store.
using OwnerAndUsers [[gnu::may_alias]] = u64;
GRIDLOCK_INLINE OwnerAndUsers& owner_and_users(MutexParts& mutex) noexcept {
  return *reinterpret_cast<OwnerAndUsers*>(&mutex.owner);
}

GRIDLOCK_INLINE u64 owner_and_one_user(const ThreadState* state) noexcept {
  static_assert(offsetof(ThreadState, one_user) == offsetof(ThreadState, os_id) + sizeof(int));
  return *reinterpret_cast<const OwnerAndUsers*>(&state->os_id);
}

/// Robust ones have a list in our place, and another process may release what several share.
GRIDLOCK_INLINE bool is_watchable(const MutexParts& mutex) noexcept {
  return (mutex.kind & (kRobustBit | kSharedBit)) == 0 && mutex.kind != kDestroyedKind;
}

GRIDLOCK_INLINE ObjectType type_of(const MutexParts& mutex) noexcept {
  return (mutex.kind & kTypeMask) == PTHREAD_MUTEX_RECURSIVE ? ObjectType::kRLock
                                                             : ObjectType::kLock;
}

/// libc's lock, in the form that was asked for (by_libc_alone).
GRIDLOCK_INLINE int really_lock(pthread_mutex_t* mutex, u64 nanoseconds, clockid_t clock,
                                const timespec* until) noexcept {
  return by_libc_alone(
      nanoseconds, until, [&] { return real().pthread_mutex_trylock(mutex); },
      [&](const timespec* end) { return real().pthread_mutex_clocklock(mutex, clock, end); },
      [&] { return real().pthread_mutex_lock(mutex); });
}

/// What a wait for a condition is made with.
struct MutexUse {
  ObjectId object;  ///< 0: it is not watched
  bool held;        ///< by the calling thread, as far as is known
};
MutexUse use_of(ThreadState* state, pthread_mutex_t* mutex) noexcept;
/// As pthread_mutex_lock(), for the function with this frame.
int lock_again(pthread_mutex_t* mutex, const void* frame) noexcept;

/// Around a wait for a condition, in which glibc releases the mutex and acquires it again: its id, 0 if it is
/// not watched or not held by the calling thread.
ObjectId let_go_of_mutex(ThreadState* state, pthread_mutex_t* mutex, const void* caller) noexcept;
void have_mutex_again(ThreadState* state, pthread_mutex_t* mutex, ObjectId object,
                      const void* frame) noexcept;

}  // namespace gridlock::internal
