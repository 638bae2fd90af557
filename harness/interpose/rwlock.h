// SPDX-License-Identifier: Apache-2.0
//
// A pthread_rwlock_t as glibc lays it out, and the ways of taking it.
#pragma once

#include <pthread.h>

#include "harness/interpose/mark.h"
#include "harness/interpose/real.h"
#include "harness/runtime/operation.h"

namespace gridlock::internal {

struct RwlockParts {
  std::atomic<u32> readers;  // kOneReader for each, and the kWriterBits
  u32 writers;
  u32 writer_phase_futex;
  u32 writers_futex;
  Mark mark;  // glibc's padding
  int writer;
  int shared;  // between processes
  u64 more_padding;
  // kExclusiveBit and ThreadState::slot_word of a writer that has it. Of one that processes share: of the last one that got it
  // (followed_token()).
  std::atomic<u32> writing;
  std::atomic<u32> asked;  // asked_word() of a nesting in which it is known to be read
  u32 preference;
};
static_assert(offsetof(RwlockParts, mark) == offsetof(pthread_rwlock_t, __data.__pad3) &&
                  offsetof(RwlockParts, writer) ==
                      offsetof(pthread_rwlock_t, __data.__cur_writer) &&
                  offsetof(RwlockParts, readers) == offsetof(pthread_rwlock_t, __data.__readers) &&
                  offsetof(RwlockParts, shared) == offsetof(pthread_rwlock_t, __data.__shared) &&
                  offsetof(RwlockParts, writing) == offsetof(pthread_rwlock_t, __data.__pad2) &&
                  offsetof(RwlockParts, preference) == offsetof(pthread_rwlock_t, __data.__flags),
              "the layout of glibc");

GRIDLOCK_INLINE RwlockParts& parts_of(pthread_rwlock_t* lock) noexcept {
  return *reinterpret_cast<RwlockParts*>(lock);
}

GRIDLOCK_INLINE bool readers_wait_for_writers(const RwlockParts& lock) noexcept {
  return lock.preference == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP;
}

GRIDLOCK_INLINE Held* shared_hold(ThreadState* state, ObjectId object) noexcept {
  Held* const held = find_held(state, object);
  return held != nullptr && is_shared(*held) ? held : nullptr;
}

/// One way of taking the lock, and how libc does it.
struct Taking {
  bool reads;
  Op op;
  bool tries;  // once
  clockid_t clock = 0;
  const timespec* until = nullptr;

  GRIDLOCK_INLINE bool no_timeout() const noexcept { return !tries && until == nullptr; }
  GRIDLOCK_INLINE int try_now(pthread_rwlock_t* lock) const noexcept {
    return reads ? real().pthread_rwlock_tryrdlock(lock) : real().pthread_rwlock_trywrlock(lock);
  }
  GRIDLOCK_INLINE int sleep(pthread_rwlock_t* lock) const noexcept {
    return reads ? real().pthread_rwlock_rdlock(lock) : real().pthread_rwlock_wrlock(lock);
  }
  int unwatched(pthread_rwlock_t* lock) const noexcept;
  GRIDLOCK_INLINE int sleep_until(pthread_rwlock_t* lock, clockid_t which,
                                  const timespec* end) const noexcept {
    return reads ? real().pthread_rwlock_clockrdlock(lock, which, end)
                 : real().pthread_rwlock_clockwrlock(lock, which, end);
  }
};

GRIDLOCK_INLINE Ask ask_for(const RwlockParts& lock, bool reads) noexcept {
  const bool behind_writers = readers_wait_for_writers(lock);
  if (reads) return behind_writers ? Ask::kSharedBehindWriters : Ask::kRead;
  return behind_writers ? Ask::kExclusivePreferred : Ask::kWrite;
}

/// Of one that processes share (shared_rwlock.cc).
int take_shared(pthread_rwlock_t* lock, const Taking& taking, const void* own_frame) noexcept;
void let_go_of_shared(pthread_rwlock_t* lock, const void* caller) noexcept;

}  // namespace gridlock::internal
