// SPDX-License-Identifier: Apache-2.0
//
// Robust mutexes of one process: glibc has a list in the place where others keep who they are, so that lies in a table by address.
// Each was initialised by a call, because their attribute has no static form; what was not initialised here is not watched.
#pragma once

#include "harness/interpose/mutex.h"
#include "harness/interpose/watch.h"

namespace gridlock::internal {

/// glibc marks all of them as shared; which are is known where they are initialised.
GRIDLOCK_INLINE bool is_robust(const MutexParts& mutex) noexcept {
  return (mutex.kind & kRobustBit) != 0 && mutex.kind != kDestroyedKind;
}

/// libc has initialised it, called from the function with this frame; or has destroyed it.
void note_new_robust(pthread_mutex_t* mutex, const pthread_mutexattr_t* attributes,
                     const void* frame) noexcept;
void forget_robust(pthread_mutex_t* mutex) noexcept;

/// The functions of libc for it.
int lock_robust(pthread_mutex_t* mutex, Op op, u64 nanoseconds, clockid_t clock,
                const timespec* until, const void* own_frame) noexcept;
int unlock_robust(pthread_mutex_t* mutex, const void* caller) noexcept;

/// The calling thread ends: what it has is the next one's, which will hear of it.
void leave_robust(ThreadState* state) noexcept;

MutexUse use_of_robust(const ThreadState* state, pthread_mutex_t* mutex) noexcept;
ObjectId number_of_robust(pthread_mutex_t* mutex) noexcept;

}  // namespace gridlock::internal
